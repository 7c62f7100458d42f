"""Which pairs of incidents are worth a score: near in meaning, in rare terms, or on the same CI."""

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.blocks import in_parts
from problem_mining.chunks import parts_of
from problem_mining.features import Float32, TextFeatures
from problem_mining.nearest import (
    BLOCK,
    Ids,
    Near,
    merge_in,
    nearest,
    no_lists,
    places_of,
)
from problem_mining.nodes import FloatArray, IntArray

MAX_DOCUMENTS_PER_TERM = 2000
MIN_DOCUMENTS_PER_TERM = 50
MAX_SHARE_PER_TERM = 0.02
ROWS_AT_ONCE = 1 << 16


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


def lexical_pairs(text: TextFeatures, k: int) -> IntArray:
    """Pairs that share rare terms: the k best of each text, as rows (i, j) with i < j."""
    n = text.words.shape[0]
    words = sp.csr_array(text.words[:, np.flatnonzero(rare_terms(text.document_frequency, n))])
    every = np.arange(n)
    return as_pairs(alike(words, no_lists(n, k), every, every).pairs())


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
    is_turned = len(among) < len(asked)
    few, many = (among, asked) if is_turned else (asked, among)
    given = (
        words[few],
        sp.csr_array(words[many].T),
        few,
        many,
        None if is_turned else so_far.ids.shape[1],
    )
    hits = list(in_parts(alike_in_words, given, parts_of(len(few), BLOCK)))
    if not hits:
        return found
    rows, ids, scores = (np.concatenate(parts) for parts in zip(*hits, strict=True))
    if is_turned:
        order = np.argsort(ids, kind="stable")
        rows, ids, scores = ids[order], rows[order], scores[order]
        better = scores >= found.scores[rows, -1]
        rows, ids, scores = rows[better], ids[better], scores[better]
    if len(rows):
        merge_in(found, rows, ids, scores)
    return found


def alike_in_words(
    asked: tuple[sp.csr_array, sp.csr_array, IntArray, IntArray, int | None], part: slice
) -> tuple[IntArray, IntArray, Float32]:
    """The texts of a part with those that share rare terms, and how much: the k best, or all."""
    words, across, few, many, k = asked
    product = sp.csr_array(words[part] @ across)
    counts = np.diff(product.indptr)
    row, ids = np.repeat(few[part], counts), many[product.indices]
    scores = np.where(row != ids, product.data, -1).astype(np.float32)
    least = np.full(len(counts), 0.0 if k is None else -1.0, dtype=np.float32)
    if k is not None:
        least = np.maximum(_kth(scores, product.indptr.astype(np.int64), k), 0)
    better = scores >= np.repeat(least, counts)
    row, ids, scores = row[better], ids[better], scores[better]
    if k is None:
        return row, ids, scores
    order = np.lexsort((ids, -scores, row))
    row, ids, scores = row[order], ids[order], scores[order]
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    place = np.arange(len(row)) - np.repeat(starts, np.diff([*starts.tolist(), len(row)]))
    best = place < k
    return row[best], ids[best], scores[best]


def _kth(scores: Float32, bounds: IntArray, k: int) -> Float32:
    """The k-th largest of each row of values that lie row after row, -1 where there are fewer."""
    found = np.full(len(bounds) - 1, -1, dtype=np.float32)
    for row in np.flatnonzero(np.diff(bounds) > k).tolist():
        values = scores[bounds[row] : bounds[row + 1]]
        found[row] = np.partition(values, len(values) - k)[len(values) - k]
    return found


def next_in_group(groups: IntArray, days: FloatArray, n_next: int) -> IntArray:
    """Pairs of the same group (>= 0), each with its next n in time, as rows (i, j) with i < j."""
    return decoded(list(next_codes(groups, days, n_next)), len(groups))


def next_codes(groups: IntArray, days: FloatArray, n_next: int) -> Iterator[IntArray]:
    """The same as numbers from `pair_codes`."""
    known = np.flatnonzero(groups >= 0)
    order = known[np.lexsort((known, days[known], groups[known]))]
    yield np.empty(0, dtype=np.int64)
    for lag in range(1, min(n_next, len(order) - 1) + 1):
        left, right = order[:-lag], order[lag:]
        same = groups[left] == groups[right]
        if not same.any():
            break
        yield pair_codes(np.column_stack([left[same], right[same]]), len(groups))


def listed_codes(near: Near) -> Iterator[IntArray]:
    """Numbers from `pair_codes` for each row with each of its list."""
    n = len(near)
    for part in parts_of(n, ROWS_AT_ONCE):
        rows, ids = np.arange(part.start, part.stop)[:, None], near.ids[part].astype(np.int64)
        codes = np.minimum(rows, ids) * n + np.maximum(rows, ids)
        yield codes[(ids >= 0) & (ids != rows)]


def nearest_in_group(vectors: Float32, groups: IntArray, k: int, exact_up_to: int) -> IntArray:
    """Pairs of the same group (>= 0), each with its k nearest, as rows (i, j) with i < j."""
    places = places_of(vectors, groups, exact_up_to)
    every = np.arange(len(vectors))
    return as_pairs(nearest(vectors, places, no_lists(len(vectors), k), every, every).pairs())


def as_pairs(pairs: IntArray) -> IntArray:
    """Distinct pairs (i, j) with i < j, in order."""
    n = int(pairs.max(initial=0)) + 1
    return decoded([pair_codes(pairs, n)], n)


def pair_codes(pairs: IntArray, n: int) -> IntArray:
    """A number for each pair of two different ones of n; half the room of the pairs."""
    one, other = pairs[:, 0], pairs[:, 1]
    real = (one != other) & (one >= 0) & (other >= 0)
    codes: IntArray = np.minimum(one, other)[real] * n + np.maximum(one, other)[real]
    return codes


def decoded(codes: Sequence[IntArray], n: int) -> IntArray:
    """The distinct pairs (i, j), i < j, of some numbers from `pair_codes`, in order."""
    numbers = np.concatenate(codes)
    numbers.sort()
    # Far faster than np.unique, which hashes.
    is_first = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
    numbers = numbers[is_first]
    found = np.empty((len(numbers), 2), dtype=np.int64)
    np.floor_divide(numbers, n, out=found[:, 0])
    np.remainder(numbers, n, out=found[:, 1])
    return found
