"""Which pairs of incidents are worth a score: near in meaning, in rare terms, or on the same CI."""

from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.chunks import in_order, parts_of
from problem_mining.features import Float32, TextFeatures
from problem_mining.nodes import FloatArray, IntArray

BLOCK = 1024
QUERIES_AT_ONCE = 8192
PROBED_CELLS = 12
CELL_ROUNDS = 6
MAX_DOCUMENTS_PER_TERM = 2000
MIN_DOCUMENTS_PER_TERM = 50
MAX_SHARE_PER_TERM = 0.02


def dense_neighbours(dense: Float32, k: int, exact_up_to: int) -> tuple[IntArray, Float32]:
    """The k nearest rows of each row by cosine, itself left out.

    Args:
        dense: shape (n, d), rows of length 1 (or 0).
        k: how many; fewer where there are fewer rows.
        exact_up_to: above this many rows only near cells are searched.

    Returns:
        Row numbers, shape (n, k), -1 where there is none, and their cosines.
    """
    k = min(k, len(dense) - 1)
    if k <= 0:
        return np.empty((len(dense), 0), dtype=np.int64), np.empty((len(dense), 0), np.float32)
    if len(dense) <= exact_up_to:
        return _exact(dense, k)
    return _by_cells(dense, k)


def _exact(dense: Float32, k: int) -> tuple[IntArray, Float32]:
    ids = np.empty((len(dense), k), dtype=np.int64)
    cosines = np.empty((len(dense), k), dtype=np.float32)

    def compare(part: slice) -> None:
        block = dense[part] @ dense.T
        block[np.arange(len(block)), np.arange(part.start, part.stop)] = -2
        ids[part], cosines[part] = _best(block, None, k)

    in_order(compare, parts_of(len(dense), BLOCK))
    return ids, cosines


def _best(scores: Float32, ids: IntArray | None, k: int) -> tuple[IntArray, Float32]:
    """The k best columns of each row, best first, ties by smaller id."""
    part = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]
    found = np.take_along_axis(scores, part, axis=1)
    named = part if ids is None else np.take_along_axis(ids, part, axis=1)
    order = np.lexsort((named, -np.round(found, 5)), axis=1)
    return (
        np.take_along_axis(named, order, axis=1).astype(np.int64),
        np.take_along_axis(found, order, axis=1),
    )


def _by_cells(dense: Float32, k: int) -> tuple[IntArray, Float32]:
    """Search in the cells (of about 2 * sqrt(n)) whose centres are nearest to a row."""
    centres = _centres(dense, int(2 * np.sqrt(len(dense))))
    probes = np.empty((len(dense), PROBED_CELLS), dtype=np.int64)

    def probe(part: slice) -> None:
        probes[part], _ = _best(dense[part] @ centres.T, None, PROBED_CELLS)

    in_order(probe, parts_of(len(dense), BLOCK))
    home = np.argsort(probes[:, 0], kind="stable")
    bounds = np.searchsorted(probes[home, 0], np.arange(len(centres) + 1))
    cells = [home[start:end] for start, end in pairwise(bounds)]
    ids = np.full((len(dense), k), -1, dtype=np.int64)
    cosines = np.full((len(dense), k), -2, dtype=np.float32)

    def look(part: slice) -> None:
        """Every text of a part in its cells; parts are of one size, whatever the threads."""
        asked = np.argsort(probes[part].ravel(), kind="stable") // PROBED_CELLS + part.start
        many = np.bincount(probes[part].ravel(), minlength=len(cells))
        for inside, queries in zip(cells, np.split(asked, np.cumsum(many)[:-1]), strict=True):
            if len(inside) and len(queries):
                _merge(dense, queries, inside, ids, cosines)

    in_order(look, parts_of(len(dense), QUERIES_AT_ONCE))
    return ids, cosines


def _merge(
    dense: Float32, queries: IntArray, inside: IntArray, ids: IntArray, cosines: Float32
) -> None:
    """Puts the best of one cell into the best so far of its queries."""
    scores = dense[queries] @ dense[inside].T
    scores[queries[:, None] == inside[None, :]] = -2
    all_scores = np.concatenate([cosines[queries], scores], axis=1)
    all_ids = np.concatenate([ids[queries], np.broadcast_to(inside, scores.shape)], axis=1)
    ids[queries], cosines[queries] = _best(all_scores, all_ids, ids.shape[1])


