"""All figures of the catalogue for one week at one cut-off."""

from datetime import datetime

from itsm.figures import FigureResult
from itsm.periods import Period
from itsm.statistics import MAX_WEEKS
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.scope import scope_of


def compute(
    data: MeasureData, week: Period, cutoff_at: datetime, *, n_weeks: int = MAX_WEEKS
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
    return tuple(result for family in FAMILIES for result in family.figures(scope))
