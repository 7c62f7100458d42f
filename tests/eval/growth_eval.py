"""What becomes of candidates when a tenth is added: `python -m tests.eval.growth_eval`.

The first nine tenths by date are mined, then all, with nothing remembered in between. A candidate
is kept if one of the second run has the same members by a Jaccard overlap of .8 or more, counted
once over all members (a candidate that grew by more than a fifth counts as lost) and once over
those that were there before. Beside the first stands what the planted causes themselves would keep:
no grouping, were it right in everything, can keep more than they do while they grow.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Collection

import pandas as pd

from flows.minable import prepared
from itsm.statistics import wilson_interval
from problem_mining.pipeline import mine
from tests.eval.estate_corpora import REPORT_SEEDS, Corpus, estate

KEPT_AT = 0.8


def groups(incidents: pd.DataFrame) -> list[frozenset[str]]:
    """The members of each group."""
    grouping = mine(incidents)
    return [frozenset(grouping.keys[row] for row in rows) for rows in grouping.members()]


def kept(before: list[frozenset[str]], after: list[frozenset[str]]) -> int:
    """How many of the earlier groups are there still."""
    of = defaultdict(list)
    for n, members in enumerate(after):
        for key in members:
            of[key].append(n)
    n_kept = 0
    for members in before:
        shared = Counter(n for key in members for n in of[key])
        best = max((k / len(members | after[n]) for n, k in shared.items()), default=0.0)
        n_kept += best >= KEPT_AT
    return n_kept


def planted(corpus: Corpus, there: Collection[str]) -> list[frozenset[str]]:
    """The causes that two or more of some incidents have, as groups."""
    of = defaultdict(set)
    for key in there:
        if cause := corpus.causes[key]:
            of[cause].add(key)
    return [frozenset(members) for members in of.values() if len(members) > 1]


def told(corpus: Corpus) -> str:
    """One line: how many groups there were, and how many stayed."""
    incidents = prepared(corpus.incidents)
    opened = incidents["opened_at"]
    first = incidents[opened.rank(method="first") <= 0.9 * len(incidents)]
    before, after = groups(first), groups(incidents)
    there = set(first["key"])
    still = [members & there for members in after]
    shares = []
    for found in (kept(before, after), kept(before, still)):
        low, high = wilson_interval(found, len(before))
        shares.append(f"{found / len(before):.3f} ({low:.3f}-{high:.3f})")
    causes = planted(corpus, there)
    at_best = kept(causes, planted(corpus, corpus.causes)) / len(causes)
    return (
        f"{len(before)} groups, kept {shares[0]}, the {len(causes)} planted causes {at_best:.3f};"
        f" over earlier members alone {shares[1]}, the planted causes 1"
    )


def main() -> int:
    """Print a line for each estate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORT_SEEDS))
    asked = parser.parse_args()
    for seed in asked.seeds:
        line = told(estate(asked.incidents, seed))
        sys.stdout.write(f"estate of {asked.incidents:,}, seed {seed}: {line}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
