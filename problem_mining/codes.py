"""Grouping incidents that have codes and no text: coincidences that chance does not explain.

A whole category is not a problem. What points to one cause is that the same combination of codes
comes back faster than its own rate explains (a burst), or at one place far more often than the
place and the subject alone explain (a hot spot). Time is counted in incidents, not in hours:
between two incidents lie so many others. Nights, weekends and a log that thins out then need no
care.

No weights are shipped or learned here. The probability that a pair is more than chance is
1 - (pairs expected by chance) / (pairs found), for pairs as surprising as it: the local
false discovery rate (Efron 2004, Large-Scale Simultaneous Hypothesis Testing).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from problem_mining.nodes import FloatArray, IntArray

CELLS: tuple[tuple[str, ...], ...] = (
    ("ci", "category", "subcategory", "symptom"),
    ("ci",),
    ("category", "subcategory", "symptom", "location"),
    ("category", "subcategory", "symptom"),
    ("category", "subcategory", "location"),
    ("category", "subcategory"),
    ("service", "category", "location"),
    ("service", "category"),
    ("team", "category", "subcategory"),
    ("team", "location"),
    ("location",),
    ("team",),
)
"""Combinations of codes in which bursts are looked for, the most specific first."""
HOT_SPOTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("category", "subcategory", "symptom"), "ci"),
    (("category", "subcategory", "symptom"), "location"),
    (("category", "subcategory"), "location"),
)
"""Subject and place whose product is compared with what is found."""

MIN_KNOWN_SHARE = 0.02
LAGS = 8
BROAD_LAG = 3
"""In a cell of one field (but a CI) two or three in a row say nothing."""
SURPRISE_EDGES = (0.0, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
PRIOR_PAIRS = 3.0
"""Added to expected and found, so that a handful of pairs proves little."""
MIN_LIFT = 4.0
MIN_HOT_SPOT = 4
MAX_SHARE = 0.02
MAX_CHANCE = 0.01
"""Hot spots that may be expected by chance among all cells of subject and place."""
MAX_BROAD_GAP_DAYS = 0.25
"""In a cell of one field only what comes within hours of each other points to one cause."""


@dataclass(frozen=True, slots=True)
class CodePairs:
    """Pairs (i, j), i < j, with the probability that they are more than chance."""

    pairs: IntArray
    p: FloatArray


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of fields: the number of each row's combination (-1: not known), counts."""

    fields: tuple[str, ...]
    of_row: IntArray
    counts: IntArray

    @property
    def is_broad(self) -> bool:
        """Whether it is one field only, and not the one that names a single thing."""
        return len(self.fields) == 1 and self.fields != ("ci",)


def cells_of(codes: Mapping[str, IntArray]) -> tuple[Cell, ...]:
    """The combinations that these incidents have; fields nobody fills are left out of them."""
    wanted = [known_fields(codes, fields) for fields in CELLS]
    distinct = dict.fromkeys(fields for fields in wanted if fields)
    return tuple(cell_of(codes, fields) for fields in distinct)


