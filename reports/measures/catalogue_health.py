"""The service catalogue: owners, duplicates, what nobody uses, and promises kept."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.data import Flags, texts
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

MAX_ITEMS = 20

_contract = partial(
    Contract,
    family="service catalogue",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions="none",
    kind=RecordKind.SERVICE,
    owner="service catalogue manager",
    partner="csat",
    is_in_pack=False,
)
OWNERLESS = _contract(
    figure_id="catalogue_ownerless",
    title="Services without an owner",
    formula="services of the catalogue that name no owner",
    needs=("service.owner",),
    decision="who answers for which service",
)
DUPLICATES = _contract(
    figure_id="catalogue_duplicates",
    title="Services listed twice",
    formula="services whose name, without regard to case, blanks and marks, another one has too",
    needs=("service.name",),
    decision="which entries to merge",
)
UNUSED = _contract(
    figure_id="catalogue_unused",
    title="Services that nobody asked about",
    formula="services with no incident and no request opened in the weeks shown",
    needs=("service.number", "incident.service or service_request.service"),
    decision="which services to retire or to make known",
)
PROMISE = _contract(
    figure_id="catalogue_promise",
    title="Catalogue promises met",
    formula=(
        "of the requests fulfilled in the week with a promised time, those fulfilled by it, over "
        "all and by catalogue item"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="requests fulfilled in the week with a promised time",
    exclusions="test records; canceled requests; requests without a promised time",
    kind=RecordKind.SERVICE_REQUEST,
    needs=("service_request.due_at", "service_request.resolved_at or its state history"),
    decision="which promise to change, or to staff",
)
_OF_SERVICES = (OWNERLESS, DUPLICATES, UNUSED)
CONTRACTS = (*_OF_SERVICES, PROMISE)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Upkeep of the catalogue, and its promises."""
    services = scope.frame(RecordKind.SERVICE)
    if services is None:
        reason = "no source provides services"
        yield from (not_available(scope, one, reason) for one in _OF_SERVICES)
    else:
        yield _ownerless(scope, services)
        yield _count(scope, DUPLICATES, services, _is_double(services))
        yield _unused(scope, services)
    yield from _promises(scope)


def _ownerless(scope: Scope, services: pd.DataFrame) -> FigureResult:
    if services["owner"].isna().all():
        return not_available(scope, OWNERLESS, "no service names an owner")
    return _count(scope, OWNERLESS, services, services["owner"].isna().to_numpy())


def _is_double(services: pd.DataFrame) -> Flags:
    folded = services["name"].str.casefold().str.replace(r"[\W_]+", "", regex=True)
    return np.asarray(folded.duplicated(keep=False).to_numpy(), dtype=bool)


def _unused(scope: Scope, services: pd.DataFrame) -> FigureResult:
    timelines = [one for one in (scope.incidents, scope.requests) if one is not None]
    if not timelines:
        return not_available(scope, UNUSED, "no source provides incidents or requests")
    used: set[str] = set()
    for timeline in timelines:
        service = timeline.columns.coded("service")
        there = np.unique(service.codes[timeline.opened_in(scope.grid) >= 0])
        used.update(service.words[there[there >= 0]])
    is_used = services["number"].isin(used) | services["name"].isin(used)
    return _count(scope, UNUSED, services, ~is_used.to_numpy(dtype=bool))


def _count(scope: Scope, contract: Contract, services: pd.DataFrame, chosen: Flags) -> FigureResult:
    extras = Extras(companions={"services": float(len(services))})
    return standing(scope, contract, float(chosen.sum()), texts(services, "number")[chosen], extras)


def _promises(scope: Scope) -> Iterator[FigureResult]:
    timeline = scope.requests
    if timeline is None or not timeline.columns.is_known("due_at").any():
        yield not_available(scope, PROMISE, "no request tells by when it was promised")
        return
    yield from _kept(scope, timeline)


def _kept(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    due = timeline.columns.times("due_at")
    ends = timeline.events.of(EventKind.RESOLVED).inside(scope.grid)
    week = ends.week_in(scope.grid)
    has_due = ~np.isnat(due[ends.record])
    seen = Observed(week, timeline.number[ends.record]).only(has_due)
    met = (ends.at <= due[ends.record])[has_due]
    excluded = {"no promised time": int((~has_due & (week == scope.grid.last)).sum())}
    yield share(scope, PROMISE, seen, met, Extras(excluded=excluded))
    item = timeline.columns.texts("catalogue_item", "not given")
    item = item[ends.record][has_due]
    now = seen.week == scope.grid.last
    counts = pd.Series(item[now], dtype=object).value_counts()
    for name in sorted(counts.index, key=lambda one: (-counts[one], one))[:MAX_ITEMS]:
        own = now & (item == name)
        extras = Extras(dimensions={"item": str(name)}, has_series=False)
        yield share(scope, PROMISE, seen.only(own), met[own], extras)
