"""All figures of the catalogue for one week at one cut-off."""

import multiprocessing
import threading
from datetime import datetime
from multiprocessing.sharedctypes import Synchronized

from itsm.figures import FigureResult
from itsm.periods import Period
from itsm.statistics import MAX_WEEKS
from reports.measures import (
    at_risk,
    availability,
    backlog,
    change_types,
    cmdb,
    cost,
    deflection,
    handoffs,
    induced,
    knowledge,
    legs,
    process_map,
    root_causes,
    sla,
    spikes,
    vendor_dossier,
    vendors,
    workload,
)
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.scope import Scope, scope_of

_COSTLY = (
    *(induced, workload, process_map, legs, availability, vendor_dossier, sla, vendors, cmdb),
    *(handoffs, backlog, spikes, knowledge, deflection, root_causes, at_risk, change_types, cost),
)
"""The families that take longest, as measured on a million incidents: processes begin with these,
so that the last ones to be computed are small and no process waits long for the other."""
_ORDER = sorted(
    range(len(FAMILIES)),
    key=lambda place: _COSTLY.index(FAMILIES[place]) if FAMILIES[place] in _COSTLY else 99,
)
_shared: "list[tuple[Scope, Synchronized[int]]]" = []
"""The week that processes measure, and how many families have been taken: they are forked from
this one, and only read the week."""


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
        _ = scope.actions, scope.hops, scope.came_back, scope.settled_at
        scope.incidents.counted_in(scope.grid)
    context = multiprocessing.get_context("fork")
    _shared.append((scope, context.Value("i", 0)))
    try:
        with context.Pool(n_processes - 1) as pool:
            others = [pool.apply_async(_share_of_work) for _ in range(n_processes - 1)]
            made = _share_of_work()
            for other in others:
                made.update(other.get())
    finally:
        _shared.clear()
    return tuple(result for place in range(len(FAMILIES)) for result in made[place])


def _share_of_work() -> dict[int, list[FigureResult]]:
    """The next family that nobody has taken, the costliest first, until none is left."""
    scope, taken = _shared[0]
    made: dict[int, list[FigureResult]] = {}
    while True:
        with taken.get_lock():
            turn, taken.value = taken.value, taken.value + 1
        if turn >= len(_ORDER):
            return made
        made[_ORDER[turn]] = list(FAMILIES[_ORDER[turn]].figures(scope))
