"""What few rows bring to the lists of very many: cell by cell, each with all that look into it."""

from dataclasses import dataclass

import numpy as np

from problem_mining.blocks import in_parts
from problem_mining.chunks import parts_of
from problem_mining.features import STEPS, Float32, Steps
from problem_mining.nearest import Near, Places, merge_in
from problem_mining.nodes import IntArray

CELLS_AT_ONCE = 16
ROWS_AT_ONCE = 2048
MANY = 8
"""Rows look cell by cell where they are so many times more than those they look among."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Cells with the rows that look into them, and the few that lie there.

    Into the c-th cell look `rows[bounds[c]:bounds[c + 1]]`, and in it lie
    `there[ends[c]:ends[c + 1]]`. `least` is, of all rows, what comes into their lists.
    """

    vectors: Steps
    rows: IntArray
    bounds: IntArray
    there: IntArray
    ends: IntArray
    least: Float32


def nearest_of_few(
    vectors: Steps, places: Places, so_far: Near, asked: IntArray, among: IntArray
) -> Near:
    """As `nearest.nearest`, where `among` are few, and none of those asked.

    Args:
        vectors: all rows, in whole steps.
        places: where they lie and look.
        so_far: the lists of all rows as they are.
        asked: the rows that look.
        among: the rows they look among, ascending.
    """
    found = Near(so_far.ids.copy(), so_far.scores.copy())
    among = among[places.home[among] >= 0]
    there = among[np.argsort(places.home[among], kind="stable")]
    cells = np.unique(places.home[there])
    if not len(cells) or not found.ids.shape[1]:
        return found
    number = np.full(places.n_cells + 1, -1, dtype=np.int32)
    number[cells] = np.arange(len(cells))
    looks = number[places.probes[asked]]  # what is nowhere looks into the last, which is none
    row, place = np.nonzero(looks >= 0)
    cell = looks[row, place]
    narrow = np.uint16 if len(cells) < 1 << 16 else np.int32  # far faster to be put in order
    order = np.argsort(cell.astype(narrow), kind="stable")
    given = Sought(
        vectors=vectors,
        rows=asked[row[order]],
        bounds=np.searchsorted(cell[order], np.arange(len(cells) + 1)),
        there=there,
        ends=np.searchsorted(places.home[there], np.append(cells, places.n_cells)),
        least=found.scores[:, -1].copy(),
    )
    hits = list(in_parts(brought, given, parts_of(len(cells), CELLS_AT_ONCE)))
    rows, ids, scores = (np.concatenate(parts) for parts in zip(*hits, strict=True))
    merge_in(found.ids, found.scores, rows, ids, scores)
    return found


def brought(asked: Sought, part: slice) -> tuple[IntArray, IntArray, Float32]:
    """What comes into lists by some cells: the rows of these, what comes, and how alike it is."""
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
    for cell in range(part.start, part.stop):
        others = asked.there[asked.ends[cell] : asked.ends[cell + 1]]
        # Whole numbers so small that no sum of their products is rounded.
        there = asked.vectors[others].astype(np.float32).T
        looking = asked.rows[asked.bounds[cell] : asked.bounds[cell + 1]]
        for some in parts_of(len(looking), ROWS_AT_ONCE):
            rows = looking[some]
            scores = asked.vectors[rows].astype(np.float32) @ there
            scores /= np.float32(STEPS * STEPS)
            better = (scores >= asked.least[rows][:, None]) & (scores > 0)
            at, column = np.nonzero(better)
            found.append((rows[at], others[column], scores[at, column]))
    rows, ids, alike = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return rows, ids, alike
