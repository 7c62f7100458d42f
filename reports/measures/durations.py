"""How long incidents wait for a first answer and for their resolution."""

from collections.abc import Callable, Iterator

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.actions import first_actions
from reports.measures.build import Extras, Observed, middle, not_available
from reports.measures.contract import Contract
from reports.measures.data import Numbers, Times, hours_between
from reports.measures.handling import certainty
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

RESPONSE = Contract(
    figure_id="response_time",
    title="Response time (MTTA)",
    family="handling",
    formula=(
        "median hours from opening to the first action by a person: assignment to a person, a "
        "comment, or a state change, by someone who is neither the caller nor an integration; "
        "of the first actions of the week"
    ),
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="incidents with their first action in the week",
    exclusions="test records and duplicates; incidents nobody has acted on",
    kind=RecordKind.INCIDENT,
    needs=("incident history of assignee or state, or comments",),
    owner="service desk lead",
    decision="staffing of intake by hour",
    partner="csat",
)
RESOLUTION = Contract(
    figure_id="resolution_time",
    title="Resolution time (MTTR)",
    family="handling",
    formula="median elapsed hours from the first opening to each resolution of the week",
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at", "incident.resolved_at or incident state history"),
    owner="service desk lead",
    decision="where resolution is slow enough to be worth an improvement",
    partner="reopen_rate",
)
RESOLUTION_SERVICE = Contract(
    figure_id="resolution_time_service_hours",
    title="Resolution time in service hours",
    family="handling",
    formula="as resolution time, counting only hours in which the service is promised",
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=(*RESOLUTION.needs, "a service calendar in the configuration"),
    owner="service owner",
    decision="whether promised hours fit what users need",
    partner="reopen_rate",
)
CONTRACTS = (RESPONSE, RESOLUTION, RESOLUTION_SERVICE)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Response and resolution time of incidents."""
    if scope.incidents is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield _response(scope, scope.incidents)
    yield resolution(scope, scope.incidents, RESOLUTION)
    yield _in_service_hours(scope, scope.incidents)


def _response(scope: Scope, timeline: Timeline) -> FigureResult:
    if scope.actions is None:
        reason = "needs the history of assignments and states, or comments"
        return not_available(scope, RESPONSE, reason)
    acted_at = first_actions(scope.actions, timeline)
    week = scope.grid.index_of(acted_at)
    return middle(
        scope,
        RESPONSE,
        Observed(week, timeline.number),
        hours_between(timeline.opened_at, acted_at),
    )


def resolution(scope: Scope, timeline: Timeline, contract: Contract) -> FigureResult:
    """Elapsed time from the first opening to each resolution."""
    return _resolution(scope, timeline, contract, hours_between)


def _in_service_hours(scope: Scope, timeline: Timeline) -> FigureResult:
    hours = scope.data.service_hours
    if hours is None:
        return not_available(scope, RESOLUTION_SERVICE, "no service calendar is configured")

    def served(start: Times, end: Times) -> Numbers:
        return hours.seconds_between_each(start, end) / 3600

    return _resolution(scope, timeline, RESOLUTION_SERVICE, served)


def _resolution(
    scope: Scope, timeline: Timeline, contract: Contract, between: Callable[[Times, Times], Numbers]
) -> FigureResult:
    events = timeline.events.of(EventKind.RESOLVED)
    events = events.inside(scope.grid)
    record, at, week = events.record, events.at, events.week_in(scope.grid)
    exactness, note = certainty(timeline, record[week == scope.grid.last])
    took_h = between(timeline.opened_at[record], at)
    extras = Extras(exactness=exactness, note=note)
    return middle(scope, contract, Observed(week, timeline.number[record]), took_h, extras)
