"""Capped average linkage on a sparse graph of pair probabilities."""

import heapq
from collections.abc import Iterator
from typing import TypedDict

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from itsm.collecting import collector_paused
from problem_mining.chunks import parts_of
from problem_mining.dense_linking import MAX_TEXTS, linked_densely
from problem_mining.mapped_arrays import Array
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pair_rows import Pairs
from problem_mining.settings import MiningSettings
from problem_mining.side_by_side import mapped


class How(TypedDict):
    """From which mean on groups are joined, and how many pairs count at least."""

    threshold: float
    link_cap: int


Entry = tuple[float, int, int]
Near = list[dict[int, tuple[float, int, float]]]
"""Per group and other group: the sum of the pair probabilities, how many were scored, and the
highest mean that an entry says of the two, 0 where there is none."""
_NOTHING = (0.0, 0, 0.0)
ENTRIES_AT_ONCE = 100_000
DENSE_FROM, DENSE_PAIRS = 48, 16
"""Parts of so many texts, with so many scored pairs for each, are linked in full tables."""
SHARED_FROM = 300_000
"""From so many pairs on half of the parts are linked by a second process."""


def link(
    n: int,
    pairs: IntArray,
    p: FloatArray,
    *,
    threshold: float,
    link_cap: int,
    counts_scored: bool = True,
) -> IntArray:
    """Joins nodes greedily while the mean pair probability of two groups is high enough.

    The two groups a, b with the highest mean are joined as long as
    `sum p(a, b) / max(scored(a, b), min(|a| |b|, link_cap * min(|a|, |b|))) >= threshold`, where
    `scored(a, b)` is how many pairs between them were scored. The cap is there because only the
    nearest pairs were scored: without it large groups would count unscored pairs as 0. A pair that
    was scored and found unlikely does count, unless `counts_scored` is false.
    Ties go to the smaller node numbers; of two joined groups the larger one keeps its number. The
    pairs come up in their order, and between them, from a heap, what joining has changed: an entry
    is checked again when it comes up.

    Args:
        n: number of nodes.
        pairs: distinct (i, j), i < j, shape (m, 2): all that were scored.
        p: probability of each pair, shape (m,).
        threshold: smallest mean at which groups are joined.
        link_cap: K, pairs counted per node at least, where so many are possible.
        counts_scored: whether every scored pair counts; else no more than K per node.

    Returns:
        A label per node, shape (n,): groups numbered by their first node, -1 for singles.

    Source: average linkage (Sokal & Michener 1958); the cap is ours.
    """
    likely = np.flatnonzero(p >= threshold)
    order = likely[np.lexsort((pairs[likely, 1], pairs[likely, 0], -p[likely]))]
    with collector_paused():
        near = _graph(n, pairs, p, int(counts_scored))
        roots = _joined(near, _entries(pairs, p, order), threshold, link_cap)
    return numbered(np.array(roots, dtype=np.int64))


def _entries(pairs: IntArray, p: FloatArray, order: IntArray) -> Iterator[Entry]:
    """The pairs in their order."""
    for part in parts_of(len(order), ENTRIES_AT_ONCE):
        some = order[part]
        yield from zip((-p[some]).tolist(), *pairs[some].T.tolist(), strict=True)


def within_reach(n: int, pairs: IntArray, p: FloatArray, least: float) -> IntArray:
    """Which pairs can matter: the two are joined by a path of pairs at least so likely.

    Where groups are joined from a mean of `least` on, one pair of them at least is as likely: what
    no such path joins never meets, and linking without it gives the same groups.
    """
    part = _parts(n, pairs, p, least)
    return np.flatnonzero(part[pairs[:, 0]] == part[pairs[:, 1]])


def _parts(n: int, pairs: Pairs, p: Array, least: float) -> IntArray:
    likely = p >= np.float64(least)
    i, j = pairs[likely, 0], pairs[likely, 1]
    near = sp.coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(n, n))
    _, part = connected_components(near, directed=False)
    return np.asarray(part, dtype=np.int64)


def linked_whole(n: int, pairs: Pairs, p: Array, settings: MiningSettings) -> IntArray:
    """As `link`, by the pairs that can matter alone; many are shared out to two processes."""
    part = _parts(n, pairs, p, settings.threshold)
    reached = np.flatnonzero(part[pairs[:, 0]] == part[pairs[:, 1]])
    pairs, p = pairs[reached], p[reached].astype(np.float64)
    if len(pairs) < SHARED_FROM:
        return numbered(_linked(n, part, pairs, p, settings))
    # Every second part, by size: no pair joins two parts, so each half is linked by itself.
    order = np.argsort(-np.bincount(part[pairs[:, 0]], minlength=n), kind="stable")
    is_other = np.zeros(n, dtype=bool)
    is_other[order[1::2]] = True
    is_other = is_other[part]
    halves = [np.flatnonzero(is_other[pairs[:, 0]] == side) for side in (False, True)]
    one, other = mapped(
        lambda half: _linked(n, part, pairs[half], p[half], settings), halves, least=2
    )
    return numbered(np.where(is_other, 2 * n + other, one))


