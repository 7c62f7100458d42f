"""Statements to be read: `python -m tests.eval.statements_eval` lists them beside their members.

A hundred of a practice estate and, where CSI_REAL_DATA names the public records, a hundred of
those, evenly drawn from the groups that mining proposes. Whether a person understands them is for
a person to say: what was said of them stands in docs/mining.md.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from flows.minable import prepared
from itsm.candidates import CostModel, ProblemCandidate
from itsm.clocks import ReportingWeek
from problem_mining.pipeline import mine
from problem_mining.proposals import propose
from tests.eval import real_corpora
from tests.eval.estate_corpora import REPORT_SEEDS, Corpus, estate

SHOWN = 4
WIDTH = 110
OF_REAL = {"tickets": 40, "Hadoop": 30, "CLINC": 30}


def candidates_of(corpus: Corpus) -> tuple[ProblemCandidate, ...]:
    """What mining proposes."""
    incidents = prepared(corpus.incidents)
    newest = incidents["opened_at"].max() if "opened_at" in incidents else None
    at = pd.Timestamp("2024-01-01", tz="UTC") if newest is None else pd.Timestamp(newest)
    week = ReportingWeek.of(pd.to_datetime(at, utc=True).to_pydatetime())
    return propose(
        incidents,
        mine(incidents),
        source_of=lambda key: ("", key),
        week=week,
        cost=CostModel(),
    )


def listed(name: str, corpus: Corpus, n: int, first: int) -> int:
    """Print so many statements, numbered on from `first`; how many there were."""
    found = candidates_of(corpus)
    title = dict(zip(corpus.incidents["key"], corpus.incidents["title"].fillna(""), strict=True))
    chosen = np.unique(np.linspace(0, len(found) - 1, min(n, len(found))).astype(np.int64))
    say(f"\n{name}: {len(chosen)} of {len(found)}")
    for place, one in enumerate(chosen.tolist()):
        say(told(found[one], title, first + place))
    return len(chosen)


def told(candidate: ProblemCandidate, title: Mapping[str, str], number: int) -> str:
    """A statement and the titles of a few of its members."""
    members = candidate.members
    lines = [f"{number}. [{len(members)}] {candidate.statement}"]
    lines += [f"      {' '.join(str(title[m.number]).split())[:WIDTH]}" for m in members[:SHOWN]]
    return "\n".join(lines)


def say(text: str) -> None:
    """Some lines to standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """List the statements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=REPORT_SEEDS[0])
    asked = parser.parse_args()
    first = 1
    first += listed("Practice estate", estate(asked.incidents, asked.seed), 100, first)
    if named := os.environ.get("CSI_REAL_DATA"):
        read: Mapping[str, Callable[[Path], Corpus]] = {
            "tickets": real_corpora.tickets,
            "Hadoop": real_corpora.hadoop,
            "CLINC": real_corpora.clinc,
        }
        for name, n in OF_REAL.items():
            first += listed(name, read[name](Path(named)), n, first)
    return 0


if __name__ == "__main__":
    sys.exit(main())
