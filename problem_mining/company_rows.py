"""The company of the texts of a history, of which there may be a million, with forty pairs each."""

import numpy as np
import scipy.sparse as sp

from problem_mining.chunks import in_order, parts_of
from problem_mining.company import MIN_PROBABILITY, Company, company_in
from problem_mining.features import Float32
from problem_mining.model import probability
from problem_mining.nodes import IntArray
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
    shape = (len(nodes), n)
    unlike = _rows_of(place, pairs, 1 - p, shape)
    likely = np.flatnonzero(p >= MIN_PROBABILITY)
    return company_in(_rows_of(place, pairs[likely], p[likely], shape), unlike)


def near_among(n: int, pairs: Pairs, odds: Float32, nodes: IntArray) -> sp.csr_array:
    """The same of what they resemble alone."""
    place, pairs, p = _concerned(n, pairs, odds, nodes)
    likely = np.flatnonzero(p >= MIN_PROBABILITY)
    return _rows_of(place, pairs[likely], p[likely], (len(nodes), n))


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


def _rows_of(place: Pairs, pairs: Pairs, values: Float32, shape: tuple[int, int]) -> sp.csr_array:
    # Nothing is copied that need not be. The others of a text come in their order so, as they are
    # wanted: first those before it, then those after it.
    row = np.concatenate([place[pairs[:, 1]], place[pairs[:, 0]]])
    column = np.concatenate([pairs[:, 0], pairs[:, 1]])
    both = np.concatenate([values, values])
    if shape[0] < shape[1]:
        known = row >= 0
        row, column, both = row[known], column[known], both[known]
    return sp.csr_array(sp.coo_array((both, (row, column)), shape=shape))
