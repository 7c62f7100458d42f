"""The nearest of each row, kept as lists that can be brought up to date.

A list has the k best by score, ties by the smaller number. Which rows are asked and among which
they look can be chosen: so the lists of a history with some new rows are those of the history,
merged with what the new ones bring.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.blocks import in_parts
from problem_mining.chunks import parts_of
from problem_mining.compiled import compiled
from problem_mining.features import Float32, Steps, as_floats
from problem_mining.nodes import IntArray

Ids = NDArray[np.int32]

BLOCK = 1024
ASKED_AT_ONCE = 4096
LOOKED_AT_ONCE = 2048
PROBED_CELLS = 12
MANY_LOOK = 0.25
"""Where so many look for each they look among, the vectors of these are put in order first."""
CELL_ROUNDS = 6
Vectors = Float32 | Steps
NO_CENTRES = np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Near:
    """The best k of each row, best first: their numbers, -1 where there is none, and scores."""

    ids: Ids
    scores: Float32

    def __len__(self) -> int:
        return len(self.ids)

    def some(self, rows: IntArray) -> "Near":
        """The lists of some rows."""
        return Near(self.ids[rows], self.scores[rows])


def no_lists(n: int, k: int) -> Near:
    """Lists with nothing in them yet."""
    return Near(np.full((n, k), -1, dtype=np.int32), np.full((n, k), -2, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows lie and where they look, by cells that are numbered from 0 to `n_cells`.

    `home` is the cell each row lies in, shape (n,); `probes` those it looks into, shape (n, p).
    None is -1.
    """

    home: IntArray
    probes: IntArray
    n_cells: int


