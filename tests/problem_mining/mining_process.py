"""Mines the small incidents in a process of its own and prints the assignments."""

import sys

from problem_mining.assignments import assignments
from problem_mining.pipeline import mine
from tests.problem_mining.small_incidents import small_incidents

seed = int(sys.argv[1])
shuffled = small_incidents().sample(frac=1, random_state=seed)
sys.stdout.write(assignments(mine(shuffled)).to_csv(index=False))
