"""From asking for something until it can really be used, per service."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, middle, not_available
from reports.measures.coming_back import CALLER_KEYS, next_incident
from reports.measures.contract import Contract
from reports.measures.data import DAY, TIME_TYPE, Times, hours_between
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Events, Timeline

SETTLE_DAYS = 7
MAX_SERVICES = 20
NEVER = np.datetime64("NaT", "us")

USABLE = Contract(
    figure_id="request_to_usable",
    title="From request to usable",
    family="requests",
    formula=(
        "median hours from opening a request until what was asked for is usable: its fulfilment, "
        "or, where the same caller opened an incident on the same service within 7 days of it, the "
        "resolution of that incident; requests fulfilled in the week, over all and by service"
    ),
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="requests fulfilled in the week that are usable at the cut-off",
    exclusions="test records; canceled requests; requests not usable yet",
    kind=RecordKind.SERVICE_REQUEST,
    needs=("service_request.service", "service_request.caller", "incident.caller"),
    owner="service owner",
    decision="where fulfilled does not mean that it works",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (USABLE,)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Time to usable over all requests, then by service."""
    timeline = scope.requests
    if timeline is None:
        yield not_available(scope, USABLE, "no source provides service requests")
        return
    ends = timeline.events.of(EventKind.RESOLVED)
    ends = ends.inside(scope.grid)
    usable = usable_at(timeline, ends, scope.incidents)
    hours = hours_between(timeline.opened_at[ends.record], usable)
    week = ends.week_in(scope.grid)
    now = week == scope.grid.last
    fixed = now & (usable > ends.at)
    extras = Extras(
        companions={"usable only after an incident": float(fixed.sum())},
        excluded={"not usable yet": int((now & np.isnat(usable)).sum())},
    )
    number = timeline.number[ends.record]
    yield middle(scope, USABLE, Observed(week, number), hours, extras)
    service = timeline.columns.texts("service", "not given")[ends.record]
    counts = pd.Series(service[now], dtype=object).value_counts()
    for name in sorted(counts.index, key=lambda one: (-counts[one], one))[:MAX_SERVICES]:
        own = now & (service == name)
        extras = Extras(dimensions={"service": str(name)}, has_series=False)
        yield middle(scope, USABLE, Observed(week, number).only(own), hours[own], extras)


def usable_at(timeline: Timeline, ends: Events, incidents: Timeline | None) -> Times:
    """When what each fulfilment gave was usable; NaT while an incident about it is open."""
    usable = ends.at.copy()
    if incidents is None or not len(ends):
        return usable
    resolved = np.full(len(incidents.opened_at), NEVER, dtype=TIME_TYPE)
    done = incidents.events.of(EventKind.RESOLVED)
    resolved[done.record] = done.at
    asked = timeline.columns.only([*CALLER_KEYS], ends.record)
    row = next_incident(asked, ends.at, incidents, is_at_once=True)
    found = np.flatnonzero(row >= 0)
    soon = found[incidents.opened_at[row[found]] - ends.at[found] <= SETTLE_DAYS * DAY]
    usable[soon] = resolved[row[soon]]
    return usable
