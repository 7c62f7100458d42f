"""Which terms two texts share, and which are one's own, weighed in several ways."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.compiled import compiled
from problem_mining.features import TextFeatures
from problem_mining.nodes import FloatArray, IntArray

Flags = NDArray[np.bool_]
Places = NDArray[np.int32] | NDArray[np.int64]
Values = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a sparse matrix: those of row r lie from `bounds[r]` to `bounds[r + 1]`.

    `column` ascends within each row; `value` has its entries.
    """

    bounds: Places
    column: Places
    value: Values


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of n texts: `words` their weights in rows of length 1.

    `idf` is the rarity of each term, `mass` the sum of them per text.
    """

    words: Rows
    idf: FloatArray
    mass: FloatArray


@dataclass(frozen=True, slots=True)
class Named:
    """Terms of one kind that name something: which they are, and which texts have one."""

    is_one: Flags
    has: Flags


@dataclass(frozen=True, slots=True)
class Shared:
    """What pairs share, per pair.

    Attributes:
        word: the cosine of the words.
        idf: the sum of the rarities of the terms that both have.
        rarest: the rarest of them, and `code` and `name` the rarest such; 0 where there is none.
        rarest_apart: the rarest term that only one has, 0 where there is none.
    """

    word: FloatArray
    idf: FloatArray
    rarest: FloatArray
    rarest_apart: FloatArray
    code: FloatArray
    name: FloatArray


def rows_of(matrix: sp.csr_array) -> Rows:
    """The rows of a matrix, whose columns ascend."""
    return Rows(matrix.indptr, matrix.indices, matrix.data)


def terms_of(text: TextFeatures) -> Terms:
    """The terms of texts, ready to be compared."""
    mass = np.asarray(text.present.sum(axis=1), dtype=np.float64).ravel()
    return Terms(rows_of(text.words), text.idf, mass)


def named_by(text: TextFeatures, columns: Flags) -> Named:
    """Identifiers among some terms that more than one text has."""
    names = np.zeros(len(columns), dtype=bool)
    names[text.names.indices] = True
    is_one = names & columns & (text.document_frequency >= 2)
    row = np.repeat(np.arange(text.names.shape[0]), np.diff(text.names.indptr))
    n_each = np.bincount(row, weights=is_one[text.names.indices], minlength=text.names.shape[0])
    return Named(is_one, n_each > 0)


def shared_terms(terms: Terms, kinds: tuple[Flags, Flags], i: IntArray, j: IntArray) -> Shared:
    """What texts i and j share, pair by pair; `kinds` are the terms that are codes, and names."""
    rows, found = terms.words, np.zeros((6, len(i)))
    _share(i, j, rows.bounds, rows.column, rows.value, terms.idf, kinds, found)
    return Shared(*found)


@compiled
def _share(  # noqa: PLR0913, PLR0917 - plain arrays are what can be compiled
    i: IntArray,
    j: IntArray,
    bounds: Places,
    column: Places,
    value: Values,
    idf: FloatArray,
    kinds: tuple[Flags, Flags],
    found: FloatArray,
) -> None:
    for pair in range(len(i)):
        a, a_end = bounds[i[pair]], bounds[i[pair] + 1]
        b, b_end = bounds[j[pair]], bounds[j[pair] + 1]
        while a < a_end or b < b_end:
            if b == b_end or (a < a_end and column[a] < column[b]):
                found[3, pair] = max(found[3, pair], idf[column[a]])
                a += 1
            elif a == a_end or column[b] < column[a]:
                found[3, pair] = max(found[3, pair], idf[column[b]])
                b += 1
            else:
                term = column[a]
                found[0, pair] += value[a] * value[b]
                found[1, pair] += idf[term]
                found[2, pair] = max(found[2, pair], idf[term])
                for kind in range(2):
                    if kinds[kind][term]:
                        found[4 + kind, pair] = max(found[4 + kind, pair], idf[term])
                a += 1
                b += 1


def products(rows: Rows, i: IntArray, j: IntArray) -> FloatArray:
    """The sum of the products of rows i and j."""
    total = np.zeros(len(i))
    _multiply(i, j, rows.bounds, rows.column, rows.value, total)
    return total


@compiled
def _multiply(
    i: IntArray, j: IntArray, bounds: Places, column: Places, value: Values, total: FloatArray
) -> None:
    for pair in range(len(i)):
        a, a_end = bounds[i[pair]], bounds[i[pair] + 1]
        b, b_end = bounds[j[pair]], bounds[j[pair] + 1]
        while a < a_end and b < b_end:
            if column[a] < column[b]:
                a += 1
            elif column[b] < column[a]:
                b += 1
            else:
                total[pair] += value[a] * value[b]
                a += 1
                b += 1
