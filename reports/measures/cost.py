"""What handling incidents and running services costs, with its assumptions named."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, average, not_available, standing
from reports.measures.columns import Columns
from reports.measures.contract import Contract
from reports.measures.data import Numbers, Texts, texts, times
from reports.measures.mined import mined_of
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

DAYS_PER_YEAR = 365.25
MAX_SERVICES = 20
NO_SERVICE = "not given"

_contract = partial(
    Contract,
    family="cost",
    unit=Unit.MONEY,
    direction=Direction.DOWN,
    owner="service owner",
    partner="csat",
    is_in_pack=False,
)
PER_INCIDENT = _contract(
    figure_id="cost_per_incident",
    title="Cost of an incident",
    formula=(
        "mean cost of the incidents resolved in the week: handling hours x rate, and affected "
        "users x lost hours x rate; over all and by service, in the configured currency"
    ),
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("incident.resolved_at or incident state history", "incident.handling_h"),
    decision="where an improvement pays for itself",
)
OF_REPEATS = _contract(
    figure_id="cost_of_repeats",
    title="Cost of repeats",
    formula="cost of the incidents resolved in the week that belong to a mined candidate",
    denominator="none: a sum",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("a finished mining run", *PER_INCIDENT.needs),
    decision="what removing causes is worth in a week",
)
RUN = _contract(
    figure_id="cost_run",
    title="Cost of running services",
    formula=(
        "yearly cost of the contracts in force in the week, and the yearly run cost configured "
        "beside them, by the days of the week; over all and by service"
    ),
    denominator="none: a sum",
    exclusions="contracts without a cost or not in force",
    kind=RecordKind.CONTRACT,
    needs=(
        "contract.cost_per_year with contract.starts_at and contract.ends_at",
        "or cost.run_per_year in the configuration",
    ),
    version=2,
    decision="whether what a service costs fits what it brings",
)
CONTRACTS = (PER_INCIDENT, OF_REPEATS, RUN)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Cost per incident, of repeats, and of contracts."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, one, reason) for one in (PER_INCIDENT, OF_REPEATS))
    else:
        yield from _incidents(scope, timeline)
    yield from _running(scope)


def assumptions(scope: Scope) -> str:
    """The inputs of a cost in words."""
    cost = scope.data.cost
    each = {
        "rate_per_h": f"{cost.rate_per_h:g} {cost.currency} per hour",
        "handling_h": f"{cost.handling_h:g} h of handling where a record does not tell",
        "affected_users": f"users affected: {cost.affected_users:g} where a record does not tell",
        "lost_h_per_user": f"{cost.lost_h_per_user:g} h lost per user",
    }
    told = [text for name, text in each.items() if name not in cost.assumed]
    if cost.user_rate_per_h is not None:
        told.append(f"{cost.user_rate_per_h:g} {cost.currency} per hour that a user loses")
    assumed = [each[name] for name in each if name in cost.assumed]
    parts = (("Configured", told), ("Assumed, not measured", assumed))
    return " ".join(f"{kind}: {'; '.join(texts)}." for kind, texts in parts if texts)


def _values(scope: Scope, records: Columns) -> Numbers:
    """What each incident costs."""
    cost = scope.data.cost
    handling, users = records.numbers("handling_h"), records.numbers("affected_users")
    handling = np.where(np.isnan(handling), cost.handling_h, handling)
    users = np.where(np.isnan(users), cost.affected_users, users)
    lost_h = users * cost.lost_h_per_user
    return np.asarray(handling * cost.rate_per_h + lost_h * cost.lost_rate_per_h)


def _incidents(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    value = _values(scope, timeline.columns)
    ends = timeline.events.of(EventKind.RESOLVED).inside(scope.grid)
    seen = Observed(ends.week_in(scope.grid), timeline.number[ends.record])
    extras = Extras(exactness=Exactness.COMPUTED, note=assumptions(scope))
    yield average(scope, PER_INCIDENT, seen, value[ends.record], extras)
    now = seen.week == scope.grid.last
    record = ends.record[now]
    service = timeline.columns.texts("service", NO_SERVICE)[record]
    frame = pd.DataFrame({"service": service, "value": value[record]})
    total = frame.groupby("service", sort=True)["value"].agg(lambda one: np.sort(one).sum())
    for name in total.sort_values(ascending=False, kind="stable").index[:MAX_SERVICES]:
        own = service == name
        extras = Extras(
            dimensions={"service": str(name)},
            companions={"total": float(total[name])},
            exactness=Exactness.COMPUTED,
            has_series=False,
        )
        week = np.full(int(own.sum()), scope.grid.last, dtype=np.intp)
        of_service = Observed(week, timeline.number[record[own]])
        yield average(scope, PER_INCIDENT, of_service, value[record[own]], extras)
    yield _repeats(scope, timeline, record, value)


def _repeats(
    scope: Scope, timeline: Timeline, record: "np.typing.NDArray[np.intp]", value: Numbers
) -> FigureResult:
    mined = scope.data.candidate_of
    if mined is None:
        return not_available(scope, OF_REPEATS, "needs a finished mining run for this week")
    is_member = np.zeros(len(timeline.opened_at), dtype=bool)
    if not mined.empty:
        found = mined_of(timeline, mined).record
        is_member[found[found >= 0]] = True
    chosen = record[is_member[record]]
    extras = Extras(exactness=Exactness.COMPUTED, note=assumptions(scope))
    total = float(np.sort(value[chosen]).sum())
    return standing(scope, OF_REPEATS, total, timeline.number[chosen], extras)


def _running(scope: Scope) -> Iterator[FigureResult]:
    """Contracts in force and what is configured, over all and by service."""
    frame = scope.frame(RecordKind.CONTRACT)
    contracts = None if frame is None or frame["cost_per_year"].isna().all() else frame
    configured = scope.data.run_costs
    if contracts is None and not configured:
        reason = "no contract tells what it costs, and no run cost is configured"
        yield not_available(scope, RUN, reason)
        return
    spent, number, service, excluded = _spent(scope, contracts)
    days = float((scope.week_end - scope.week_start) / np.timedelta64(1, "D"))
    own = {name: yearly * days / DAYS_PER_YEAR for name, yearly in configured.items()}
    note = f"In {scope.data.cost.currency}, as the contracts state it, and as it is configured."
    total = _told(spent, sum(own.values()))
    extras = Extras(companions=total, excluded=excluded, note=note)
    yield standing(scope, RUN, sum(total.values()), number[spent > 0], extras)
    for name in sorted({*service[spent > 0], *own})[:MAX_SERVICES]:
        of_it = (service == name) & (spent > 0)
        parts = _told(spent[of_it], own.get(name, 0.0))
        extras = Extras(dimensions={"service": str(name)}, companions=parts)
        yield standing(scope, RUN, sum(parts.values()), number[of_it], extras)


def _told(spent: Numbers, configured: float) -> dict[str, float]:
    return {"contracts": float(np.sort(spent).sum()), "configured": configured}


def _spent(
    scope: Scope, contracts: pd.DataFrame | None
) -> tuple[Numbers, Texts, Texts, dict[str, int]]:
    """What each contract costs in the week, its number and service; how many tell no cost."""
    if contracts is None:
        nothing = np.empty(0, dtype=object)
        return np.empty(0), nothing, nothing, {}
    start, end = times(contracts, "starts_at"), times(contracts, "ends_at")
    start = np.where(np.isnat(start), scope.week_start, np.maximum(start, scope.week_start))
    end = np.where(np.isnat(end), scope.week_end, np.minimum(end, scope.week_end))
    days = np.maximum((end - start) / np.timedelta64(1, "D"), 0.0)
    yearly = contracts["cost_per_year"].to_numpy(dtype=np.float64)
    spent = np.nan_to_num(yearly) * days / DAYS_PER_YEAR
    service = contracts["service"].fillna(NO_SERVICE).to_numpy(dtype=object)
    return (
        spent,
        texts(contracts, "number"),
        service,
        {"no cost given": int(np.isnan(yearly).sum())},
    )