def _centres(dense: Float32, n: int) -> Float32:
    """Spherical k-means on an even sample; the starting centres are evenly spaced rows."""
    sample = dense[:: max(1, len(dense) // (20 * n))]
    centres = sample[np.linspace(0, len(sample) - 1, n).astype(np.int64)].copy()
    for _ in range(CELL_ROUNDS):
        home = np.argmax(sample @ centres.T, axis=1)
        member = sp.csr_array(
            (np.ones(len(sample), np.float32), (home, np.arange(len(sample)))), (n, len(sample))
        )
        sums = np.asarray(member @ sample)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 1e-9, sums / np.where(norms > 1e-9, norms, 1), centres)
    return np.asarray(centres, dtype=np.float32)


def lexical_pairs(text: TextFeatures, k: int) -> IntArray:
    """Pairs that share rare terms: the k best of each text, as rows (i, j) with i < j."""
    n = text.words.shape[0]
    cap = min(MAX_DOCUMENTS_PER_TERM, max(MIN_DOCUMENTS_PER_TERM, int(MAX_SHARE_PER_TERM * n)))
    rare = np.flatnonzero((text.document_frequency <= cap) & (text.document_frequency >= 2))
    words = sp.csr_array(text.words[:, rare])
    across = sp.csr_array(words.T)

    def best(part: slice) -> IntArray:
        scores = sp.csr_array(words[part] @ across)
        found = [np.empty((0, 2), dtype=np.int64)]
        for row, (low, high) in enumerate(pairwise(scores.indptr), part.start):
            found.append(_row_best(row, scores.indices[low:high], scores.data[low:high], k))
        return np.concatenate(found)

    none = np.empty((0, 2), dtype=np.int64)
    return as_pairs(np.concatenate(in_order(best, parts_of(n, BLOCK)) or [none]))


def _row_best(row: int, columns: NDArray[np.int32], scores: FloatArray, k: int) -> IntArray:
    if len(columns) > k + 1:
        order = np.lexsort((columns, -np.round(scores, 6))) if len(columns) < 200 else None
        best = order[: k + 1] if order is not None else np.argpartition(-scores, k)[: k + 1]
        columns = columns[best]
    others = columns[columns != row].astype(np.int64)
    return np.column_stack([np.full(len(others), row, dtype=np.int64), others])


def next_in_group(groups: IntArray, days: FloatArray, n_next: int) -> IntArray:
    """Pairs of the same group (>= 0), each with its next n in time, as rows (i, j) with i < j."""
    known = np.flatnonzero(groups >= 0)
    order = known[np.lexsort((known, days[known], groups[known]))]
    found = [np.empty((0, 2), dtype=np.int64)]
    for lag in range(1, min(n_next, len(order) - 1) + 1):
        left, right = order[:-lag], order[lag:]
        same = groups[left] == groups[right]
        if not same.any():
            break
        found.append(np.column_stack([left[same], right[same]]))
    return as_pairs(np.concatenate(found))


def nearest_in_group(vectors: Float32, groups: IntArray, k: int, exact_up_to: int) -> IntArray:
    """Pairs of the same group (>= 0), each with its k nearest, as rows (i, j) with i < j."""
    order = np.argsort(groups, kind="stable")
    order = order[groups[order] >= 0]
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    none = np.empty((0, 2), dtype=np.int64)
    groups_of = np.split(order, starts[1:])

    def within(part: slice) -> IntArray:
        found = [np.empty((0, 2), dtype=np.int64)]
        for rows in groups_of[part]:
            near, _ = dense_neighbours(vectors[rows], k, exact_up_to)
            named = np.where(near >= 0, rows[near], -1)
            found.append(np.column_stack([np.repeat(rows, near.shape[1]), named.ravel()]))
        return np.concatenate(found)

    return as_pairs(np.concatenate(in_order(within, parts_of(len(groups_of), 1)) or [none]))


def as_pairs(pairs: IntArray) -> IntArray:
    """Distinct pairs (i, j) with i < j, in order."""
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs >= 0).all(axis=1)]
    if not len(pairs):
        return pairs.reshape(0, 2)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    n = int(high.max()) + 1
    numbers = np.sort(low * n + high)
    # Far faster than np.unique, which hashes.
    numbers = numbers[np.diff(numbers, prepend=-1) > 0]
    return np.column_stack([numbers // n, numbers % n])
