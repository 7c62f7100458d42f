"""All figures of the catalogue for one week at one cut-off."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from itsm.clocks import ReportingWeek
from itsm.figures import FigureResult
from itsm.statistics import MAX_WEEKS
from reports.measures import (
    availability,
    backlog,
    changes,
    contact,
    durations,
    experience,
    handling,
    handoffs,
    reopening,
    repeats,
    requests,
    sla,
    vendors,
)
from reports.measures.data import MeasureData
from reports.measures.scope import Scope, scope_of

FAMILIES: Mapping[str, Callable[[Scope], Iterator[FigureResult]]] = MappingProxyType(
    {
        "handling": handling.figures,
        "backlog": backlog.figures,
        "durations": durations.figures,
        "contact": contact.figures,
        "sla": sla.figures,
        "reopening": reopening.figures,
        "repeats": repeats.figures,
        "handoffs": handoffs.figures,
        "availability": availability.figures,
        "changes": changes.figures,
        "vendors": vendors.figures,
        "experience": experience.figures,
        "requests": requests.figures,
    }
)
"""What computes each part of the catalogue, in the order of a pack."""


def compute(
    data: MeasureData, week: ReportingWeek, cutoff_at: datetime, *, n_weeks: int = MAX_WEEKS
) -> tuple[FigureResult, ...]:
    """All figures of the catalogue for one week.

    Args:
        data: everything known now; what happened after the cut-off is left out here.
        week: the reporting week, in the pack's zone.
        cutoff_at: aware; what was known then counts.
        n_weeks: length of the weekly series.

    Returns:
        A figure, or why it is not available, for every contract; several where a contract is
        told by priority, team pair or vendor.
    """
    scope = scope_of(data, week, cutoff_at, n_weeks)
    return tuple(result for family in FAMILIES.values() for result in family(scope))
