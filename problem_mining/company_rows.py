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
    """Where each text is among some, -1 for others; their pairs, and the probabilities of these."""
    place = np.full(n, -1, dtype=np.int32)
    place[nodes] = np.arange(len(nodes))
    if len(nodes) < n:
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
    value, column, bounds = _filled(place, pairs, values, n_rows)
    return Rows(bounds, column, value)


@compiled
def _filled(
    place: Pairs, pairs: Pairs, values: Float32, n_rows: int
) -> tuple[Float32, NDArray[np.int32], IntArray]:
    """The values, columns and bounds of rows with both texts of each pair, if they have a place.

    Pairs (i, j), i < j, are in order: so the others of a text come in theirs, first those before it
    and then those after it.
    """
    ends = np.zeros(n_rows + 1, dtype=np.int64)
    for pair in range(len(pairs)):
        for side in range(2):
            row = place[pairs[pair, side]]
            if row >= 0:
                ends[row + 1] += 1
    for row in range(n_rows):
        ends[row + 1] += ends[row]
    column, value = np.empty(ends[n_rows], np.int32), np.empty(ends[n_rows], np.float32)
    at = ends[:-1].copy()
    for pair in range(len(pairs)):
        for side in range(2):
            row = place[pairs[pair, side]]
            if row >= 0:
                column[at[row]], value[at[row]] = pairs[pair, 1 - side], values[pair]
                at[row] += 1
    return value, column, ends
