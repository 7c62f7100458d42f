"""The compiled loop gives what the definition of capped average linkage says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problem_mining import grouping
from problem_mining.grouping import link, linked_whole, numbered, within_reach
from problem_mining.settings import DEFAULT
from tests.problem_mining.plain_linkage import plain_link


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 16))
    every = [(i, j) for i in range(n) for j in range(i + 1, n)]
    chosen = sorted(draw(st.sets(st.sampled_from(every), max_size=60))) if every else []
    # Few distinct values, so that ties are common.
    p = draw(st.lists(st.integers(1, 16), min_size=len(chosen), max_size=len(chosen)))
    return n, np.array(chosen, dtype=np.int64).reshape(-1, 2), np.array(p) / 16


@given(graphs(), st.sampled_from([0.25, 0.5, 0.75]), st.sampled_from([1, 2, 4]))
def test_labels_equal_those_of_the_plain_definition(
    graph: tuple[int, np.ndarray, np.ndarray], threshold: float, cap: int
) -> None:
    n, pairs, p = graph
    plain = plain_link(n, pairs, p, threshold=threshold, cap=cap)
    assert link(n, pairs, p, threshold=threshold, link_cap=cap).tolist() == plain.tolist()


@pytest.mark.parametrize("steps", [4, 16, 1 << 20])
@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
@pytest.mark.parametrize("cap", [1, 2, 4])
def test_so_they_do_where_nearly_all_pairs_were_scored(steps: int, share: float, cap: int) -> None:
    for seed in range(8):
        draw = np.random.default_rng(seed)
        n = 2 + seed * 5
        pairs = np.column_stack(np.triu_indices(n, 1))
        pairs = pairs[draw.random(len(pairs)) < share]
        p = np.round(draw.random(len(pairs)) * steps) / steps
        plain = plain_link(n, pairs, p, threshold=0.47, cap=cap)
        assert link(n, pairs, p, threshold=0.47, link_cap=cap).tolist() == plain.tolist()


def test_a_weak_bridge_does_not_join_two_groups() -> None:
    inside = [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]
    pairs, p = np.array([*inside, (2, 3)]), np.array([0.9] * 6 + [0.6])
    labels = link(6, pairs, p, threshold=0.5, link_cap=4)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_pairs_found_unlikely_keep_two_groups_apart() -> None:
    inside = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    inside += [(i + 4, j + 4) for i, j in inside]
    across = [(i, j) for i in range(4) for j in range(4, 8)]
    p = np.array([0.9] * 12 + [0.6] * 6 + [0.01] * 10)
    pairs = np.array(inside + across)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    labels = link(8, pairs[order], p[order], threshold=0.4, link_cap=2)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


@given(graphs(), st.sampled_from([0.25, 0.5]))
def test_pairs_out_of_reach_change_nothing(
    graph: tuple[int, np.ndarray, np.ndarray], threshold: float
) -> None:
    n, pairs, p = graph
    kept = within_reach(n, pairs, p, threshold)
    assert kept.tolist() == reached(n, pairs, p, threshold)
    some = link(n, pairs[kept], p[kept], threshold=threshold, link_cap=2)
    assert some.tolist() == link(n, pairs, p, threshold=threshold, link_cap=2).tolist()


@pytest.mark.parametrize("n", [0, 1, 3])
def test_without_pairs_everything_is_single(n: int) -> None:
    none = np.empty((0, 2), dtype=np.int64)
    labels = link(n, none, np.empty(0), threshold=0.5, link_cap=4)
    assert labels.tolist() == [-1] * n


def test_groups_are_numbered_by_their_first_member() -> None:
    assert numbered(np.array([7, 3, 7, 5, 3])).tolist() == [0, 1, 0, -1, 1]


@given(graphs())
@settings(max_examples=25, deadline=None)
def test_halves_that_two_threads_link_make_the_whole(
    graph: tuple[int, np.ndarray, np.ndarray],
) -> None:
    n, pairs, p = graph
    how = DEFAULT.model_copy(update={"threshold": 0.5, "link_cap": 2})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "SHARED_FROM", 0)
        halves = linked_whole(n, pairs, p, how)
    assert halves.tolist() == link(n, pairs, p, threshold=0.5, link_cap=2).tolist()


def reached(n: int, pairs: np.ndarray, p: np.ndarray, least: float) -> list[int]:
    """The places of the pairs that a path of likely ones joins, by whatever joins two at a time."""
    parts = [{node} for node in range(n)]
    for i, j in pairs[p >= least].tolist():
        both = next(part for part in parts if i in part) | next(part for part in parts if j in part)
        parts = [part for part in parts if not part & both] + [both]
    return [at for at, (i, j) in enumerate(pairs.tolist()) if any({i, j} <= one for one in parts)]
