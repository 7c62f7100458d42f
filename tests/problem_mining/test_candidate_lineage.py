"""Ids stay with the candidates they were given to."""

from hypothesis import given
from hypothesis import strategies as st

from itsm.candidates import Movement
from problem_mining.lineage import MIN_OVERLAP, descend, overlap

MEMBERS = st.frozensets(st.sampled_from([("s", f"i{k}") for k in range(8)]), min_size=1)


def members(*numbers: int) -> set[tuple[str, str]]:
    return {("s", f"i{number}") for number in numbers}


def test_a_candidate_that_grew_keeps_its_place() -> None:
    (descent,) = descend([members(1, 2, 3)], [members(9), members(1, 2)])
    assert (descent.ancestor, descent.movement) == (1, Movement.GROWN)


def test_a_candidate_that_shrank_or_stayed_is_told_so() -> None:
    current = [members(1, 2), members(5, 6)]
    found = descend(current, [members(1, 2, 3), members(5, 6)])
    assert [d.movement for d in found] == [Movement.SHRUNK, Movement.UNCHANGED]


def test_less_than_half_is_somebody_else() -> None:
    (descent,) = descend([members(1, 2, 3)], [members(3, 4, 5)])
    assert (descent.ancestor, descent.movement) == (None, Movement.NEW)


def test_the_larger_part_of_a_split_keeps_the_id() -> None:
    found = descend([members(1, 2), members(3, 4, 5)], [members(1, 2, 3, 4, 5)])
    assert [d.ancestor for d in found] == [None, 0]


def test_the_same_name_in_another_source_is_another_incident() -> None:
    (descent,) = descend([{("a", "i1"), ("a", "i2")}], [{("b", "i1"), ("b", "i2")}])
    assert descent.ancestor is None


@given(st.lists(MEMBERS, max_size=6), st.lists(MEMBERS, max_size=6))
def test_no_ancestor_is_given_twice_and_all_overlap_by_half(
    current: list[frozenset[tuple[str, str]]], previous: list[frozenset[tuple[str, str]]]
) -> None:
    found = [d.ancestor for d in descend(current, previous)]
    given_out = [ancestor for ancestor in found if ancestor is not None]
    assert len(given_out) == len(set(given_out))
    for now, ancestor in zip(current, found, strict=True):
        if ancestor is not None:
            assert overlap(now, previous[ancestor]) >= MIN_OVERLAP
