"""Which pairs of incidents are worth a score: near in meaning, in rare terms, or on the same CI."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.blocks import in_parts
from problem_mining.chunks import parts_of
from problem_mining.compiled import compiled
from problem_mining.features import Float32, TextFeatures
from problem_mining.nearest import (
    BLOCK,
    Ids,
    Near,
    insert,
    merge_in,
    nearest,
    no_lists,
    places_of,
)
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.overlap import Places, Values, rows_of

MAX_DOCUMENTS_PER_TERM = 2000
MIN_DOCUMENTS_PER_TERM = 50
MAX_SHARE_PER_TERM = 0.02


def dense_neighbours(dense: Float32, k: int, exact_up_to: int) -> tuple[Ids, Float32]:
    """The k nearest rows of each row by cosine, itself left out.

    Args:
        dense: shape (n, d), rows of length 1 (or 0) from `features.unit_rows`.
        k: how many; fewer where there are fewer rows.
        exact_up_to: above this many rows only near cells are searched.

    Returns:
        Row numbers, shape (n, k), -1 where there is none, and their cosines.
    """
    groups = np.zeros(len(dense), dtype=np.int64)
    places = places_of(dense, groups, exact_up_to)
    every = np.arange(len(dense))
    found = nearest(
        dense, places, no_lists(len(dense), max(min(k, len(dense) - 1), 0)), every, every
    )
    return found.ids, found.scores


def rare_terms(frequency: IntArray, n: int) -> NDArray[np.bool_]:
    """Which terms are rare enough for two texts of n to be compared because they share one."""
    cap = min(MAX_DOCUMENTS_PER_TERM, max(MIN_DOCUMENTS_PER_TERM, int(MAX_SHARE_PER_TERM * n)))
    rare: NDArray[np.bool_] = (frequency <= cap) & (frequency >= 2)
    return rare


def lexical_neighbours(text: TextFeatures, k: int) -> Near:
    """The k texts that share most of the rare terms of each."""
    n = text.words.shape[0]
    words = sp.csr_array(text.words[:, np.flatnonzero(rare_terms(text.document_frequency, n))])
    every = np.arange(n)
    return alike(words, no_lists(n, k), every, every)


def alike(words: sp.csr_array, so_far: Near, asked: IntArray, among: IntArray) -> Near:
    """Lists brought up to date: some texts look among some others by the rare terms they share.

    Args:
        words: rare terms of all texts, TF-IDF.
        so_far: the lists of all texts as they are.
        asked: the texts that look, ascending.
        among: the texts they look among, ascending.
    """
    found = Near(so_far.ids.copy(), so_far.scores.copy())
    # What is few is multiplied with what is many; the sums are the same either way.
    if len(among) < len(asked):
        few = words[among], sp.csr_array(words[asked].T), among, asked
        hits = list(in_parts(brought_by_words, few, parts_of(len(among), BLOCK)))
        for rows, ids, scores in hits:
            better = scores >= found.scores[ids, -1]
            merge_in(found.ids, found.scores, ids[better], rows[better], scores[better])
        return found
    given = Alike(words[asked], sp.csr_array(words[among].T), asked, among, so_far.some(asked))
    parts = parts_of(len(asked), BLOCK)
    for part, lists in zip(parts, in_parts(alike_in_words, given, parts), strict=True):
        found.ids[asked[part]], found.scores[asked[part]] = lists
    return found


def brought_by_words(
    given: tuple[sp.csr_array, sp.csr_array, IntArray, IntArray], part: slice
) -> tuple[IntArray, IntArray, Float32]:
    """The texts of a part with all that share rare terms with them, and how much."""
    words, across, few, many = given
    product = sp.csr_array(words[part] @ across)
    row, ids = np.repeat(few[part], np.diff(product.indptr)), many[product.indices]
    other = row != ids
    return row[other], ids[other], product.data[other].astype(np.float32)


@dataclass(frozen=True, slots=True)
class Alike:
    """The rare terms of texts that look, the texts they look among by term, and their lists."""

    words: sp.csr_array
    across: sp.csr_array
    asked: IntArray
    among: IntArray
    so_far: Near


def alike_in_words(given: Alike, part: slice) -> tuple[Ids, Float32]:
    """The lists of a part once those that share rare terms with its texts are in them."""
    ids, scores = given.so_far.ids[part].copy(), given.so_far.scores[part].copy()
    words = rows_of(given.words[part])
    across = rows_of(given.across)
    rows = words.bounds, words.column, words.value, across.bounds, across.column, across.value
    _look(*rows, given.asked[part], given.among, ids, scores)
    return ids, scores


@compiled
def _look(  # noqa: PLR0913, PLR0917 - plain arrays are what can be compiled
    bounds: Places,
    column: Places,
    value: Values,
    its_bounds: Places,
    its_column: Places,
    its_value: Values,
    asked: IntArray,
    among: IntArray,
    ids: Ids,
    scores: Float32,
) -> None:
    total = np.zeros(len(among))
    met = np.empty(len(among), dtype=np.int64)
    for row in range(len(asked)):
        n_met = 0
        for at in range(bounds[row], bounds[row + 1]):
            term = column[at]
            for place in range(its_bounds[term], its_bounds[term + 1]):
                other = its_column[place]
                if total[other] == 0.0:
                    met[n_met] = other
                    n_met += 1
                total[other] += value[at] * its_value[place]
        for other in met[:n_met]:
            if among[other] != asked[row]:
                insert(ids, scores, row, among[other], float(np.float32(total[other])))
            total[other] = 0.0


def next_in_group(groups: IntArray, days: FloatArray, n_next: int) -> Ids:
    """The next n in time of the same group (>= 0) of each row, -1 where there is none; (m, n)."""
    found = np.full((len(groups), n_next), -1, dtype=np.int32)
    known = np.flatnonzero(groups >= 0)
    order = known[np.lexsort((known, days[known], groups[known]))]
    for lag in range(1, min(n_next, len(order) - 1) + 1):
        left, right = order[:-lag], order[lag:]
        same = groups[left] == groups[right]
        found[left[same], lag - 1] = right[same]
    return found


def nearest_in_group(vectors: Float32, groups: IntArray, k: int, exact_up_to: int) -> Near:
    """The k nearest of the same group (>= 0) of each row."""
    places = places_of(vectors, groups, exact_up_to)
    every = np.arange(len(vectors))
    return nearest(vectors, places, no_lists(len(vectors), k), every, every)
