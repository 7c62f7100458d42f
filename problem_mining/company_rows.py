"""The company of the texts of a history, of which there may be a million, with forty pairs each."""

import numpy as np
from numpy.typing import NDArray

from problem_mining.chunks import in_order, parts_of
from problem_mining.company import MIN_PROBABILITY, Company, company_in
from problem_mining.compiled import compiled
from problem_mining.features import Float32
from problem_mining.model import probability
from problem_mining.nodes import IntArray
from problem_mining.overlap import Rows
from problem_mining.pair_rows import AT_ONCE, Pairs, with_one_of

FILLED_BY = 2
"""So many threads fill rows at most: each looks through all pairs."""
FEW = 1 / 16
"""Of so few texts the pairs are picked out; of more nearly all are concerned anyway."""


def company_among(n: int, pairs: Pairs, odds: Float32, nodes: IntArray) -> Company:
    """The company of some of n texts, a row for each in their order; columns are all n.

    Args:
        n: number of texts.
        pairs: all that were scored, in order.
        odds: their log-odds by their own features.
        nodes: the texts, ascending.
    """
    place, pairs, p = _concerned(n, pairs, odds, nodes)
    return company_in(_rows_of(place, pairs, p, len(nodes)))


def near_among(n: int, pairs: Pairs, odds: Float32, nodes: IntArray) -> Rows:
    """What some of n texts resemble, likewise."""
    place, pairs, p = _concerned(n, pairs, odds, nodes)
    likely = np.flatnonzero(p >= MIN_PROBABILITY)
    return _rows_of(place, pairs[likely], p[likely], len(nodes))


def _concerned(
    n: int, pairs: Pairs, odds: Float32, nodes: IntArray
) -> tuple[Pairs, Pairs, Float32]:
    """Where each text is among some, -1 for others; their pairs and some more, and how likely."""
    place = np.full(n, -1, dtype=np.int32)
    place[nodes] = np.arange(len(nodes))
    if len(nodes) < FEW * n:
        concerned = np.flatnonzero(with_one_of(pairs, place >= 0))
        pairs, odds = pairs[concerned], odds[concerned]
    return place, pairs, probabilities(odds)


def probabilities(odds: Float32) -> Float32:
    """The probabilities of log-odds, in steps that a float32 holds."""
    found = np.empty(len(odds), dtype=np.float32)

    def tell(part: slice) -> None:
        found[part] = probability(odds[part].astype(np.float64))

    in_order(tell, parts_of(len(odds), AT_ONCE))
    return found


def _rows_of(place: Pairs, pairs: Pairs, values: Float32, n_rows: int) -> Rows:
    """Rows with both texts of each pair, if they have a place.

    Pairs (i, j), i < j, are in order: so the others of a text come in theirs, first those before it
    and then those after it. Each thread fills some of the rows.
    """
    sizes = np.zeros(n_rows + 1, dtype=np.int64)
    _count(place, pairs, sizes)
    bounds = np.cumsum(sizes)
    column, value = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.float32)

    def fill(part: slice) -> None:
        _fill(place, pairs, values, bounds[part.start : part.stop], part.start, column, value)

    in_order(fill, parts_of(n_rows, max(1, -(-n_rows // FILLED_BY))))
    return Rows(bounds, column, value)


@compiled
def _count(place: Pairs, pairs: Pairs, sizes: IntArray) -> None:
    for pair in range(len(pairs)):
        for side in range(2):
            row = place[pairs[pair, side]]
            if row >= 0:
                sizes[row + 1] += 1


@compiled
def _fill(
    place: Pairs,
    pairs: Pairs,
    values: Float32,
    starts: IntArray,
    first: int,
    column: NDArray[np.int32],
    value: Float32,
) -> None:
    """Fill the rows from the first one on that begin at some places."""
    at = starts.copy()
    for pair in range(len(pairs)):
        for side in range(2):
            row = place[pairs[pair, side]] - first
            if 0 <= row < len(at):
                column[at[row]], value[at[row]] = pairs[pair, 1 - side], values[pair]
                at[row] += 1
