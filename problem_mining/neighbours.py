"""Which pairs of incidents are worth a score: near in meaning, in rare terms, or on the same CI."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.blocks import Work, in_parts
from problem_mining.chunks import parts_of
from problem_mining.features import Float32, TextFeatures
from problem_mining.nodes import FloatArray, IntArray

S = TypeVar("S")

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
    return _filled(len(dense), k, BLOCK, compared, (dense, k))


def compared(asked: tuple[Float32, int], part: slice) -> tuple[IntArray, Float32]:
    """The k nearest of the rows of a part, looked for among all."""
    dense, k = asked
    block = dense[part] @ dense.T
    block[np.arange(len(block)), np.arange(part.start, part.stop)] = -2
    return _best(block, None, k)


def _filled(
    n: int, k: int, size: int, work: Work[S, tuple[IntArray, Float32]], shared: S
) -> tuple[IntArray, Float32]:
    """Row numbers and cosines of n rows, k each, part by part."""
    ids, cosines = np.empty((n, k), dtype=np.int64), np.empty((n, k), dtype=np.float32)
    parts = parts_of(n, size)
    for part, found in zip(parts, in_parts(work, shared, parts), strict=True):
        ids[part], cosines[part] = found
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
    probes, _ = _filled(len(dense), PROBED_CELLS, BLOCK, probed, (dense, centres))
    home = np.argsort(probes[:, 0], kind="stable")
    bounds = np.searchsorted(probes[home, 0], np.arange(len(centres) + 1))
    asked = Cells(dense, probes, home, bounds, k)
    return _filled(len(dense), k, QUERIES_AT_ONCE, looked, asked)


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows by cell: those of cell c are `home[bounds[c]:bounds[c + 1]]`.

    `probes` are the cells each row looks into, `k` is how many it looks for.
    """

    dense: Float32
    probes: IntArray
    home: IntArray
    bounds: IntArray
    k: int


def probed(asked: tuple[Float32, Float32], part: slice) -> tuple[IntArray, Float32]:
    """The cells whose centres are nearest to the rows of a part, and the cosines."""
    dense, centres = asked
    return _best(dense[part] @ centres.T, None, PROBED_CELLS)


def looked(asked: Cells, part: slice) -> tuple[IntArray, Float32]:
    """The k nearest of the rows of a part, looked for in their cells."""
    queries, probes = asked.dense[part], asked.probes[part]
    ids = np.full((len(queries), asked.k), -1, dtype=np.int64)
    cosines = np.full((len(queries), asked.k), -2, dtype=np.float32)
    order = np.argsort(probes.ravel(), kind="stable") // PROBED_CELLS
    many = np.bincount(probes.ravel(), minlength=len(asked.bounds) - 1)
    cells = pairwise(asked.bounds.tolist())
    for (start, end), rows in zip(cells, np.split(order, np.cumsum(many)[:-1]), strict=True):
        if end > start and len(rows):
            inside = asked.home[start:end]
            _merge(queries, asked.dense[inside], rows, inside, part.start, ids, cosines)
    return ids, cosines


def _merge(
    queries: Float32,
    cell: Float32,
    rows: IntArray,
    inside: IntArray,
    first: int,
    ids: IntArray,
    cosines: Float32,
) -> None:
    """Puts the best of one cell into the best so far of some rows, counted from the first."""
    scores = queries[rows] @ cell.T
    scores[rows[:, None] + first == inside[None, :]] = -2
    all_scores = np.concatenate([cosines[rows], scores], axis=1)
    all_ids = np.concatenate([ids[rows], np.broadcast_to(inside, scores.shape)], axis=1)
    ids[rows], cosines[rows] = _best(all_scores, all_ids, ids.shape[1])


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
    asked = (words, sp.csr_array(words.T), k)
    found = in_parts(alike_in_words, asked, parts_of(n, BLOCK))
    return as_pairs(np.concatenate([np.empty((0, 2), dtype=np.int64), *found]))


def alike_in_words(asked: tuple[sp.csr_array, sp.csr_array, int], part: slice) -> IntArray:
    """The k best of the texts of a part by the rare terms they share."""
    words, across, k = asked
    scores = sp.csr_array(words[part] @ across)
    found = [np.empty((0, 2), dtype=np.int64)]
    for row, (low, high) in enumerate(pairwise(scores.indptr), part.start):
        found.append(_row_best(row, scores.indices[low:high], scores.data[low:high], k))
    return np.concatenate(found)


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
    asked = Grouped(vectors, order, np.append(starts, len(order)), k, exact_up_to)
    found = in_parts(near_in_groups, asked, parts_of(len(starts), 1))
    return as_pairs(np.concatenate([np.empty((0, 2), dtype=np.int64), *found]))


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows by group: those of group g are `order[bounds[g]:bounds[g + 1]]`.

    `k` is how many each looks for, in near cells only where a group has more than `exact_up_to`.
    """

    vectors: Float32
    order: IntArray
    bounds: IntArray
    k: int
    exact_up_to: int


def near_in_groups(asked: Grouped, part: slice) -> IntArray:
    """The k nearest of the rows of some groups, looked for in their own."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for start, end in pairwise(asked.bounds[part.start : part.stop + 1].tolist()):
        rows = asked.order[start:end]
        near, _ = dense_neighbours(asked.vectors[rows], asked.k, asked.exact_up_to)
        named = np.where(near >= 0, rows[near], -1)
        found.append(np.column_stack([np.repeat(rows, near.shape[1]), named.ravel()]))
    return np.concatenate(found)


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
