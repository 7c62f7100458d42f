"""Capped average linkage on a sparse graph of pair probabilities."""

import heapq
from collections.abc import Iterable, Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from itsm.collecting import collector_paused
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.settings import MiningSettings

Entry = tuple[float, int, int]
Near = list[dict[int, tuple[float, int]]]
"""Per group, the sum of the pair probabilities with each other group, and how many were scored."""


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
        first = zip((-p[order]).tolist(), *pairs[order].T.tolist(), strict=True)
        roots = _joined(near, first, threshold, link_cap)
    return numbered(np.array(roots, dtype=np.int64))


def within_reach(n: int, pairs: IntArray, p: FloatArray, least: float) -> IntArray:
    """Which pairs can matter: the two are joined by a path of pairs at least so likely.

    Where groups are joined from a mean of `least` on, one pair of them at least is as likely: what
    no such path joins never meets, and linking without it gives the same groups.
    """
    likely = p >= least
    i, j = pairs[likely, 0], pairs[likely, 1]
    near = sp.coo_array((np.ones(len(i)), (i, j)), shape=(n, n))
    _, of_node = connected_components(near, directed=False)
    return np.flatnonzero(of_node[pairs[:, 0]] == of_node[pairs[:, 1]])


def linked_whole(n: int, pairs: IntArray, p: FloatArray, settings: MiningSettings) -> IntArray:
    """As `link`, by the pairs that can matter alone."""
    reached = within_reach(n, pairs, p, settings.threshold)
    return link(
        n, pairs[reached], p[reached], threshold=settings.threshold, link_cap=settings.link_cap
    )


def _joined(near: Near, first: Iterator[Entry], threshold: float, link_cap: int) -> list[int]:
    """The group each node ends in, told by a node that stands for it; `first` are in order."""
    heap: list[Entry] = []
    size = [1] * len(near)
    parent = list(range(len(near)))

    def mean(a: int, b: int) -> float:
        total, scored = near[a][b]
        small = min(size[a], size[b])
        return total / max(scored, min(size[a] * size[b], link_cap * small))

    following = next(first, None)
    while heap or following is not None:
        if following is not None and (not heap or following <= heap[0]):
            (value, a, b), following = following, next(first, None)
        else:
            value, a, b = heapq.heappop(heap)
        if b not in near[a]:
            continue
        now = mean(a, b)
        if now != -value:
            if threshold <= now < -value:
                heapq.heappush(heap, (-now, a, b))
            continue
        kept, gone = (a, b) if (size[a], -a) >= (size[b], -b) else (b, a)
        changed = _join(near, kept, gone)
        size[kept] += size[gone]
        parent[gone] = kept
        for other in changed:
            value = mean(kept, other)
            if value >= threshold:
                heapq.heappush(heap, (-value, min(kept, other), max(kept, other)))
    return _roots(parent)


def _graph(n: int, pairs: IntArray, p: FloatArray, counted: int) -> Near:
    near: Near = [{} for _ in range(n)]
    for (i, j), value in zip(pairs.tolist(), p.tolist(), strict=True):
        near[i][j] = near[j][i] = (value, counted)
    return near


def _join(near: Near, kept: int, gone: int) -> Iterable[int]:
    """Moves the neighbours of `gone` to `kept`; returns those whose sum changed."""
    moved = near[gone]
    near[gone] = {}
    moved.pop(kept)
    near[kept].pop(gone)
    for other, (value, scored) in moved.items():
        total, before = near[kept].get(other, (0.0, 0))
        near[kept][other] = near[other][kept] = (total + value, before + scored)
        del near[other][gone]
    return moved


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
