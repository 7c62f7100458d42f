"""Decisions enter the grouping of real texts, and its scores."""

import pandas as pd

from itsm.deciding import merge, pin, remove, split
from itsm.decisions import ReviewDecision
from problem_mining.bonds import bonds_of
from problem_mining.pipeline import Grouping, mine
from problem_mining.strands import fold
from tests.problem_mining.decided_incidents import by, candidate, refs
from tests.problem_mining.small_incidents import small_incidents
from tests.problem_mining.test_codes_mining import burst, traffic

PASSWORD, LABEL, JOB = (0, 1, 2, 3), (4, 5, 6), (7, 8)


def mined(*decisions: ReviewDecision, frame: pd.DataFrame | None = None) -> Grouping:
    bonds = bonds_of(fold(decisions), {}, lambda one: one.number)
    return mine(small_incidents() if frame is None else frame, bonds=bonds)


def groups(grouping: Grouping) -> list[tuple[int, ...]]:
    """The numbers of the incidents of each group, in order."""
    number = [int(key.removeprefix("INC")) for key in grouping.keys]
    return sorted(tuple(sorted(number[row] for row in rows)) for rows in grouping.members())


def scores(grouping: Grouping) -> list[float]:
    """The score of each incident, by number."""
    return [score for _, score in sorted(zip(grouping.keys, grouping.scores, strict=True))]


def test_what_was_merged_is_one_group_with_scores_that_say_how_it_fits() -> None:
    plain = mined()
    assert {PASSWORD, LABEL, JOB} <= set(groups(plain))
    found = mined(merge(candidate("A", *LABEL), candidate("B", *JOB), by(0)))
    assert set(groups(found)) == set(groups(plain)) - {LABEL, JOB} | {(*LABEL, *JOB)}
    now, before = scores(found), scores(plain)
    assert now[:4] == before[:4], "others are left as they were"
    assert max(now[4:9]) < min(before[4:9]), "what does not fit says so"


def test_what_was_taken_out_is_alone_and_what_was_split_is_two() -> None:
    assert groups(mined(remove(candidate("A", *PASSWORD), refs(1), by(0))))[0] == (0, 2, 3)
    parted = split(candidate("A", *PASSWORD), [refs(0, 1), refs(2, 3)], by(0))
    assert groups(mined(parted))[:2] == [(0, 1), (2, 3)]


def test_a_pinned_single_is_in_though_nothing_speaks_for_it() -> None:
    assert (7, 8, 12) in groups(mined(pin(candidate("A", *JOB), refs(12), by(0))))


def test_exact_repeats_can_be_told_apart() -> None:
    frame = small_incidents()
    frame.loc[[0, 1, 2, 3], "title"] = "Outlook asks for password again after VPN reconnect"
    parted = split(candidate("A", *PASSWORD), [refs(0, 1), refs(2, 3)], by(0))
    first, second = groups(mined(parted, frame=frame))[:2]
    assert {0, 1} <= set(first)
    assert {2, 3} <= set(second)


def test_incidents_without_text_are_bound_as_well() -> None:
    frame = pd.concat([traffic(600, 7), burst(12, 40.2, "INC0")], ignore_index=True)
    (rows,) = mined(frame=frame).members()
    assert len(rows) == 12
    found = mined(remove(candidate("A", *range(12)), refs(0), by(0)), frame=frame)
    (left,) = found.members()
    assert [found.keys[row] for row in left] == [f"INC{k:04d}" for k in range(1, 12)]
    assert (found.scores[left] > 0).all()
