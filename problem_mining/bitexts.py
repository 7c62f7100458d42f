"""Pairs of texts that say one matter in other words: what words can be learned from."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.features import TextFeatures
from problem_mining.nodes import FloatArray, IntArray, Nodes

LIKELY = 0.5
POSSIBLE = 0.05
SAME_CI = 0.3
"""Across languages less is asked of a pair: to share a CI counts as much as this probability."""
MAX_BITEXTS = 20_000
"""Of each kind so many pairs are read, evenly spaced: a dictionary gains little from more."""


@dataclass(frozen=True, slots=True)
class Bitexts:
    """Pairs of texts: which words each side has, shape (m, terms), and how much a pair counts."""

    source: sp.csr_array
    target: sp.csr_array
    weight: FloatArray


def is_known(text: TextFeatures) -> NDArray[np.bool_]:
    """Which terms are known: those of more than one text."""
    known: NDArray[np.bool_] = text.document_frequency >= 2
    return known


def known_terms(text: TextFeatures) -> sp.csr_array:
    """1 where a text has a known term."""
    ones = is_known(text)[text.present.indices].astype(np.float64)
    known = sp.csr_array(
        (ones, text.present.indices.copy(), text.present.indptr.copy()), text.present.shape
    )
    known.eliminate_zeros()
    return known


def bitexts_of(text: TextFeatures, nodes: Nodes, pairs: IntArray, p: FloatArray) -> Bitexts:
    """What each report says twice, and what likely repeats say."""
    return _joined(_own_texts(text, nodes), _likely_texts(text, nodes, pairs, p))


def _own_texts(text: TextFeatures, nodes: Nodes) -> Bitexts:
    """The title and the description of one report, both ways."""
    terms = nodes.terms
    has_both = (nodes.n_title > 0) & (nodes.n_title < np.diff(terms.bounds))
    chosen = _evenly(np.flatnonzero(has_both & (nodes.is_machine_made == 0)))
    known = is_known(text)
    sides: tuple[list[list[int]], list[list[int]]] = ([], [])
    for node in chosen.tolist():
        start, end = terms.bounds[node], terms.bounds[node + 1]
        middle = start + nodes.n_title[node]
        for side, words in zip(
            sides, (terms.numbers[start:middle], terms.numbers[middle:end]), strict=True
        ):
            side.append(words[known[words]].tolist())
    titles, rest = (_indicator(side, len(known)) for side in sides)
    return _both_ways(titles, rest, np.ones(len(chosen)))


def _likely_texts(text: TextFeatures, nodes: Nodes, pairs: IntArray, p: FloatArray) -> Bitexts:
    """Texts of likely repeats by people, both ways."""
    i, j = pairs[:, 0], pairs[:, 1]
    tongue, ci = nodes.language, nodes.codes["ci"]
    crosses = (tongue[i] >= 0) & (tongue[j] >= 0) & (tongue[i] != tongue[j])
    shares_ci = (ci[i] >= 0) & (ci[i] == ci[j])
    across = np.maximum(np.where(p >= POSSIBLE, p, 0), SAME_CI * shares_ci)
    weight = np.where(crosses, across, np.where(p >= LIKELY, p, 0))
    weight = weight * ~nodes.is_machine_made.astype(bool)[pairs].any(axis=1)
    chosen = _evenly(np.flatnonzero(weight))
    i, j, weight = i[chosen], j[chosen], weight[chosen]
    degree = np.bincount(
        np.concatenate([i, j]), weights=np.concatenate([weight, weight]), minlength=len(nodes)
    )
    # A pair counts for less where both have many: one large group shall not teach alone.
    weight = weight / np.sqrt(np.maximum(degree[i], 1) * np.maximum(degree[j], 1))
    known = known_terms(text)
    return _both_ways(known[i], known[j], np.round(weight, 9))


def _evenly(numbers: IntArray) -> IntArray:
    return numbers[:: max(1, -(-len(numbers) // MAX_BITEXTS))]


def _indicator(texts: list[list[int]], width: int) -> sp.csr_array:
    rows = [sorted(set(text)) for text in texts]
    bounds = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.array([column for row in rows for column in row], dtype=np.int64)
    return sp.csr_array((np.ones(len(columns)), columns, bounds), shape=(len(rows), width))


def _both_ways(left: sp.csr_array, right: sp.csr_array, weight: FloatArray) -> Bitexts:
    return Bitexts(_stacked(left, right), _stacked(right, left), np.concatenate([weight, weight]))


def _joined(a: Bitexts, b: Bitexts) -> Bitexts:
    weight = np.concatenate([a.weight, b.weight])
    return Bitexts(_stacked(a.source, b.source), _stacked(a.target, b.target), weight)


def _stacked(above: sp.csr_array, below: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(sp.vstack([above, below]))
