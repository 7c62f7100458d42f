"""What left a candidate is known as its own, also when the candidate goes on without it."""

from itsm.candidates import Decision
from itsm.clocks import ReportingWeek
from problem_mining.last_home import Home, left_behind, newest_homes, remembered_homes
from problem_mining.lineage import MemberKey, Remembered
from problem_mining.verdicts import Memory, rule
from tests.problem_mining.decided_incidents import START, candidate
from tests.problem_mining.test_verdicts import rejected

W1, W2, W3 = "2026-W34", "2026-W35", "2026-W36"


def keys(*numbers: int) -> frozenset[MemberKey]:
    return frozenset(("desk", f"INC{k:04d}") for k in numbers)


def remembered(name: str, week: str, *numbers: int) -> Remembered:
    return Remembered(name, keys(*numbers), week, START, ruled_by=f"verdict on {name}")


def home(name: str, week: str) -> Home:
    return Home(name, week, f"verdict on {name}")


def test_what_leaves_a_candidate_that_goes_on_is_noted_once() -> None:
    before = remembered_homes([remembered("A", W1, 1, 2, 3, 4), remembered("B", W1, 7, 8)])
    goes_on = [candidate("A", 1, 2), candidate("C", 4, 9)]
    found = left_behind(before, goes_on, keys(1, 2, 3, 4, 7, 8, 9))
    assert found == dict.fromkeys(keys(3), home("A", W1)), "4 has a new home, B is remembered whole"
    assert left_behind(before, goes_on, keys(1, 2, 4)) == {}, "what was not mined has not left"


def test_the_newest_home_counts_whichever_way_it_is_known() -> None:
    older = remembered_homes([remembered("A", W2, 1), remembered("B", W1, 1, 3)])
    left = [(key, home("C", week)) for key, week in zip(sorted(keys(1, 3)), (W1, W2), strict=True)]
    found = newest_homes(older, left)
    assert {number: each.candidate_id for (_, number), each in found.items()} == {
        "INC0001": "A",
        "INC0003": "C",
    }


def test_what_left_a_rejected_candidate_one_by_one_stays_rejected_together() -> None:
    a = candidate("A", 1, 2, 3, 4)
    verdict = rejected(a, 0)
    came_later = keys(5, 6)
    ruled_by = verdict.decision_id
    left = [(key, Home("A", W2, ruled_by)) for key in came_later]
    homes = newest_homes(remembered_homes([remembered("A", W3, 1, 2, 3, 4)]), left)
    pair = candidate("X", 5, 6)
    week = ReportingWeek.of(START, "UTC").shifted(5)
    known, unknown = (
        rule([pair], Memory((verdict,), each, {}), week).candidates[0].decision
        for each in (homes, {})
    )
    assert (known, unknown) == (Decision.REJECTED, Decision.UNDECIDED)
