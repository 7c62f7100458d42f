"""From asking for something until it can really be used, per service."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, middle, not_available
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
    ends = ends.where(scope.grid.index_of(ends.at) >= 0)
    usable = usable_at(timeline, ends, scope.incidents)
    hours = hours_between(timeline.opened_at[ends.record], usable)
    week = scope.grid.index_of(ends.at)
    now = week == scope.grid.last
    fixed = now & (usable > ends.at)
    extras = Extras(
        companions={"usable only after an incident": float(fixed.sum())},
        excluded={"not usable yet": int((now & np.isnat(usable)).sum())},
    )
    number = timeline.number[ends.record]
    yield middle(scope, USABLE, Observed(week, number), hours, extras)
    service = timeline.records["service"].fillna("not given").to_numpy(dtype=object)[ends.record]
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
    keys = ["source", "caller", "service"]
    asked = timeline.records.iloc[ends.record][keys]
    asked = asked.assign(at=ends.at, row=np.arange(len(ends))).dropna(subset=keys)
    asked = asked.sort_values("at", kind="stable")
    resolved = np.full(len(incidents.records), NEVER, dtype=TIME_TYPE)
    done = incidents.events.of(EventKind.RESOLVED)
    resolved[done.record] = done.at
    opened = incidents.records[keys].assign(
        at=incidents.opened_at, next_at=incidents.opened_at, resolved=resolved
    )
    opened = opened[opened["caller"].isin(asked["caller"]).to_numpy()].dropna(subset=keys)
    if opened.empty or asked.empty:
        return usable
    found = pd.merge_asof(
        asked,
        opened.sort_values("at", kind="stable"),
        on="at",
        by=keys,
        direction="forward",
    )
    soon = (found["next_at"] - found["at"] <= SETTLE_DAYS * DAY).to_numpy()
    rows = found["row"].to_numpy()[soon]
    usable[rows] = found["resolved"].to_numpy()[soon].astype(TIME_TYPE)
    return usable
