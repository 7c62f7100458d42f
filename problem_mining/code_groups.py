"""Which groups of coinciding codes are believed, and proposed."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from problem_mining.codes import (
    HOT_SPOTS,
    Cell,
    CodePairs,
    cell_of,
    cells_of,
    code_pairs,
    hot_spot_excess,
    known_fields,
    ranks_in_time,
    tail,
)
from problem_mining.grouping import link
from problem_mining.nodes import FloatArray, IntArray, Rows
from problem_mining.settings import MiningSettings

MAX_CHANCE_GROUPS = 1.0
"""A burst is proposed when at most so many of its kind are expected by chance in all incidents."""
MIN_CELL_SHARE = 0.75
"""Share of the members that must agree on the combination of codes."""


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """A believed group: its rows, their scores, the codes it shares, a burst or a hot spot."""

    rows: IntArray
    scores: FloatArray
    fields: tuple[str, ...]
    is_burst: bool


def group_codes(rows: Rows, settings: MiningSettings) -> list[CodeGroup]:
    """Groups rows by their codes alone, in order of their first row.

    Linked groups that lie in the same hot spot are one: a place where one subject keeps coming
    back is one question to a problem manager, not several.
    """
    near = code_pairs(rows.codes, rows.days)
    labels = link(
        len(rows.keys),
        near.pairs,
        near.p,
        threshold=settings.threshold_codes,
        link_cap=settings.link_cap_codes,
        counts_scored=False,
    )
    place, cells, hot = ranks_in_time(rows.days), cells_of(rows.codes), hot_cells(rows.codes)
    scores = code_scores(labels, near)
    bursts: list[CodeGroup] = []
    spots: dict[tuple[int, int], list[IntArray]] = {}
    for inside in _members(labels):
        spot = _hot_spot_of(inside, hot)
        burst = believable_cell(inside, cells, place)
        if spot is not None:
            spots.setdefault(spot, []).append(inside)
        elif burst is not None and len(inside) >= settings.min_members_codes:
            bursts.append(CodeGroup(inside, scores[inside], burst.fields, is_burst=True))
    for (number, _), parts in spots.items():
        members = np.sort(np.concatenate(parts))
        if len(members) >= settings.min_members_codes:
            group = CodeGroup(members, scores[members], hot[number].fields, is_burst=False)
            bursts.append(group)
    return sorted(bursts, key=lambda group: int(group.rows[0]))


def _members(labels: IntArray) -> list[IntArray]:
    """The rows of each group, in order."""
    grouped = np.flatnonzero(labels >= 0)
    grouped = grouped[np.argsort(labels[grouped], kind="stable")]
    bounds = np.searchsorted(labels[grouped], np.arange(labels.max(initial=-1) + 2))
    return [grouped[start:end] for start, end in pairwise(bounds)]


def _hot_spot_of(inside: IntArray, hot: tuple[Cell, ...]) -> tuple[int, int] | None:
    """The first kind of hot spot, and the one of it, that most of a group lies in."""
    for number, cell in enumerate(hot):
        common = commonest_members(cell, inside)
        if len(common) >= MIN_CELL_SHARE * len(inside):
            return number, int(cell.of_row[common[0]])
    return None


def believable_cell(rows: IntArray, cells: tuple[Cell, ...], place: FloatArray) -> Cell | None:
    """The codes most members of a group share, if their own rate does not explain the group.

    Args:
        rows: row numbers of the members.
        cells: from `cells_of`.
        place: from `ranks_in_time`.

    Returns:
        None where chance may explain the group.
    """
    known = rows[np.isfinite(place[rows])]
    n = max(int(np.isfinite(place).sum()), 1)
    best, found = MAX_CHANCE_GROUPS, None
    for cell in cells:
        inside = commonest_members(cell, known)
        if len(inside) < max(2, MIN_CELL_SHARE * len(rows)):
            continue
        span = place[inside].max() - place[inside].min()
        expected = cell.counts[cell.of_row[inside[0]]] / n * span
        by_chance = n * float(tail(len(inside) - 1, expected))
        if by_chance < best:
            best, found = by_chance, cell
    return found


def commonest_members(cell: Cell, rows: IntArray) -> IntArray:
    """Those of the rows that are in the combination most of them are in."""
    values = cell.of_row[rows]
    if not (values >= 0).any():
        return rows[:0]
    commonest = int(np.argmax(np.bincount(values[values >= 0])))
    common: IntArray = rows[values == commonest]
    return common


def hot_cells(codes: Mapping[str, IntArray]) -> tuple[Cell, ...]:
    """Combinations of subject and place; only rows in a hot spot are numbered."""
    found = []
    for subject, where in HOT_SPOTS:
        fields = known_fields(codes, subject)
        if fields and known_fields(codes, (where,)):
            cell = cell_of(codes, (*fields, where))
            hot = hot_spot_excess(codes, fields, where) > 0
            found.append(Cell(cell.fields, np.where(hot, cell.of_row, -1), cell.counts))
    return tuple(found)


def code_scores(labels: IntArray, near: CodePairs) -> FloatArray:
    """Each row's mean probability over its scored pairs inside its group, 0 for singles."""
    i, j = near.pairs[:, 0], near.pairs[:, 1]
    inside = (labels[i] == labels[j]) & (labels[i] >= 0)
    both = np.concatenate([i[inside], j[inside]])
    p = np.concatenate([near.p[inside], near.p[inside]])
    total = np.bincount(both, weights=p, minlength=len(labels))
    n = np.bincount(both, minlength=len(labels))
    scores: FloatArray = total / np.maximum(n, 1)
    return scores
