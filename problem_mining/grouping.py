"""Capped average linkage on a sparse graph of pair probabilities."""

import numpy as np

from problem_mining.chunks import in_order, parts_of
from problem_mining.compiled import compiled
from problem_mining.linkage import joined
from problem_mining.mapped_arrays import Array
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pair_rows import Pairs
from problem_mining.settings import MiningSettings

SHARED_FROM = 300_000
"""From so many pairs on half of the parts are linked by a second thread."""


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
    pairs come up in their order, and between them, from a heap, what joining has changed.

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
    given = pairs.astype(np.int64), p.astype(np.float64)
    return numbered(joined(n, *given, order, threshold, link_cap, int(counts_scored)))


def within_reach(n: int, pairs: IntArray, p: FloatArray, least: float) -> IntArray:
    """Which pairs can matter: the two are joined by a path of pairs at least so likely.

    Where groups are joined from a mean of `least` on, one pair of them at least is as likely: what
    no such path joins never meets, and linking without it gives the same groups.
    """
    part = _parts(n, pairs, p, least)
    return np.flatnonzero(part[pairs[:, 0]] == part[pairs[:, 1]])


def _parts(n: int, pairs: Pairs, p: Array, least: float) -> IntArray:
    """For each of n nodes one that stands for all it is joined to by such a path."""
    part = np.arange(n, dtype=np.int64)
    _join_likely(pairs, p, float(least), part)
    return part


@compiled
def _join_likely(pairs: Pairs, p: Array, least: float, part: IntArray) -> None:
    for pair in range(len(pairs)):
        if float(p[pair]) >= least:
            one, other = _root(part, pairs[pair, 0]), _root(part, pairs[pair, 1])
            part[max(one, other)] = min(one, other)
    for node in range(len(part)):
        part[node] = part[part[node]]


@compiled
def _root(part: IntArray, node: int) -> int:
    while part[node] != node:
        part[node] = part[part[node]]
        node = part[node]
    return node


def linked_whole(n: int, pairs: Pairs, p: Array, settings: MiningSettings) -> IntArray:
    """As `link`, by the pairs that can matter alone; many are shared out to two threads."""
    part = _parts(n, pairs, p, settings.threshold)
    reached = np.flatnonzero(part[pairs[:, 0]] == part[pairs[:, 1]])
    pairs, p = pairs[reached], p[reached].astype(np.float64)
    if len(pairs) < SHARED_FROM:
        return _linked(n, pairs, p, settings)
    # Every second part, by size: no pair joins two parts, so each half is linked by itself.
    order = np.argsort(-np.bincount(part[pairs[:, 0]], minlength=n), kind="stable")
    is_other = np.zeros(n, dtype=bool)
    is_other[order[1::2]] = True
    of_pair = is_other[part[pairs[:, 0]]]

    def half(side: slice) -> IntArray:
        mine = np.flatnonzero(of_pair == side.start)
        return _linked(n, pairs[mine], p[mine], settings)

    one, other = in_order(half, parts_of(2, 1))
    alone = np.arange(2 * n, 3 * n)
    return numbered(np.where(one >= 0, one, np.where(other >= 0, n + other, alone)))


def _linked(n: int, pairs: IntArray, p: FloatArray, settings: MiningSettings) -> IntArray:
    return link(n, pairs, p, threshold=settings.threshold, link_cap=settings.link_cap)


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
