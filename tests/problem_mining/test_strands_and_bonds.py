"""What people said holds in every grouping: together, apart, the newest word first."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.deciding import merge, pin, remove, split, withdraw
from itsm.decisions import IncidentRef, ReviewDecision
from problem_mining.bonds import Bonds, bonds_of, regroup
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.strands import Strands, active, fold
from tests.problem_mining.decided_incidents import by, candidate, ref, refs

A, B, C = candidate("A", 1, 2, 3), candidate("B", 4, 5, 6), candidate("C", 7, 8, 9)


def key_of(one: IncidentRef) -> str:
    return one.number


def near(rows: IntArray, others: IntArray) -> FloatArray:
    """Incidents with close numbers fit."""
    fits: FloatArray = -np.abs(rows[:, None] - others[None, :]).mean(axis=1)
    return fits


def grouped(
    groups: Sequence[Sequence[int]],
    decisions: Sequence[ReviewDecision],
    home_of: dict[IncidentRef, str] | None = None,
    n: int = 20,
) -> list[list[int]]:
    """What becomes of groups of INC0 ... INCn under decisions."""
    labels = np.full(n, -1, dtype=np.int64)
    for label, numbers in enumerate(groups):
        labels[list(numbers)] = label
    bonds = bonds_of(fold(decisions), home_of or {}, key_of)
    found, _ = regroup(labels, [f"INC{k:04d}" for k in range(n)], bonds, near)
    return [np.flatnonzero(found == label).tolist() for label in range(found.max() + 1)]


def test_what_was_merged_comes_together_whatever_the_linkage_says() -> None:
    assert grouped([[1, 2, 3], [4, 5, 6]], [merge(A, B, by(0))]) == [[1, 2, 3, 4, 5, 6]]
    assert grouped([[1, 2], [3, 10, 11, 12]], [merge(A, B, by(0))]) == [
        [1, 2, 3, 4, 5, 6],
        [10, 11, 12],
    ], "of a group that is mostly something else only what was merged comes along"


def test_what_was_split_stays_apart_also_through_others_that_resemble_both() -> None:
    parted = [split(A, [refs(1, 2), refs(3)], by(0))]
    assert grouped([[0, 1, 2, 3, 4, 5]], parted) == [[0, 1, 2], [3, 4, 5]]


def test_what_was_taken_out_stays_out_and_the_rest_stays_whole() -> None:
    assert grouped([[1, 2, 3, 4]], [remove(A, refs(3), by(0))]) in ([[1, 2], [3, 4]], [[1, 2, 4]])
    assert grouped([[1, 2, 3]], [remove(A, refs(3), by(0))]) == [[1, 2]]


def test_what_was_put_together_and_leaves_together_stays_together() -> None:
    both = candidate("A", 1, 2, 3, 4, 5, 6)
    merged, taken = merge(A, B, by(0)), remove(both, refs(3, 4), by(1))
    assert grouped([], [merged, taken]) == [[1, 2, 5, 6], [3, 4]]
    assert grouped([], [taken]) == [], "nobody had put these two together"
    parted = split(both, [refs(1, 2), refs(3, 4, 5, 6)], by(1))
    assert grouped([], [merged, parted]) == [[1, 2], [3, 4, 5, 6]]
    alone = remove(both, refs(4), by(1))
    assert grouped([], [merged, alone]) == [[1, 2, 3, 5, 6]]


def test_a_pinned_incident_moves_without_the_group_it_was_in() -> None:
    pinned = [pin(A, refs(7), by(0))]
    assert grouped([[1, 2, 3], [7, 8, 9]], pinned) == [[1, 2, 3, 7], [8, 9]]
    assert grouped([], pinned) == [[1, 2, 3, 7]], "even where the linkage finds nothing"


def test_it_holds_for_what_came_later_when_all_that_was_decided_on_is_too_old() -> None:
    decided = [split(candidate("A", 1, 2, 3, 4), [refs(1, 2), refs(3, 4)], by(0))]
    homes = dict.fromkeys(refs(1, 2, 5, 6), "A") | dict.fromkeys(refs(3, 4, 15, 16), "A2")
    labels = np.zeros(4, dtype=np.int64)
    bonds = bonds_of(fold(decided), homes, key_of)
    found, _ = regroup(labels, ["INC0005", "INC0006", "INC0015", "INC0016"], bonds, near)
    assert found.tolist() == [0, 0, 1, 1]
    merged = bonds_of(fold([merge(A, B, by(0))]), dict.fromkeys(refs(1, 2, 3, 15, 16), "A"), key_of)
    found, _ = regroup(
        np.array([0, 0, 1, 1]), ["INC0015", "INC0017", "INC0016", "INC0018"], merged, near
    )
    assert found.tolist() == [0, 0, 0, 0]


def test_the_newest_decision_wins_and_the_contradiction_is_told() -> None:
    first = merge(A, B, by(0))
    both = candidate("A", 1, 2, 3, 4, 5, 6)
    then = split(both, [refs(1, 2, 3), refs(4, 5, 6)], by(1, "bob"))
    again = merge(A, B, by(2))
    assert grouped([[1, 2, 3, 4, 5, 6]], [first, then]) == [[1, 2, 3], [4, 5, 6]]
    assert grouped([[1, 2, 3], [4, 5, 6]], [first, then, again]) == [[1, 2, 3, 4, 5, 6]]
    told = fold([first, then, again]).conflicts
    assert [(c.older, c.newer) for c in told] == [
        (first.decision_id, then.decision_id),
        (then.decision_id, again.decision_id),
    ]
    assert (
        told[0].text == "bob split what was put together on 2026-08-25, against an earlier decision"
    )


def test_pinning_what_was_taken_out_and_the_other_way_round() -> None:
    out, back = remove(A, refs(3), by(0)), pin(candidate("A", 1, 2), refs(3), by(1))
    assert grouped([[1, 2]], [out, back]) == [[1, 2, 3]]
    assert len(fold([out, back]).conflicts) == 1
    assert grouped([[1, 2, 3]], [out, back, remove(A, refs(3), by(2))]) == [[1, 2]]


def test_an_undo_leaves_no_trace_and_can_be_undone() -> None:
    merged = merge(A, B, by(0))
    undone = withdraw(merged, by(1))
    groups = [[1, 2, 3], [4, 5, 6]]
    assert grouped(groups, [merged, undone]) == groups
    assert active([merged, undone]) == ()
    assert grouped(groups, [merged, undone, withdraw(undone, by(2))]) == [[1, 2, 3, 4, 5, 6]]


def test_merging_carries_over_what_either_was_kept_apart_from() -> None:
    ab = candidate("AB", 1, 2, 3, 4, 5, 6)
    apart = split(ab, [refs(1, 2, 3), refs(4, 5, 6)], by(0))
    found = grouped([[1, 2, 3, 4, 5, 6, 7, 8, 9]], [apart, merge(C, B, by(1))])
    assert found == [[1, 2, 3], [4, 5, 6, 7, 8, 9]]


def test_without_decisions_nothing_is_touched() -> None:
    labels = np.array([0, 0, -1, 1, 1])
    found, spoken = regroup(labels, list("abcde"), Bonds(), near)
    assert found is labels
    assert spoken == frozenset()


def test_a_group_people_put_together_is_told_from_one_they_only_touched() -> None:
    labels = np.array([-1, -1, 0, 0, 0])
    strands = fold([pin(candidate("A", 0), refs(1), by(0)), remove(A, refs(3), by(1))])
    _, spoken = regroup(
        labels, [f"INC{k:04d}" for k in range(5)], bonds_of(strands, {}, key_of), near
    )
    assert spoken == frozenset({0})


NUMBERS = st.lists(st.integers(0, 11), min_size=2, max_size=6, unique=True)


@st.composite
def journals(draw: st.DrawFn) -> list[ReviewDecision]:
    made = []
    for day in range(draw(st.integers(1, 6))):
        some = draw(NUMBERS)
        cut = draw(st.integers(1, len(some) - 1))
        left, right, whole = some[:cut], some[cut:], candidate("W", *some)
        kind = draw(st.sampled_from(["merge", "split", "pin", "remove"]))
        if kind == "merge":
            made.append(merge(candidate("L", *left), candidate("R", *right), by(day)))
        elif kind == "split":
            made.append(split(whole, [refs(*left), refs(*right)], by(day)))
        elif kind == "pin":
            made.append(pin(candidate("L", *left), refs(*right), by(day)))
        else:
            made.append(remove(whole, refs(*right), by(day)))
    return made


@settings(max_examples=200, deadline=None)
@given(journals(), st.lists(st.integers(-1, 3), min_size=12, max_size=12))
def test_the_last_decision_always_holds(journal: list[ReviewDecision], given: list[int]) -> None:
    strands = fold(journal)
    labels = np.array(given, dtype=np.int64)
    bonds = bonds_of(strands, {}, key_of)
    found, _ = regroup(labels, [f"INC{k:04d}" for k in range(12)], bonds, near)
    of = {ref(k): int(found[k]) for k in range(12)}
    last = journal[-1]
    if last.action in {"merge", "pin"}:
        moved = last.parts[1] if last.action == "pin" else last.members
        homes = {of[one] for one in moved}
        assert len(homes) == 1
        assert min(homes) >= 0
    else:
        first, second = ({of[one] for one in part if of[one] >= 0} for part in last.parts)
        assert not first & second
    assert_consistent(strands, of)


def assert_consistent(strands: Strands, of: dict[IncidentRef, int]) -> None:
    for one, strand in strands.of.items():
        for other, foe in strands.of.items():
            if frozenset({strand, foe}) in strands.apart and strand != foe:
                assert of[one] != of[other] or of[one] == -1


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_groups_do_not_depend_on_how_they_are_numbered(order: list[int]) -> None:
    groups = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    decided = [merge(A, B, by(0)), remove(C, refs(8), by(1))]
    assert grouped([groups[k] for k in order], decided) == [[1, 2, 3, 4, 5, 6], [7, 9]]
