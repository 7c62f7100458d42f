"""Average linkage, pair by pair: the loop of `grouping.link`, compiled."""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from problem_mining.compiled import compiled
from problem_mining.nodes import FloatArray, IntArray

_MIXER = np.uint64(0x9E3779B97F4A7C15)
_NONE = -1

Ends = NDArray[np.int32]


class _Tables(NamedTuple):
    """What is known of the pairs of groups that are left, each under the number of a node.

    `ends` are the two of a pair, shape (m, 2), -1 where they are one by now; `total`, `scored` and
    `highest` the sum of its probabilities, their number, and the highest mean an entry says of it.
    `first` has of each group one of its pairs as 2 * pair + side, `following` the next one.
    `slots` finds a pair by its ends. `size` is that of each group.
    """

    ends: Ends
    total: FloatArray
    scored: IntArray
    highest: FloatArray
    first: Ends
    following: Ends
    slots: Ends
    size: IntArray


@compiled
def joined(
    n: int,
    pairs: IntArray,
    p: FloatArray,
    order: IntArray,
    threshold: float,
    link_cap: int,
    counted: int,
) -> IntArray:
    """For each node one that stands for the group it ends in.

    There is an entry for every two groups that may join, no lower than their mean is: one that
    turns out too high is put back where it belongs.

    Args:
        n: number of nodes.
        pairs: distinct (i, j), i < j, shape (m, 2).
        p: the probability of each.
        order: those that may join, the likeliest first.
        threshold: smallest mean at which groups are joined.
        link_cap: pairs counted per node at least.
        counted: as how many scored pairs one counts.
    """
    tables = _tables(n, pairs, p, counted)
    parent = np.arange(n)
    heap = [(0.0, 0, 0)]
    heap.pop()
    at = 0
    while len(heap) > 0 or at < len(order):
        if at < len(order):
            e = order[at]
            value, a, b = -p[e], pairs[e, 0], pairs[e, 1]
            if len(heap) > 0 and heap[0] < (value, a, b):
                value, a, b = heapq.heappop(heap)
            else:
                at += 1
        else:
            value, a, b = heapq.heappop(heap)
        e = tables.slots[_slot_of(tables.slots, tables.ends, a, b)]
        if e == _NONE:
            continue
        now = _mean(tables, e, a, b, link_cap)
        if now == -value:
            kept, gone = (b, a) if tables.size[b] > tables.size[a] else (a, b)
            parent[gone] = kept
            _join(tables, heap, kept, gone, threshold, link_cap)
        elif now < -value and -value == tables.highest[e]:
            tables.highest[e] = now if now >= threshold else 0.0
            if now >= threshold:
                heapq.heappush(heap, (-now, a, b))
    for node in range(n):
        parent[node] = _root(parent, node)
    return parent


@compiled
def _tables(n: int, pairs: IntArray, p: FloatArray, counted: int) -> _Tables:
    m, n_slots = len(pairs), 2
    while n_slots < 2 * m:
        n_slots *= 2
    ends = pairs.astype(np.int32)
    slots = np.full(n_slots, _NONE, dtype=np.int32)
    first, following = np.full(n, _NONE, dtype=np.int32), np.empty(2 * m, dtype=np.int32)
    for e in range(m):
        slots[_slot_of(slots, ends, ends[e, 0], ends[e, 1])] = e
        for side in range(2):
            following[2 * e + side] = first[ends[e, side]]
            first[ends[e, side]] = 2 * e + side
    scored, size = np.full(m, counted, dtype=np.int64), np.ones(n, dtype=np.int64)
    return _Tables(ends, p.copy(), scored, p.copy(), first, following, slots, size)


@compiled
def _mean(tables: _Tables, e: int, a: int, b: int, link_cap: int) -> float:
    """What two groups are joined by."""
    n, m = tables.size[a], tables.size[b]
    mean: float = tables.total[e] / max(tables.scored[e], min(n * m, link_cap * min(n, m)))
    return mean


@compiled
def _join(
    tables: _Tables,
    heap: list[tuple[float, int, int]],
    kept: int,
    gone: int,
    threshold: float,
    link_cap: int,
) -> None:
    """Moves the pairs of the second of two groups to the first."""
    ends, slots = tables.ends, tables.slots
    tables.size[kept] += tables.size[gone]
    slot = _slot_of(slots, ends, kept, gone)
    e = slots[slot]
    _drop(slots, ends, slot)
    ends[e, 0] = ends[e, 1] = _NONE
    half = tables.first[gone]
    tables.first[gone] = _NONE
    while half != _NONE:
        e, side, after = half // 2, half % 2, tables.following[half]
        other = ends[e, 1 - side]
        if ends[e, side] == gone:
            _drop(slots, ends, _slot_of(slots, ends, gone, other))
            slot = _slot_of(slots, ends, kept, other)
            again = slots[slot]
            if again == _NONE:
                again = slots[slot] = e
                ends[e, side] = kept
                tables.highest[e] = 0.0
                tables.following[half], tables.first[kept] = tables.first[kept], half
            else:
                tables.total[again] += tables.total[e]
                tables.scored[again] += tables.scored[e]
                ends[e, 0] = ends[e, 1] = _NONE
            mean = _mean(tables, again, kept, other, link_cap)
            if mean > tables.highest[again] and mean >= threshold:
                tables.highest[again] = mean
                heapq.heappush(heap, (-mean, min(kept, other), max(kept, other)))
        half = after


@compiled
def _root(parent: IntArray, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@compiled
def _home(n_slots: int, a: int, b: int) -> int:
    """Where the pair of two nodes is looked for first."""
    low, high = np.uint64(min(a, b)), np.uint64(max(a, b))
    mixed = (low * _MIXER ^ high) * _MIXER
    home: int = np.int64((mixed >> np.uint64(29)) & np.uint64(n_slots - 1))  # type: ignore[assignment]
    return home


@compiled
def _slot_of(slots: Ends, ends: Ends, a: int, b: int) -> int:
    """Where the pair of two nodes is; an empty slot where there is none."""
    slot = _home(len(slots), a, b)
    while True:
        e = slots[slot]
        if e == _NONE:
            return slot
        if (ends[e, 0] == a and ends[e, 1] == b) or (ends[e, 0] == b and ends[e, 1] == a):
            return slot
        slot = (slot + 1) & (len(slots) - 1)


@compiled
def _drop(slots: Ends, ends: Ends, slot: int) -> None:
    """Empty a slot; those behind it move up, so that all are found again (Knuth 6.4, R)."""
    last = len(slots) - 1
    hole = slot
    at = slot
    while True:
        at = (at + 1) & last
        e = slots[at]
        if e == _NONE:
            break
        home = _home(len(slots), ends[e, 0], ends[e, 1])
        if ((at - home) & last) >= ((at - hole) & last):
            slots[hole] = e
            hole = at
    slots[hole] = _NONE
