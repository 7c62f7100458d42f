"""Every declared target, held against its figure, service and period."""

from datetime import datetime

from itsm.figures import Figure
from itsm.periods import Period
from itsm.statistics import MAX_WEEKS, MIN_WEEKS, Limits, xmr_limits
from reports.measures.contract import Contract
from reports.measures.contracts import CATALOGUE
from reports.measures.data import MeasureData
from reports.measures.declared import Target
from reports.measures.families import FAMILIES
from reports.measures.scope import Scope, scope_of
from reports.measures.signal import since
from reports.measures.tags import Tag, tagged
from reports.measures.targets import Judged, judged


def judge_targets(
    data: MeasureData, week: Period, cutoff_at: datetime, *, n_weeks: int = MAX_WEEKS
) -> tuple[Judged, ...]:
    """The declared targets that are in force in a period, in the order of their declaration.

    A target of a figure that the catalogue does not have, or that is not available, or has no
    series, is left out: the figure itself says why.

    Args:
        data: everything known now, with what is declared.
        week: the period.
        cutoff_at: aware; what was known then counts.
        n_weeks: length of the series.
    """
    in_force = [one for one in data.declared.targets if one.holds_in(week.label)]
    scopes: dict[str | None, Scope] = {}
    for service in {one.service for one in in_force}:
        narrowed = data if service is None else tagged(data, _tag(service))
        scopes[service] = scope_of(narrowed, week, cutoff_at, n_weeks)
    found = (_judged(scopes[one.service], one) for one in in_force)
    return tuple(one for one in found if one is not None)


def _tag(service: str) -> Tag:
    return Tag(name=service, values={"service": frozenset({service})})


def _judged(scope: Scope, target: Target) -> Judged | None:
    contract = CATALOGUE.get(target.figure_id)
    if contract is None:
        return None
    family = next(one for one in FAMILIES if contract in one.CONTRACTS)
    for result in family.figures(scope):
        if result.figure_id != target.figure_id or not isinstance(result, Figure):
            continue
        if result.series is not None and dict(result.dimensions) == dict(target.dimensions):
            limits = _limits(scope, contract, result)
            return judged(target, result.series, limits, contract.direction)
    return None


def _limits(scope: Scope, contract: Contract, result: Figure) -> Limits | None:
    """The natural process limits, not cut to what the unit can be."""
    assert result.series is not None
    step = scope.data.declared.step_of(contract.figure_id, result.dimensions, scope.week.label)
    start = max(filter(None, (step, scope.settled_from)), default=None)
    values = since(start, result.series.weeks, result.series.values)
    return xmr_limits(values) if len(values) >= MIN_WEEKS else None
