"""Pairs in order, of which there may be tens of millions: looked up by parts, without a copy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problem_mining.chunks import in_order, parts_of
from problem_mining.nodes import IntArray

Pairs = NDArray[Any]
"""Pairs (i, j), i < j, in order, shape (m, 2): numbers of 32 bits, which is half the room."""
AT_ONCE = 1 << 19
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
        found = np.full(len(wanted), -1, dtype=np.int64)
        if not len(wanted) or not len(self.pairs):
            return found
        first = wanted[:, 0]
        order = None if (first[1:] >= first[:-1]).all() else np.argsort(first, kind="stable")

        def look(part: slice) -> None:
            some: slice | IntArray = part if order is None else order[part]
            found[some] = self._places(wanted[some])

        in_order(look, parts_of(len(wanted), AT_ONCE))
        return found

    def _places(self, wanted: Pairs) -> IntArray:
        """The same of pairs whose first texts are near each other."""
        first = wanted[:, 0]
        start, end = self.starts[int(first.min())], self.starts[int(first.max()) + 1]
        if start == end:
            return np.full(len(wanted), -1, dtype=np.int64)
        codes, asked = codes_of(self.pairs[start:end], self.n), codes_of(wanted, self.n)
        place = np.minimum(np.searchsorted(codes, asked), len(codes) - 1)
        return np.where(codes[place] == asked, start + place, -1)


def pair_rows(pairs: Pairs, n: int) -> PairRows:
    """Pairs of n texts, in order, ready to be looked up."""
    counts = np.zeros(n + 1, dtype=np.int64)
    for part in parts_of(len(pairs), AT_ONCE):
        counts[1:] += np.bincount(pairs[part, 0], minlength=n)
    return PairRows(pairs, np.cumsum(counts))


def with_one_of(pairs: Pairs, is_one: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs have one of some texts at least."""
    found = np.empty(len(pairs), dtype=bool)

    def look(part: slice) -> None:
        found[part] = is_one[pairs[part, 0]] | is_one[pairs[part, 1]]

    in_order(look, parts_of(len(pairs), AT_ONCE))
    return found


def of_both(pairs: Pairs, is_one: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs are of two of some texts."""
    found = np.empty(len(pairs), dtype=bool)

    def look(part: slice) -> None:
        found[part] = is_one[pairs[part, 0]] & is_one[pairs[part, 1]]

    in_order(look, parts_of(len(pairs), AT_ONCE))
    return found


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


def union_of(codes: Iterable[IntArray], most: int, n: int) -> Pairs:
    """The distinct pairs (i, j), i < j, of some numbers from `neighbours.pair_codes`, in order.

    Args:
        codes: the numbers.
        most: how many they are at most.
        n: of how many texts.
    """
    # Of a million texts there are 90 million numbers: they are put in one place at once.
    numbers, end = np.empty(most, dtype=np.int64), 0
    for some in codes:
        numbers[end : end + len(some)] = some
        end += len(some)
    numbers = numbers[:end]
    _sort(numbers)
    is_first = np.ones(end, dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
    found = np.empty((int(is_first.sum()), 2), dtype=np.int32)
    start = 0
    for part in parts_of(end, AT_ONCE):
        some = numbers[part][is_first[part]]
        found[start : start + len(some), 0] = some // n
        found[start : start + len(some), 1] = some % n
        start += len(some)
    return found


def _sort(numbers: IntArray) -> None:
    """Sort in place; of many each half by a thread."""
    if len(numbers) <= AT_ONCE:
        numbers.sort()
        return
    middle = len(numbers) // 2
    numbers.partition(middle)
    in_order(lambda half: numbers[half].sort(), [slice(0, middle), slice(middle, len(numbers))])
