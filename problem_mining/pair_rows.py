"""Pairs in order, of which there may be tens of millions: looked up by parts, without a copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problem_mining.chunks import in_order, parts_of
from problem_mining.compiled import compiled
from problem_mining.nodes import IntArray

Pairs = NDArray[Any]
"""Pairs (i, j), i < j, in order, shape (m, 2): numbers of 32 bits, which is half the room."""
Ids = NDArray[np.int32]
Flags = NDArray[np.bool_]
AT_ONCE = 1 << 19
ROWS_AT_ONCE = 1 << 16
NO_PAIRS: Pairs = np.empty((0, 2), dtype=np.int32)


def codes_of(pairs: Pairs, n: int) -> IntArray:
    """A number for each pair of n texts; in the order of the pairs."""
    codes: IntArray = pairs[:, 0].astype(np.int64) * n + pairs[:, 1]
    return codes


@dataclass(frozen=True, slots=True)
class PairRows:
    """Pairs, and where those of each of n texts begin: `pairs[starts[i]:starts[i + 1]]`."""

    pairs: Pairs
    starts: IntArray

    @property
    def n(self) -> int:
        """How many texts there are."""
        return len(self.starts) - 1

    def places(self, wanted: Pairs) -> IntArray:
        """The place of each pair (i, j), -1 for none; fastest where these are in order, too."""
        found = np.empty(len(wanted), dtype=np.int64)

        def look(part: slice) -> None:
            _look(self.pairs, self.starts, wanted[part], found[part])

        in_order(look, parts_of(len(wanted), AT_ONCE))
        return found

    def find(self, before: Pairs, now: IntArray, start: int, old_at: Ids, is_gone: Flags) -> None:
        """Note for the pairs of before where they are now, and which are no more.

        Args:
            before: some of them.
            now: the text that each text of before is now, -1 for none.
            start: the place of the first of them among all.
            old_at: takes up the place before of each pair.
            is_gone: takes up which of these are no more.
        """
        _find(self.pairs, self.starts, before, now, start, old_at, is_gone)


@compiled
def _find(
    pairs: Pairs,
    starts: IntArray,
    before: Pairs,
    now: IntArray,
    start: int,
    old_at: Ids,
    is_gone: Flags,
) -> None:
    for at in range(len(before)):
        i, j = now[before[at, 0]], now[before[at, 1]]
        place = _place_of(pairs, starts, i, j) if min(i, j) >= 0 else -1
        is_gone[at] = place < 0
        if place >= 0:
            old_at[place] = start + at


@compiled
def _look(pairs: Pairs, starts: IntArray, wanted: Pairs, found: IntArray) -> None:
    for at in range(len(wanted)):
        found[at] = _place_of(pairs, starts, wanted[at, 0], wanted[at, 1])


@compiled
def _place_of(pairs: Pairs, starts: IntArray, one: int, other: int) -> int:
    """The place of a pair among pairs in order, -1 for none."""
    low, end = starts[one], starts[one + 1]
    high = end
    while low < high:
        middle = (low + high) // 2
        if pairs[middle, 1] < other:
            low = middle + 1
        else:
            high = middle
    return low if low < end and pairs[low, 1] == other else -1


def pair_rows(pairs: Pairs, n: int) -> PairRows:
    """Pairs of n texts, in order, ready to be looked up."""
    starts = np.zeros(n + 1, dtype=np.int64)
    _count_first(pairs, starts)
    return PairRows(pairs, np.cumsum(starts))


@compiled
def _count_first(pairs: Pairs, counts: IntArray) -> None:
    for at in range(len(pairs)):
        counts[pairs[at, 0] + 1] += 1


def with_one_of(pairs: Pairs, is_one: Flags) -> Flags:
    """Which pairs have one of some texts at least."""
    found = np.empty(len(pairs), dtype=bool)

    def look(part: slice) -> None:
        _are(pairs[part], is_one, 1, found[part])

    in_order(look, parts_of(len(pairs), AT_ONCE))
    return found


def of_both(pairs: Pairs, is_one: Flags) -> Flags:
    """Which pairs are of two of some texts."""
    found = np.empty(len(pairs), dtype=bool)

    def look(part: slice) -> None:
        _are(pairs[part], is_one, 2, found[part])

    in_order(look, parts_of(len(pairs), AT_ONCE))
    return found


@compiled
def _are(pairs: Pairs, is_one: Flags, least: int, found: Flags) -> None:
    """Which pairs have so many of some texts at least."""
    for at in range(len(pairs)):
        found[at] = is_one[pairs[at, 0]] + is_one[pairs[at, 1]] >= least


def renumbered(pairs: Pairs, n: int) -> tuple[IntArray, Pairs]:
    """The texts of pairs, ascending, and the pairs by their places there; n is how many there are.

    Far faster than np.unique.
    """
    is_there = np.zeros(n, dtype=bool)
    is_there[pairs[:, 0]] = True
    is_there[pairs[:, 1]] = True
    nodes = np.flatnonzero(is_there)
    if len(nodes) == n:
        return nodes, pairs
    place = np.empty(n, dtype=np.int32)
    place[nodes] = np.arange(len(nodes))
    return nodes, place[pairs]


def distinct(numbers: IntArray) -> IntArray:
    """The distinct of some numbers from 0 on, ascending; far faster than np.unique."""
    found = np.sort(numbers)
    return found[np.diff(found, prepend=-1) > 0]


def union_of(lists: Sequence[Ids], n: int) -> Pairs:
    """The distinct pairs (i, j), i < j, of n rows with those in their lists, in order.

    Args:
        lists: the numbers of others, -1 for none; each of shape (n, k).
        n: how many rows there are.
    """
    # Of a million texts there are 90 million: each goes to its first text, and is sorted there.
    bounds = np.zeros(n + 1, dtype=np.int64)
    for ids in lists:
        _count(ids, bounds)
    bounds = np.cumsum(bounds)
    others, at = np.empty(int(bounds[-1]), dtype=np.int32), bounds[:-1].copy()
    for ids in lists:
        _fill(ids, at, others)
    parts = parts_of(n, ROWS_AT_ONCE)
    sizes = np.zeros(n + 1, dtype=np.int64)

    def put_in_order(part: slice) -> None:
        _distinct(bounds[part.start : part.stop + 1], others, sizes[part.start + 1 :])

    in_order(put_in_order, parts)
    ends = np.cumsum(sizes)
    found = np.empty((int(ends[-1]), 2), dtype=np.int32)
    _told(bounds, others, ends, found)
    return found


@compiled
def _count(ids: Ids, bounds: IntArray) -> None:
    for row in range(ids.shape[0]):
        for place in range(ids.shape[1]):
            other = ids[row, place]
            if other >= 0 and other != row:
                bounds[min(row, other) + 1] += 1


@compiled
def _fill(ids: Ids, at: IntArray, others: Ids) -> None:
    for row in range(ids.shape[0]):
        for place in range(ids.shape[1]):
            other = ids[row, place]
            if other >= 0 and other != row:
                first = min(row, other)
                others[at[first]] = max(row, other)
                at[first] += 1


@compiled
def _distinct(bounds: IntArray, others: Ids, sizes: IntArray) -> None:
    """Put the others of each row in order, each once, and tell how many there are."""
    for row in range(len(bounds) - 1):
        start, end = bounds[row], bounds[row + 1]
        some = np.sort(others[start:end])
        n = 0
        for at in range(len(some)):
            if at == 0 or some[at] != some[at - 1]:
                others[start + n] = some[at]
                n += 1
        sizes[row] = n


@compiled
def _told(bounds: IntArray, others: Ids, ends: IntArray, found: Pairs) -> None:
    for row in range(len(bounds) - 1):
        for place in range(ends[row + 1] - ends[row]):
            found[ends[row] + place, 0] = row
            found[ends[row] + place, 1] = others[bounds[row] + place]
