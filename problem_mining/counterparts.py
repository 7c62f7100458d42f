"""Words that stand for each other, learned from the run itself: synonyms and translations.

Two incidents that are likely repeats often say one thing in two ways. Over many such pairs the
words that keep meeting across the two, and hardly ever stand side by side in one text, are
counterparts.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from problem_mining.features import TextFeatures
from problem_mining.nodes import FloatArray, IntArray, Nodes

LIKELY = 0.6
MIN_TEXTS = 3
MIN_MEETINGS = 1.0
"""Pairs, weighed, in which two words must have met."""
DAMPING = 2.0
MIN_STRENGTH = 0.08
MAX_SIDE_BY_SIDE = 0.25
MAX_COUNTERPARTS = 12


@dataclass(frozen=True, slots=True)
class Counterparts:
    """What texts say once their words may stand for others.

    `covered`: per text and term, how far the text has the term or a counterpart, 0 to 1.
    `weighed`: TF-IDF spread over counterparts, and `length` what makes a text's cosine with
    itself 1.
    """

    covered: sp.csr_array
    weighed: sp.csr_array
    length: FloatArray


def spread(text: TextFeatures, strength: sp.csr_array | None = None) -> Counterparts:
    """Texts with their words spread over counterparts; without any, texts as they are."""
    has = _indicator(text.present)
    if strength is None:
        return Counterparts(has, text.words, np.ones(has.shape[0]))
    near = sp.csr_array(has @ strength)
    near.data = np.minimum(near.data, 1.0)
    weighed = sp.csr_array(text.words + text.words @ strength)
    own = np.asarray(weighed.multiply(text.words).sum(axis=1)).ravel()
    return Counterparts(
        sp.csr_array(near.maximum(has)), weighed, np.sqrt(np.where(own > 0, own, 1.0))
    )


def learn_counterparts(
    text: TextFeatures, nodes: Nodes, pairs: IntArray, p: FloatArray
) -> sp.csr_array:
    """How far each term stands for each other, from pairs that are likely repeats.

    Machine alerts are left out: their wording is that of tools, and says nothing about words.

    Args:
        text: of the texts.
        nodes: the texts.
        pairs: scored pairs, shape (m, 2).
        p: their probabilities.

    Returns:
        Shape (terms, terms), values in (0, 1], nothing on the diagonal.
    """
    likely = (p >= LIKELY) & ~nodes.is_machine_made.astype(bool)[pairs].any(axis=1)
    i, j = pairs[likely].T
    degree = np.bincount(np.concatenate([i, j]), minlength=len(nodes))
    # A pair counts for less where both have many: one large group shall not teach alone.
    weight = p[likely] / np.sqrt(degree[i] * degree[j])
    has = _indicator(text.present)
    has.data *= (text.document_frequency >= MIN_TEXTS)[has.indices]
    has.eliminate_zeros()
    row, column, strength = _association(_scaled_rows(has[i], weight), has[j], weight)
    beside = np.asarray(sp.csr_array(has.T @ has)[row, column]).ravel()
    rarer = np.minimum(text.document_frequency[row], text.document_frequency[column])
    apart = beside < MAX_SIDE_BY_SIDE * rarer
    return _strongest(row[apart], column[apart], strength[apart], has.shape[1])


def _association(
    left: sp.csr_array, right: sp.csr_array, weight: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Terms that meet across pairs more often than chance, and how much; `left` is weighed."""
    across = sp.csr_array(left.T @ right)
    met = sp.coo_array(across + across.T)
    row, column = (np.asarray(part, dtype=np.int64) for part in met.coords)
    both = left + _scaled_rows(right, weight)
    count = np.asarray(both.sum(axis=0), dtype=np.float64).ravel()
    expected = count[row] * count[column] / max(2 * float(weight.sum()), 1e-9)
    excess = (met.data - expected) / (np.minimum(count[row], count[column]) + DAMPING)
    kept = (row != column) & (excess >= MIN_STRENGTH) & (met.data > MIN_MEETINGS)
    return row[kept], column[kept], np.minimum(2 * excess[kept], 1.0)


def _scaled_rows(matrix: sp.csr_array, weight: FloatArray) -> sp.csr_array:
    data = matrix.data * np.repeat(weight, np.diff(matrix.indptr))
    return sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _strongest(row: IntArray, column: IntArray, value: FloatArray, n: int) -> sp.csr_array:
    """The strongest counterparts of each term, ties by smaller number."""
    value = np.round(value, 6)
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = place < MAX_COUNTERPARTS
    return sp.csr_array(sp.coo_array((value[kept], (row[kept], column[kept])), shape=(n, n)))


def _indicator(present: sp.csr_array) -> sp.csr_array:
    ones = np.ones_like(present.data)
    return sp.csr_array((ones, present.indices.copy(), present.indptr.copy()), present.shape)
