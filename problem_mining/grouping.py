"""Capped average linkage on a sparse graph of pair probabilities."""

import heapq
from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from itsm.collecting import collector_paused
from problem_mining.chunks import parts_of
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.settings import MiningSettings
from problem_mining.side_by_side import mapped

Entry = tuple[float, int, int]
Near = list[dict[int, tuple[float, int, float]]]
"""Per group and other group: the sum of the pair probabilities, how many were scored, and the
highest mean that an entry says of the two, 0 where there is none."""
_NOTHING = (0.0, 0, 0.0)
ENTRIES_AT_ONCE = 100_000
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


def _parts(n: int, pairs: IntArray, p: FloatArray, least: float) -> IntArray:
    likely = p >= least
    i, j = pairs[likely, 0], pairs[likely, 1]
    near = sp.coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(n, n))
    _, part = connected_components(near, directed=False)
    return np.asarray(part, dtype=np.int64)


def linked_whole(n: int, pairs: IntArray, p: FloatArray, settings: MiningSettings) -> IntArray:
    """As `link`, by the pairs that can matter alone; many are shared out to two processes."""
    part = _parts(n, pairs, p, settings.threshold)
    reached = np.flatnonzero(part[pairs[:, 0]] == part[pairs[:, 1]])
    pairs, p = pairs[reached], p[reached]
    if len(pairs) < SHARED_FROM:
        return _linked(n, pairs, p, settings)
    # Every second part, by size: no pair joins two parts, so each half is linked by itself.
    order = np.argsort(-np.bincount(part[pairs[:, 0]], minlength=n), kind="stable")
    is_other = np.zeros(n, dtype=bool)
    is_other[order[1::2]] = True
    halves = [np.flatnonzero(is_other[part[pairs[:, 0]]] == side) for side in (False, True)]
    both = mapped(lambda half: _linked(n, pairs[half], p[half], settings), halves, least=2)
    roots = -1 - np.arange(n)
    for label, first in zip(both, (0, n), strict=True):
        roots = np.where(label >= 0, first + label, roots)
    return numbered(roots)


def _linked(n: int, pairs: IntArray, p: FloatArray, settings: MiningSettings) -> IntArray:
    return link(n, pairs, p, threshold=settings.threshold, link_cap=settings.link_cap)


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
