"""Wrong or empty configuration items of incidents, and what they cost in resolution time."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, hours_between
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

MIN_IN_STRATUM = 10

_contract = partial(
    Contract,
    family="configuration",
    direction=Direction.DOWN,
    kind=RecordKind.INCIDENT,
    owner="configuration manager",
    partner="csat",
    is_in_pack=False,
)
MISSING = _contract(
    figure_id="cmdb_ci_missing",
    title="Incidents without a configuration item",
    formula="of the incidents opened in the week, those that name no configuration item",
    unit=Unit.SHARE,
    denominator="incidents opened in the week",
    exclusions="test records, duplicates, canceled in the week of opening",
    needs=("incident.ci",),
    decision="where intake has to ask for the item",
)
WRONG = _contract(
    figure_id="cmdb_ci_wrong",
    title="Incidents on an unknown or retired item",
    formula=(
        "of the incidents opened in the week that name an item, those whose item is not in the "
        "configuration data or is retired there"
    ),
    unit=Unit.SHARE,
    denominator="incidents opened in the week that name an item",
    exclusions=(
        "test records, duplicates, canceled in the week of opening; incidents without an item"
    ),
    needs=("incident.ci", "configuration_item.number"),
    decision="which configuration data to mend",
)
COST = _contract(
    figure_id="cmdb_gap_hours",
    title="Resolution time that gaps in configuration data cost",
    formula=(
        "median hours to resolve incidents with a missing, unknown or retired item less those with "
        "a good one, within each priority, weighted by the incidents with a gap; resolutions of "
        "the weeks shown"
    ),
    unit=Unit.HOURS,
    denominator="resolutions of the weeks shown with such a gap",
    exclusions="priorities with fewer than 10 resolutions on either side",
    needs=("incident.ci", "incident.resolved_at or incident state history"),
    decision="what mending configuration data is worth",
)
CONTRACTS = (MISSING, WRONG, COST)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Gaps in configuration items, and their cost in time."""
    timeline = scope.incidents
    if timeline is None or not timeline.columns.is_known("ci").any():
        reason = "no incident names a configuration item"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    week = timeline.counted_in(scope.grid)
    seen = Observed(week, timeline.number)
    is_empty = ~timeline.columns.is_known("ci")
    yield share(scope, MISSING, seen, is_empty)
    is_wrong = _is_wrong(scope, timeline)
    if is_wrong is None:
        yield not_available(scope, WRONG, "no source provides configuration items")
        is_wrong = np.zeros(len(week), dtype=bool)
    else:
        yield share(scope, WRONG, seen.only(~is_empty), is_wrong[~is_empty])
    yield _cost(scope, timeline, is_empty | is_wrong)


def _is_wrong(scope: Scope, timeline: Timeline) -> Flags | None:
    """Incidents whose item is named, but not known by number or name, or retired."""
    items = scope.frame(RecordKind.CONFIGURATION_ITEM)
    if items is None:
        return None
    in_use = items[~items["is_retired"].fillna(False).to_numpy(dtype=bool)]
    known = {*in_use["number"].dropna(), *in_use["name"].dropna()}
    return ~timeline.columns.coded("ci").marks(known.__contains__, blank=True)


def _cost(scope: Scope, timeline: Timeline, has_gap: Flags) -> FigureResult:
    ends = timeline.events.of(EventKind.RESOLVED).inside(scope.grid)
    took_h = hours_between(timeline.opened_at[ends.record], ends.at)
    priority = np.nan_to_num(timeline.columns.numbers("priority")[ends.record])
    gap = has_gap[ends.record]
    cost = _differences(priority.astype(np.intp), gap, took_h)
    if cost is None:
        reason = "fewer than 10 resolutions with and without a gap in any priority"
        return not_available(scope, COST, reason)
    difference, n, hours = cost
    extras = Extras(
        companions={"hours over all": hours, "incidents compared": float(n)},
        exactness=Exactness.COMPUTED,
        note="A difference beside a gap; other causes of it are not ruled out.",
    )
    number = timeline.number[ends.record[gap]]
    return standing(scope, COST, difference, number, extras)


def _differences(
    priority: Positions, gap: Flags, took_h: Numbers
) -> tuple[float, int, float] | None:
    """Weighted difference of medians, incidents with a gap in it, and hours over all of them."""
    n_all, hours = 0, 0.0
    for level in np.unique(priority):
        bad, good = took_h[(priority == level) & gap], took_h[(priority == level) & ~gap]
        if min(len(bad), len(good)) < MIN_IN_STRATUM:
            continue
        n_all += len(bad)
        hours += len(bad) * float(np.median(bad) - np.median(good))
    return (hours / n_all, n_all, hours) if n_all else None
