"""A check that is shared out to two processes finds what one finds."""

import subprocess
import sys
from pathlib import Path

from tests.flows.test_checks_by_parts import FEW, nights

BY_TWO = """
import sys
from pathlib import Path

from problem_mining import side_by_side
from tests.flows.test_checks_by_parts import FEW, nights

begun = []
second = side_by_side._second
side_by_side._second = lambda *given: begun.append(given) or second(*given)
found = nights(Path(sys.argv[1]), FEW, 5, 200)
told = [found.check(), found.check()]
found.pass_a_day()
told.append(found.check_and_compare())
print(len(begun), *told)
"""


def test_two_processes_find_and_keep_what_one_does(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BY_TWO, str(tmp_path / "by two")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    n_begun, told = done.stdout.split(maxsplit=1)
    assert int(n_begun) == (3 if sys.platform == "linux" else 0)
    few = nights(tmp_path / "alone", FEW, 5, 200)
    alone = [few.check(), few.check()]
    few.pass_a_day()
    alone.append(few.check())
    assert told.strip() == " ".join(map(str, alone))
