"""Linking in full tables gives what linking by a heap gives, ties and all."""

import numpy as np
import pytest

from problem_mining import grouping
from problem_mining.dense_linking import linked_densely
from problem_mining.grouping import link, linked_whole, numbered
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.settings import DEFAULT


def drawn(seed: int, n: int, share: float, steps: int) -> tuple[IntArray, FloatArray]:
    """Some pairs of n texts, with probabilities in so many steps: in few of them many tie."""
    draw = np.random.default_rng(seed)
    i, j = np.triu_indices(n, 1)
    there = draw.random(len(i)) < share
    pairs = np.column_stack([i[there], j[there]])
    return pairs, np.round(draw.random(len(pairs)) * steps) / steps


@pytest.mark.parametrize("steps", [4, 16, 1 << 20])
@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
@pytest.mark.parametrize("link_cap", [1, 2, 4])
def test_tables_join_what_a_heap_joins(steps: int, share: float, link_cap: int) -> None:
    for seed in range(12):
        n = 2 + seed * 3
        pairs, p = drawn(seed, n, share, steps)
        by_heap = link(n, pairs, p, threshold=0.47, link_cap=link_cap)
        by_tables = linked_densely(n, pairs, p, threshold=0.47, link_cap=link_cap)
        assert numbered(by_tables).tolist() == by_heap.tolist()


def test_large_parts_are_linked_in_tables_and_small_ones_by_a_heap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = [60, 5, 70, 1, 3, 90]
    ends = np.cumsum(sizes)
    parts = [drawn(at, n, 0.9, 8) for at, n in enumerate(sizes)]
    pairs = np.concatenate(
        [one + end - n for (one, _), end, n in zip(parts, ends, sizes, strict=True)]
    )
    p = np.concatenate([one for _, one in parts])
    shuffled = np.random.default_rng(3).permutation(int(ends[-1]))
    pairs = np.sort(shuffled[pairs], axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, p = pairs[order], p[order]
    wanted = link(len(shuffled), pairs, p, threshold=DEFAULT.threshold, link_cap=DEFAULT.link_cap)
    in_tables: list[int] = []

    def watched(n: int, *given: object, **how: float) -> IntArray:
        in_tables.append(n)
        return linked_densely(n, *given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(grouping, "linked_densely", watched)
    assert linked_whole(len(shuffled), pairs, p, DEFAULT).tolist() == wanted.tolist()
    assert sorted(in_tables) == [60, 70, 90]
