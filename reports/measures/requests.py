"""Service requests: volume, time to fulfil, promises kept."""

from collections.abc import Iterator
from dataclasses import replace

from itsm.figures import FigureResult
from itsm.states import ClockType, RecordKind
from reports.measures import durations, handling, sla
from reports.measures.build import not_available
from reports.measures.scope import Scope
from reports.measures.sla_clocks import clocks_of

_NEEDS = ("service_request.opened_at", "service_request.resolved_at or its state history")

OPENED = replace(
    handling.OPENED,
    figure_id="requests_opened",
    title="Requests opened",
    family="requests",
    formula="service requests with their opening in the week",
    kind=RecordKind.SERVICE_REQUEST,
    needs=_NEEDS[:1],
    owner="service owner",
    decision="which catalogue items to automate",
)
FULFILLED = replace(
    handling.RESOLVED,
    figure_id="requests_fulfilled",
    title="Requests fulfilled",
    family="requests",
    formula="fulfilments of service requests in the week, dated as resolutions of incidents are",
    exclusions="test records; canceled requests",
    kind=RecordKind.SERVICE_REQUEST,
    needs=_NEEDS,
    owner="service owner",
    partner="csat",
)
FULFILMENT_TIME = replace(
    durations.RESOLUTION,
    figure_id="request_fulfilment_time",
    title="Time to fulfil a request",
    family="requests",
    formula="median elapsed hours from opening to each fulfilment of the week",
    denominator="fulfilments in the week",
    exclusions="test records and canceled requests",
    kind=RecordKind.SERVICE_REQUEST,
    needs=_NEEDS,
    owner="service owner",
    decision="which promise of the catalogue is real",
    partner="csat",
)
CONTRACTS = (OPENED, FULFILLED, FULFILMENT_TIME, sla.REQUEST_SLA)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The same figures as for incidents, of service requests."""
    timeline = scope.requests
    if timeline is None:
        reason = "no source provides service requests"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield handling.opened(scope, timeline, OPENED)
    yield handling.resolved(scope, timeline, FULFILLED)
    yield durations.resolution(scope, timeline, FULFILMENT_TIME)
    clocks = clocks_of(scope, ClockType.SLA, RecordKind.SERVICE_REQUEST, timeline)
    if clocks is None:
        yield not_available(scope, sla.REQUEST_SLA, "no SLA clocks of requests are provided")
    else:
        yield from sla.compliance(scope, sla.REQUEST_SLA, clocks)
