"""Which terms two texts share: looked up once for many pairs, then weighed in several ways."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.chunks import in_order, parts_of
from problem_mining.features import TextFeatures
from problem_mining.nodes import FloatArray, IntArray

RANKED_AT_ONCE = 50_000
MAX_RANK = 52
"""Of the terms of a long text the rarest so many are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of n texts, one entry each, row after row.

    `place` numbers the entries from 1 on, shape (n, terms). Per entry: `column` is its term, `idf`
    the rarity of that, `word` its weight in a row of length 1, and `bit` 2 to the power of how many
    terms of its row are rarer. `ranked` has the rarities of each row, the rarest first; `mass` is
    their sum per row.
    """

    place: sp.csr_array
    column: NDArray[Any]
    idf: FloatArray
    word: FloatArray
    bit: FloatArray
    ranked: FloatArray
    mass: FloatArray

    def rarest_but(self, rows: IntArray, bits: FloatArray) -> FloatArray:
        """The rarity of the rarest term of rows that is not among some bits, 0 where none is."""
        taken = bits.astype(np.int64)
        first_free = np.frexp((~taken & (taken + 1)).astype(np.float64))[1] - 1
        start = self.place.indptr[rows]
        length = self.place.indptr[rows + 1] - start
        at = np.minimum(start + first_free, len(self.ranked) - 1)
        if not len(self.ranked):
            return np.zeros(len(rows))
        return np.where(first_free < length, self.ranked[at], 0.0)


@dataclass(frozen=True, slots=True)
class Shared:
    """The terms that pairs share: the pair of each, and its entries in the two texts."""

    n_pairs: int
    starts: IntArray
    pair: IntArray
    left: IntArray
    right: IntArray

    def total(self, values: FloatArray) -> FloatArray:
        """Per pair the sum of a value per shared term."""
        found = np.bincount(self.pair, weights=values, minlength=self.n_pairs)
        return np.asarray(found, dtype=np.float64)

    def largest(self, values: FloatArray) -> FloatArray:
        """Per pair the largest of a value per shared term, 0 where none is shared."""
        largest = np.zeros(self.n_pairs)
        filled = np.flatnonzero(np.diff(self.starts) > 0)
        if len(filled):
            largest[filled] = np.maximum.reduceat(values, self.starts[filled])
        return largest


@dataclass(frozen=True, slots=True)
class Named:
    """Terms of one kind that name something: which they are, and which texts have one."""

    is_one: NDArray[np.bool_]
    has: NDArray[np.bool_]


def terms_of(text: TextFeatures) -> Terms:
    """The terms of texts, ready to be compared."""
    present, bounds = text.present, text.present.indptr
    bit, ranked = np.empty(present.nnz), np.empty(present.nnz)

    def rank(part: slice) -> None:
        counts = np.diff(bounds[part.start : part.stop + 1])
        inside = slice(bounds[part.start], bounds[part.stop])
        data, row = present.data[inside], np.repeat(np.arange(len(counts)), counts)
        order = np.lexsort((present.indices[inside], -data, row))
        place = np.empty(len(order), dtype=np.int64)
        start = bounds[part.start : part.stop] - bounds[part.start]
        place[order] = np.arange(len(order)) - np.repeat(start, counts)
        bit[inside] = np.where(place < MAX_RANK, 2.0 ** np.minimum(place, MAX_RANK), 0.0)
        ranked[inside] = data[order]

    in_order(rank, parts_of(present.shape[0], RANKED_AT_ONCE))
    place = (np.arange(1, present.nnz + 1, dtype=np.float64), present.indices, bounds)
    return Terms(
        place=sp.csr_array(place, shape=present.shape),
        column=present.indices,
        idf=present.data,
        word=text.words.data,
        bit=bit,
        ranked=ranked,
        mass=np.asarray(present.sum(axis=1), dtype=np.float64).ravel(),
    )


def named_by(text: TextFeatures, columns: NDArray[np.bool_]) -> Named:
    """Identifiers among some terms that more than one text has."""
    names = np.zeros(len(columns), dtype=bool)
    names[text.names.indices] = True
    is_one = names & columns & (text.document_frequency >= 2)
    row = np.repeat(np.arange(text.names.shape[0]), np.diff(text.names.indptr))
    n_each = np.bincount(row, weights=is_one[text.names.indices], minlength=text.names.shape[0])
    return Named(is_one, n_each > 0)


def shared_terms(terms: Terms, i: IntArray, j: IntArray) -> Shared:
    """The terms that texts i and j share, pair by pair."""
    left, right = terms.place[i], terms.place[j]
    at_left = sp.csr_array(left.multiply(_ones(right)))
    at_right = sp.csr_array(_ones(left).multiply(right))
    pair = np.repeat(np.arange(len(i)), np.diff(at_left.indptr))
    return Shared(
        n_pairs=len(i),
        starts=at_left.indptr.astype(np.int64),
        pair=pair,
        left=at_left.data.astype(np.int64) - 1,
        right=at_right.data.astype(np.int64) - 1,
    )


def _ones(matrix: sp.csr_array) -> sp.csr_array:
    return sp.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
