"""All figures of the catalogue for one week at one cut-off."""

import multiprocessing
import threading
from datetime import datetime

from itsm.figures import FigureResult
from itsm.periods import Period
from itsm.statistics import MAX_WEEKS
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.scope import Scope, scope_of

_shared: list[Scope] = []
"""The week that worker processes measure: they are forked from this one, and only read it."""


def compute(
    data: MeasureData,
    week: Period,
    cutoff_at: datetime,
    *,
    n_weeks: int = MAX_WEEKS,
    n_processes: int = 1,
) -> tuple[FigureResult, ...]:
    """All figures of the catalogue for one week.

    Args:
        data: everything known now; what happened after the cut-off is left out here.
        week: the reporting week, in the pack's zone.
        cutoff_at: aware; what was known then counts.
        n_weeks: length of the weekly series.
        n_processes: how many families are computed at a time, each in a process forked from this
            one. The figures are the same. Where this process runs threads or cannot be forked, it
            computes all of them itself.

    Returns:
        A figure, or why it is not available, for every contract; several where a contract is
        told by priority, team pair or vendor.
    """
    scope = scope_of(data, week, cutoff_at, n_weeks)
    if n_processes > 1 and _can_fork():
        return _side_by_side(scope, n_processes)
    return tuple(result for family in FAMILIES for result in family.figures(scope))


def _can_fork() -> bool:
    is_offered = "fork" in multiprocessing.get_all_start_methods()
    return is_offered and threading.active_count() == 1 and not _shared


def _side_by_side(scope: Scope, n_processes: int) -> tuple[FigureResult, ...]:
    """The families in worker processes, their figures in the order of the catalogue."""
    if scope.incidents is not None:
        _ = scope.actions, scope.hops, scope.came_back
    _shared.append(scope)
    try:
        with multiprocessing.get_context("fork").Pool(n_processes) as pool:
            parts = pool.map(_family, range(len(FAMILIES)), chunksize=1)
    finally:
        _shared.clear()
    return tuple(result for part in parts for result in part)


def _family(place: int) -> list[FigureResult]:
    return list(FAMILIES[place].figures(_shared[0]))