def centres_of(vectors: Vectors, exact_up_to: int) -> Float32:
    """The centres of the cells of vectors, about 2 sqrt(n); none where all are compared.

    Spherical k-means on an even sample; the starting centres are evenly spaced rows.
    """
    if len(vectors) <= exact_up_to:
        return NO_CENTRES
    n = int(2 * np.sqrt(len(vectors)))
    sample = as_floats(vectors[:: max(1, len(vectors) // (20 * n))])
    centres = sample[np.linspace(0, len(sample) - 1, n).astype(np.int64)].copy()
    for _ in range(CELL_ROUNDS):
        home = np.argmax(sample @ centres.T, axis=1)
        member = sp.csr_array(
            (np.ones(len(sample), np.float32), (home, np.arange(len(sample)))), (n, len(sample))
        )
        sums = np.asarray(member @ sample)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 1e-9, sums / np.where(norms > 1e-9, norms, 1), centres)
    # In the same steps as the vectors: which centre is nearest must not hang on a last bit.
    return np.asarray(np.round(centres * 2048) / 2048, dtype=np.float32)


def group_centres(vectors: Vectors, groups: IntArray, exact_up_to: int) -> dict[int, Float32]:
    """The centres of each group (>= 0) that is too large to be compared as a whole."""
    many = np.flatnonzero(np.bincount(groups[groups >= 0], minlength=1) > exact_up_to)
    return {
        group: centres_of(vectors[np.flatnonzero(groups == group)], exact_up_to)
        for group in many.tolist()
    }


def local_cells(
    vectors: Vectors, groups: IntArray, centres: Mapping[int, Float32], rows: IntArray
) -> Ids:
    """The cells of their own group that some rows look into, the nearest first; -1 for none."""
    found = np.full((len(rows), PROBED_CELLS), -1, dtype=np.int32)
    of_row = groups[rows]
    found[of_row >= 0, 0] = 0
    for group, axes in sorted(centres.items()):
        inside = np.flatnonzero(of_row == group)
        asked = (vectors, rows[inside], axes)
        parts = list(in_parts(probed, asked, parts_of(len(inside), BLOCK)))
        if parts:
            cells = np.concatenate(parts)
            found[inside, : cells.shape[1]] = cells
    return found


def placed(groups: IntArray, centres: Mapping[int, Float32], cells: Ids) -> Places:
    """Where rows lie and look, by what `local_cells` gave of all of them."""
    n_groups = int(groups.max(initial=-1)) + 1
    sizes = np.array([max(len(centres.get(g, ())), 1) for g in range(n_groups)], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    offset = first[np.maximum(groups, 0)]
    probes = np.where(cells >= 0, cells + offset[:, None], -1)
    if not centres:
        probes = probes[:, :1]
    return Places(probes[:, 0].copy(), probes, int(first[-1]))


def places_of(vectors: Vectors, groups: IntArray, exact_up_to: int) -> Places:
    """Where rows lie and look: in the cells of their group (>= 0), or in all of it."""
    centres = group_centres(vectors, groups, exact_up_to)
    cells = local_cells(vectors, groups, centres, np.arange(len(vectors)))
    return placed(groups, centres, cells)


def probed(asked: tuple[Vectors, IntArray, Float32], part: slice) -> IntArray:
    """The cells whose centres are nearest to some rows, the nearest first."""
    vectors, rows, centres = asked
    scores = as_floats(vectors[rows[part]]) @ centres.T
    found = no_lists(len(scores), min(PROBED_CELLS, len(centres)))
    every = np.arange(len(scores))
    none = np.full(len(scores), -1)
    _take(scores, np.arange(len(centres)), none, every, found.ids, found.scores, -2.0)
    return found.ids.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that look for their nearest, the cells they look into, and what they have so far.

    In cell c are the rows `inside[bounds[c]:bounds[c + 1]]`, ascending. Where many look, the
    vectors of those inside are `there` in the same order.
    """

    vectors: Vectors
    rows: IntArray
    probes: IntArray
    inside: IntArray
    bounds: IntArray
    so_far: Near
    there: Vectors | None

    def inside_at(self, places: slice) -> Float32:
        """The vectors of some of those inside."""
        if self.there is not None:
            return as_floats(self.there[places])
        return as_floats(self.vectors[self.inside[places]])


def nearest(
    vectors: Vectors, places: Places, so_far: Near, asked: IntArray, among: IntArray
) -> Near:
    """Lists brought up to date: some rows look among some others, by cosine.

    Only what is alike at all, with a cosine above 0, comes into a list.

    Args:
        vectors: all rows, of length 1, in the steps of `features.unit_rows`.
        places: where they lie and look.
        so_far: the lists of all rows as they are.
        asked: the rows that look.
        among: the rows they look among, ascending.
    """
    ids, scores = so_far.ids.copy(), so_far.scores.copy()
    asked = asked[places.home[asked] >= 0]
    # Rows at home in one cell look into much the same cells.
    asked = asked[np.argsort(places.home[asked], kind="stable")]
    among = among[places.home[among] >= 0]
    inside = among[np.argsort(places.home[among], kind="stable")]
    bounds = np.searchsorted(places.home[inside], np.arange(places.n_cells + 1))
    there = vectors[inside] if len(asked) >= MANY_LOOK * len(inside) else None
    given = Asked(vectors, asked, places.probes[asked], inside, bounds, so_far.some(asked), there)
    parts = parts_of(len(asked), ASKED_AT_ONCE)
    for part, found in zip(parts, in_parts(looked, given, parts), strict=True):
        ids[asked[part]], scores[asked[part]] = found
    return Near(ids, scores)


def looked(asked: Asked, part: slice) -> tuple[Ids, Float32]:
    """The lists of the rows of a part after they have looked."""
    rows, probes = asked.rows[part], asked.probes[part]
    found = Near(asked.so_far.ids[part].copy(), asked.so_far.scores[part].copy())
    if not found.ids.shape[1]:
        return found.ids, found.scores
    queries = as_floats(asked.vectors[rows])
    local, place = np.nonzero(probes >= 0)
    cells = probes[local, place]
    order = np.argsort(cells, kind="stable")
    local, cells = local[order], cells[order]
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    for low, high in pairwise([*starts.tolist(), len(cells)]):
        start, end = asked.bounds[cells[low]], asked.bounds[cells[low] + 1]
        for at in range(int(start), int(end), LOOKED_AT_ONCE):
            places = slice(at, min(at + LOOKED_AT_ONCE, int(end)))
            others, there = asked.inside[places], asked.inside_at(places).T
            for some in parts_of(high - low, BLOCK):
                which = local[low:high][some]
                scores = queries[which] @ there
                _take(scores, others, rows[which], which, found.ids, found.scores, 0.0)
    return found.ids, found.scores


@compiled
def _take(
    scores: Float32,
    others: IntArray,
    own: IntArray,
    which: IntArray,
    ids: Ids,
    best: Float32,
    least: float,
) -> None:
    """Puts what is better than the worst of a list into it.

    Args:
        scores: a row per list.
        others: whose they are.
        own: what is left out of each list.
        which: the rows of the lists.
        ids: the lists.
        best: their scores.
        least: what is no better comes into none.
    """
    for at in range(len(which)):
        row = which[at]
        for place in range(len(others)):
            score = scores[at, place]
            if score >= best[row, -1] and score > least and others[place] != own[at]:
                insert(ids, best, row, others[place], score)


@compiled
def insert(ids: Ids, scores: Float32, row: int, one: int, score: float) -> None:
    """Put one into the list of a row where it is among the best."""
    at = ids.shape[1]
    while at > 0 and (
        score > scores[row, at - 1] or (score == scores[row, at - 1] and one < ids[row, at - 1])
    ):
        at -= 1
    for place in range(ids.shape[1] - 1, at, -1):
        ids[row, place], scores[row, place] = ids[row, place - 1], scores[row, place - 1]
    if at < ids.shape[1]:
        ids[row, at], scores[row, at] = one, score


@compiled
def merge_in(ids: Ids, scores: Float32, rows: IntArray, others: IntArray, alike: Float32) -> None:
    """Puts candidates, each other than all in its list, into the lists of their rows."""
    for at in range(len(rows)):
        insert(ids, scores, rows[at], others[at], alike[at])


def density_of(nearest_cosines: Float32) -> Float32:
    """The mean cosine of the nearest of each text, shape (n,); -2 stands for none."""
    found = nearest_cosines > -1
    total = np.where(found, nearest_cosines, 0).sum(axis=1)
    return np.asarray(total / np.maximum(found.sum(axis=1), 1), dtype=np.float32)