def _linked(
    n: int, part: IntArray, pairs: IntArray, p: FloatArray, settings: MiningSettings
) -> IntArray:
    """A text that stands for the group of each; no pair joins two parts.

    Parts that are large, and of which many pairs were scored, are linked each in full tables.
    """
    how: How = {"threshold": settings.threshold, "link_cap": settings.link_cap}
    of_pair = part[pairs[:, 0]]
    n_pairs, size = np.bincount(of_pair, minlength=n), np.bincount(part, minlength=n)
    is_dense = (n_pairs >= DENSE_PAIRS * size) & (size >= DENSE_FROM) & (size <= MAX_TEXTS)
    sparse = np.flatnonzero(~is_dense[of_pair])
    label = link(n, pairs[sparse], p[sparse], **how)
    roots = np.where(label >= 0, n + label, np.arange(n))
    place = np.empty(n, dtype=np.int64)
    dense = np.flatnonzero(is_dense)
    for nodes, some in zip(_of_each(part, dense), _of_each(of_pair, dense), strict=True):
        place[nodes] = np.arange(len(nodes))
        roots[nodes] = nodes[linked_densely(len(nodes), place[pairs[some]], p[some], **how)]
    return roots


def _of_each(part: IntArray, wanted: IntArray) -> list[IntArray]:
    """The places of each of some numbers, ascending."""
    is_one = np.zeros(int(part.max(initial=-1)) + 1, dtype=bool)
    is_one[wanted] = True
    there = np.flatnonzero(is_one[part])
    there = there[np.argsort(part[there], kind="stable")]
    return np.split(there, np.searchsorted(part[there], wanted[1:])) if len(wanted) else []


def _joined(near: Near, first: Iterator[Entry], threshold: float, link_cap: int) -> list[int]:
    """The group each node ends in, told by a node that stands for it; `first` are in order.

    There is an entry for every two groups that may join, no lower than their mean is: one that
    turns out too high is put back where it belongs.
    """
    heap: list[Entry] = []
    size = [1] * len(near)
    parent = list(range(len(near)))
    following = next(first, None)
    while heap or following is not None:
        if following is not None and (not heap or following <= heap[0]):
            (value, a, b), following = following, next(first, None)
        else:
            value, a, b = heapq.heappop(heap)
        found = near[a].get(b)
        if found is None:
            continue
        total, scored, highest = found
        small = min(size[a], size[b])
        now = total / max(scored, min(size[a] * size[b], link_cap * small))
        if now == -value:
            kept, gone = (a, b) if (size[a], -a) >= (size[b], -b) else (b, a)
            size[kept] += size[gone]
            parent[gone] = kept
            _join(near, heap, size, (kept, gone), threshold, link_cap)
        elif now < -value == highest:
            again = now if now >= threshold else 0.0
            near[a][b] = near[b][a] = (total, scored, again)
            if again:
                heapq.heappush(heap, (-now, a, b))
    return _roots(parent)


def _graph(n: int, pairs: IntArray, p: FloatArray, counted: int) -> Near:
    near: Near = [{} for _ in range(n)]
    name = list(range(n))  # one and the same number wherever a node is a key
    for part in parts_of(len(pairs), ENTRIES_AT_ONCE):
        for (i, j), value in zip(pairs[part].tolist(), p[part].tolist(), strict=True):
            near[i][name[j]] = near[j][name[i]] = (value, counted, value)
    return near


def _join(
    near: Near,
    heap: list[Entry],
    size: list[int],
    both: tuple[int, int],
    threshold: float,
    link_cap: int,
) -> None:
    """Moves the neighbours of the second of two groups to the first, which has its size already."""
    kept, gone = both
    mine, moved, n = near[kept], near[gone], size[kept]
    near[gone] = {}
    del mine[gone], moved[kept]
    for other, (more, n_more, _) in moved.items():
        theirs, m = near[other], size[other]
        del theirs[gone]
        total, scored, highest = mine.get(other, _NOTHING)
        total, scored = total + more, scored + n_more
        capped = min(n * m, link_cap * (m if m < n else n))
        value = total / (scored if scored > capped else capped)
        if value > highest and value >= threshold:
            highest = value
            heapq.heappush(heap, (-value, min(kept, other), max(kept, other)))
        mine[other] = theirs[kept] = (total, scored, highest)


def _roots(parent: list[int]) -> list[int]:
    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    return [root(node) for node in range(len(parent))]


def numbered(roots: IntArray) -> IntArray:
    """Labels 0, 1, ... in order of first appearance; -1 where a root stands alone."""
    labels = np.full(len(roots), -1, dtype=np.int64)
    if not len(roots):
        return labels
    _, first, inverse, counts = np.unique(
        roots, return_index=True, return_inverse=True, return_counts=True
    )
    shared = np.flatnonzero(counts >= 2)
    order = shared[np.argsort(first[shared], kind="stable")]
    number = np.full(len(counts), -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    labels[:] = number[inverse]
    return labels