def known_fields(codes: Mapping[str, IntArray], fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the fields that enough incidents have."""
    return tuple(
        name for name in fields if len(codes[name]) and np.mean(codes[name] >= 0) >= MIN_KNOWN_SHARE
    )


def cell_of(codes: Mapping[str, IntArray], fields: tuple[str, ...]) -> Cell:
    """The combination of these fields that each incident has."""
    columns = np.column_stack([codes[field] for field in fields])
    complete = (columns >= 0).all(axis=1)
    of_row = np.full(len(columns), -1, dtype=np.int64)
    if complete.any():
        _, inverse = np.unique(columns[complete], axis=0, return_inverse=True)
        of_row[complete] = inverse.ravel()
    return Cell(fields, of_row, np.bincount(of_row[complete]))


def ranks_in_time(days: FloatArray) -> FloatArray:
    """Each row's place in the order of opening, equal times sharing one; NaN where unknown."""
    place = np.full(len(days), np.nan)
    known = np.flatnonzero(np.isfinite(days))
    order = known[np.argsort(days[known], kind="stable")]
    place[order] = np.arange(len(order), dtype=np.float64)
    return place


def code_pairs(codes: Mapping[str, IntArray], days: FloatArray) -> CodePairs:
    """Pairs of incidents whose codes coincide more than chance explains.

    Args:
        codes: one array per field, shape (n,), -1 where missing.
        days: openings, shape (n,), NaN where unknown.
    """
    place = ranks_in_time(days)
    found = [_bursts(cell, place, days) for cell in cells_of(codes)]
    found += [_hot_spot(codes, subject, where, place) for subject, where in HOT_SPOTS]
    pairs = np.concatenate([each.pairs for each in found])
    p = np.concatenate([each.p for each in found])
    return _strongest(pairs, p, len(days))


def _strongest(pairs: IntArray, p: FloatArray, n: int) -> CodePairs:
    """Each pair once, with its highest probability, in order."""
    if not len(pairs):
        return CodePairs(np.empty((0, 2), dtype=np.int64), np.empty(0))
    number = pairs.min(axis=1) * n + pairs.max(axis=1)
    order = np.lexsort((-p, number))
    number, p = number[order], p[order]
    first = np.concatenate([[True], number[1:] != number[:-1]])
    number, p = number[first], np.round(p[first] * 2**20) / 2**20
    return CodePairs(np.column_stack([number // n, number % n]), p)


def _followers(cell: IntArray, place: FloatArray, lag: int) -> tuple[IntArray, IntArray]:
    """Rows and the lag-th row after each in the same cell, in order of opening."""
    rows = np.flatnonzero((cell >= 0) & np.isfinite(place))
    rows = rows[np.lexsort((place[rows], cell[rows]))]
    left, right = rows[:-lag], rows[lag:]
    same = cell[left] == cell[right]
    return left[same], right[same]


def _bursts(cell: Cell, place: FloatArray, days: FloatArray) -> CodePairs:
    """Pairs of one cell that come faster than the cell's own rate explains."""
    n = max(int(np.isfinite(place).sum()), 1)
    pairs, p = [np.empty((0, 2), dtype=np.int64)], [np.empty(0)]
    for lag in range(BROAD_LAG if cell.is_broad else 1, LAGS + 1):
        left, right = _followers(cell.of_row, place, lag)
        rate = cell.counts[cell.of_row[left]] / n
        chance = more_than_chance(tail(lag, rate * (place[right] - place[left])))
        kept = chance > 0
        if cell.is_broad:
            kept &= days[right] - days[left] <= MAX_BROAD_GAP_DAYS
        pairs.append(np.column_stack([left[kept], right[kept]]))
        p.append(chance[kept])
    return CodePairs(np.concatenate(pairs), np.concatenate(p))


def tail(at_least: int | FloatArray, expected: FloatArray) -> FloatArray:
    """Probability of so many events where so many are expected, with a rate that varies by itself.

    Counts of one code rise and fall without one cause behind it: the rate is taken as exponentially
    distributed around its mean, which makes the counts geometric.
    """
    result: FloatArray = (expected / (1 + expected)) ** at_least
    return result


def more_than_chance(surprise: FloatArray) -> FloatArray:
    """Of pairs as surprising as each, the share beyond what chance gives.

    Args:
        surprise: probability, under chance alone, of a pair at least so close; uniform on 0-1 if
            chance were all there is.
    """
    edges = np.array(SURPRISE_EDGES)
    found = np.histogram(surprise, bins=edges)[0] + PRIOR_PAIRS
    expected = np.diff(edges) * len(surprise) + PRIOR_PAIRS
    excess = np.clip(1 - expected / found, 0, 1)
    # Less surprising pairs cannot be likelier than more surprising ones.
    monotone = np.maximum.accumulate(excess[::-1])[::-1]
    where = np.searchsorted(edges, surprise, side="right") - 1
    inside = (where >= 0) & (where < len(monotone))
    return np.where(inside, monotone[np.clip(where, 0, len(monotone) - 1)], 0.0)


def _hot_spot(
    codes: Mapping[str, IntArray], subject: tuple[str, ...], where: str, place: FloatArray
) -> CodePairs:
    """Pairs in a cell of subject and place that holds far more than both explain."""
    nothing = CodePairs(np.empty((0, 2), dtype=np.int64), np.empty(0))
    fields = known_fields(codes, subject)
    if not fields or not known_fields(codes, (where,)):
        return nothing
    excess = hot_spot_excess(codes, fields, where)
    cell = cell_of(codes, (*fields, where))
    hot = np.where((cell.of_row >= 0) & (excess > 0), cell.of_row, -1)
    ordered = np.where(np.isfinite(place), place, np.arange(len(place)))
    found = [_followers(hot, ordered, lag) for lag in range(1, LAGS + 1)]
    pairs = np.concatenate([np.column_stack(each) for each in found])
    return CodePairs(pairs, excess[pairs[:, 0]])


def hot_spot_excess(
    codes: Mapping[str, IntArray], subject: tuple[str, ...], where: str
) -> FloatArray:
    """For each row, the share of its subject-and-place cell beyond chance; 0 unless it is hot."""
    whole, about, at = (
        cell_of(codes, (*subject, where)),
        cell_of(codes, subject),
        cell_of(codes, (where,)),
    )
    rows = np.flatnonzero(whole.of_row >= 0)
    n = max(len(rows), 1)
    about_counts, at_counts = np.bincount(about.of_row[rows]), np.bincount(at.of_row[rows])
    count = whole.counts[whole.of_row[rows]].astype(np.float64)
    expected = about_counts[about.of_row[rows]] * at_counts[at.of_row[rows]] / n
    chance = poisson.sf(count - 1, expected) * max(len(whole.counts), 1)
    hot = (count >= MIN_HOT_SPOT) & (count >= MIN_LIFT * expected) & (chance <= MAX_CHANCE)
    hot &= count <= max(MAX_SHARE * n, MIN_HOT_SPOT)
    excess = np.zeros(len(whole.of_row))
    excess[rows] = np.where(hot, 1 - (expected + 1) / (count + 1), 0.0)
    return excess
