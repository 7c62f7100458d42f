"""Is what candidates are said to be without their main reason what they then are?

`python -m tests.eval.why_eval` takes groups of a practice estate, half of which should change by
what is foretold, takes the main reason away for good (a field is blanked, what the texts share is
cut out of them), mines again as the next night would, and compares. `--anew` also mines from
nothing, so that words, vectors and weights of terms are learned of the changed texts as well.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

import numpy as np
import pandas as pd

from flows.minable import prepared
from itsm.statistics import wilson_interval
from problem_mining.counterfactual import PHRASE, Without
from problem_mining.nodes import collapse, subset
from problem_mining.pipeline import Grouping, Known, mine, mine_beside
from problem_mining.spelling import Spelling
from problem_mining.unworded import cut_out
from tests.eval.estate_corpora import REPORT_SEEDS, estate

Parts = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Foretold:
    """A group by its keys, its main reason, and the groups that are said to remain of it."""

    keys: frozenset[str]
    without: Without
    parts: Parts

    @property
    def should_change(self) -> bool:
        """Whether anything is said to change."""
        return self.parts != frozenset([self.keys])


def foretold_of(grouping: Grouping) -> list[Foretold]:
    """What is foretold of every group that has a main reason."""
    assert grouping.reasons is not None, "incidents with text can be asked"
    members = grouping.members()
    found = []
    for rows, told in zip(members, grouping.reasons.of(members), strict=True):
        if told:
            keys = [
                frozenset(grouping.keys[row] for row in part) for part in (rows, *told[0].parts)
            ]
            found.append(Foretold(keys[0], told[0], frozenset(keys[1:])))
    return found


def taken_away(incidents: pd.DataFrame, one: Foretold, spelling: Spelling) -> pd.DataFrame:
    """The incidents as they would be without the main reason of a group."""
    frame, reason = incidents.copy(), one.without.reason
    there = frame["key"].isin(one.keys)
    if reason == PHRASE:
        gone = set(one.without.terms)
        for name in ("title", "description"):
            frame.loc[there, name] = [
                cut_out(text, gone, spelling) if isinstance(text, str) else text
                for text in frame.loc[there, name]
            ]
        return frame
    for name in ("category", "subcategory") if reason == "category" else (reason,):
        frame.loc[there, name] = None
    return frame


def what_is(grouping: Grouping, keys: frozenset[str]) -> Parts:
    """How some incidents are grouped; singles are left out."""
    found: dict[int, set[str]] = {}
    for key, label in zip(grouping.keys, grouping.labels.tolist(), strict=True):
        if key in keys and label >= 0:
            found.setdefault(label, set()).add(key)
    return frozenset(frozenset(part) for part in found.values() if len(part) > 1)


def overlap(one: Parts, other: Parts) -> float:
    """The Jaccard index of the pairs that are together; 1 where none is in either."""
    left, right = ({p for part in of for p in combinations(sorted(part), 2)} for of in (one, other))
    return len(left & right) / len(left | right) if left | right else 1.0


def half_changing(found: Sequence[Foretold], n: int, seed: int) -> list[Foretold]:
    """A sample of which half should change."""
    draw = Random(seed)
    changing = [one for one in found if one.should_change]
    staying = [one for one in found if not one.should_change]
    half = min(n // 2, len(changing), len(staying))
    return draw.sample(changing, half) + draw.sample(staying, half)


def report(n_incidents: int, seed: int, n_sampled: int, *, is_anew: bool) -> tuple[int, int]:
    """Print the figures of one estate; how many were right, of how many."""
    incidents = prepared(estate(n_incidents, seed).incidents)
    grouping, known = mine_beside(incidents, None)
    started = time.process_time()
    found = foretold_of(grouping)
    cost = (time.process_time() - started) / max(len(found), 1)
    worded = np.flatnonzero(grouping.rows.has_word)
    spelling = collapse(subset(grouping.rows, worded)).spelling
    sample = half_changing(found, n_sampled, seed)
    texts = sum(one.without.reason == PHRASE for one in found)
    changing = sum(one.should_change for one in found)
    say(
        f"\n{n_incidents:,} incidents, seed {seed}: {len(found)} groups asked, {1000 * cost:.0f} ms"
        f" of processor time each; main reason {texts} times the words, {len(found) - texts} times"
        f" a field; {changing} should change"
    )
    ways = {"the next night": known, "from nothing": None} if is_anew else {"the next night": known}
    right = {
        way: [compared(incidents, one, spelling, way, ways[way]) for one in sample] for way in ways
    }
    for way, told in right.items():
        good = sum(value == 1 for value in told)
        low, high = wilson_interval(good, len(told))
        of_changing = sum(v == 1 for v, one in zip(told, sample, strict=True) if one.should_change)
        say(
            f"mined again, {way}: {good} of {len(told)} as foretold, {good / len(told):.3f}"
            f" ({low:.3f}-{high:.3f}); of those that should change {of_changing} of"
            f" {sum(one.should_change for one in sample)}; mean overlap {np.mean(told):.3f}"
        )
    first = right["the next night"]
    return sum(value == 1 for value in first), len(first)


def compared(
    incidents: pd.DataFrame, one: Foretold, spelling: Spelling, way: str, known: Known | None
) -> float:
    """How far what is foretold agrees with what is."""
    changed = taken_away(incidents, one, spelling)
    again = mine(changed) if known is None else mine_beside(changed, known)[0]
    is_now = what_is(again, one.keys)
    value = overlap(one.parts, is_now)
    if value < 1:
        sizes = [sorted(map(len, parts)) for parts in (one.parts, is_now)]
        say(f"  {way}: {one.without.reason} of {len(one.keys)}: foretold {sizes[0]}, is {sizes[1]}")
    return value


def say(text: str) -> None:
    """One line to standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORT_SEEDS))
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--anew", action="store_true")
    asked = parser.parse_args()
    told = [report(asked.incidents, s, asked.sample, is_anew=asked.anew) for s in asked.seeds]
    good, n = sum(one for one, _ in told), sum(of for _, of in told)
    low, high = wilson_interval(good, n)
    say(f"\nin all: {good} of {n} as foretold, {good / n:.3f} ({low:.3f}-{high:.3f}), bar .95")
    return 0


if __name__ == "__main__":
    sys.exit(main())
