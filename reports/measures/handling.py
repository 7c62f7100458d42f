"""Incident handling: what came in, what was resolved, what is left and how old it is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.clocks import zone_of
from itsm.figures import Direction, Exactness, Figure, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, count, not_available, standing
from reports.measures.contract import Contract
from reports.measures.data import DAY, TIME_TYPE, Flags, Numbers, Positions, Times, times
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline
from reports.measures.weeks import WeekGrid

_LEFT_OUT = (
    "test records and duplicates; records opened and canceled within the week are counted apart"
)

OPENED = Contract(
    figure_id="opened",
    title="Incidents opened",
    family="handling",
    formula="incidents with their opening in the week",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions=_LEFT_OUT,
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at",),
    owner="service desk lead",
    decision="where to look for causes; staffing of the first line",
    partner="csat",
)
RESOLVED = Contract(
    figure_id="resolved",
    title="Incidents resolved",
    family="handling",
    formula=(
        "resolutions in the week: an incident enters resolved or closed. Dated by the history of "
        "the record; where its history does not tell, by resolved_at, else closed_at. A second "
        "resolution after a reopening is a second one"
    ),
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count of events",
    exclusions="test records and duplicates; canceled incidents are no resolutions",
    kind=RecordKind.INCIDENT,
    needs=("incident.resolved_at or incident state history",),
    owner="service desk lead",
    decision="whether the teams keep up with what comes in",
    partner="reopen_rate",
)
REOPENED = Contract(
    figure_id="reopened",
    title="Incidents reopened",
    family="handling",
    formula="reopenings in the week: an incident leaves resolved, closed or canceled",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count of events",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident state history",),
    owner="service desk lead",
    decision="which resolutions did not hold",
    partner="reopen_rate",
)
CANCELED = Contract(
    figure_id="canceled",
    title="Incidents canceled",
    family="handling",
    formula="cancellations in the week of incidents that an earlier week counted as opened",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count of events",
    exclusions=_LEFT_OUT,
    kind=RecordKind.INCIDENT,
    needs=("incident.state",),
    owner="service desk lead",
    decision="whether intake lets in what is no incident",
    partner="csat",
)
BACKLOG = Contract(
    figure_id="backlog",
    title="Incident backlog",
    family="handling",
    formula=(
        "incidents open at the end of the week; equals last week's backlog + opened + reopened "
        "- resolved - canceled"
    ),
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at", "incident.resolved_at or incident state history"),
    owner="service desk lead",
    decision="whether to shift people to the backlog",
    partner="csat",
)
BACKLOG_AGEING = Contract(
    figure_id="backlog_ageing",
    title="Backlog by age",
    family="handling",
    formula=(
        "open incidents at the end of the week by whole calendar days since their first opening, "
        "in the zone of the week: <1, 1-3, 4-7, 8-14, 15-30, 31-90, >90"
    ),
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count per age",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=BACKLOG.needs,
    owner="team leads",
    decision="which old incidents are closed, escalated or made problems",
    partner="csat",
)
BACKLOG_AGE = Contract(
    figure_id="backlog_age",
    title="Age of the backlog",
    family="handling",
    formula="median days since the first opening of incidents open at the end of the week",
    unit=Unit.DAYS,
    direction=Direction.DOWN,
    denominator="incidents open at the end of the week",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=BACKLOG.needs,
    owner="team leads",
    decision="whether old work is being left behind",
    partner="csat",
)
CONTRACTS = (OPENED, RESOLVED, REOPENED, CANCELED, BACKLOG, BACKLOG_AGEING, BACKLOG_AGE)

BUCKETS = (
    ("<1", 0),
    ("1-3", 1),
    ("4-7", 4),
    ("8-14", 8),
    ("15-30", 15),
    ("31-90", 31),
    (">90", 91),
)
"""Name and first whole day of each age."""


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Volume and backlog of incidents."""
    if scope.incidents is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield opened(scope, scope.incidents, OPENED)
    yield resolved(scope, scope.incidents, RESOLVED)
    yield _reopened(scope, scope.incidents)
    yield _canceled(scope, scope.incidents)
    yield from _backlog(scope, scope.incidents)


def opened(scope: Scope, timeline: Timeline, contract: Contract) -> Figure:
    """Openings of the week; what is counted apart is named."""
    apart = timeline.canceled_in_week_of_opening(scope.grid)
    week = scope.grid.index_of(timeline.opened_at)
    excluded = {
        reason: int((scope.grid.index_of(at) == scope.grid.last).sum())
        for reason, at in timeline.left_out.items()
    }
    excluded["canceled in the week of opening"] = int((apart & (week == scope.grid.last)).sum())
    return count(
        scope, contract, Observed(week, timeline.number).only(~apart), Extras(excluded=excluded)
    )


def resolved(scope: Scope, timeline: Timeline, contract: Contract) -> Figure:
    """Resolutions of the week; those that the record dates in another week are told beside."""
    events = timeline.events.of(EventKind.RESOLVED)
    week = scope.grid.index_of(events.at)
    exactness, note = certainty(timeline, events.record[week == scope.grid.last])
    stated_at = times(timeline.records, "resolved_at")[events.record]
    is_elsewhere = (stated_at < scope.week_start) | (stated_at >= scope.week_end)
    is_final = np.concatenate([events.record[1:] != events.record[:-1], [True]])[: len(events)]
    is_elsewhere &= is_final & (week == scope.grid.last) & (stated_at <= scope.cutoff)
    companions = {"dated in another week by resolved_at": float(is_elsewhere.sum())}
    extras = Extras(exactness=exactness, note=note, companions=companions)
    return count(scope, contract, Observed(week, timeline.number[events.record]), extras)


def certainty(timeline: Timeline, records: Positions) -> tuple[Exactness, str | None]:
    """Whether history dates the events of these records, and a sentence when it does not."""
    n_fields = int((~timeline.is_exact[records]).sum())
    if n_fields == 0:
        return Exactness.EXACT, None
    return Exactness.COMPUTED, (
        f"{n_fields} of {len(records)} dated by the record's own times, as no state history tells "
        "of them; earlier resolutions and reopenings of these are not known."
    )


def _reopened(scope: Scope, timeline: Timeline) -> FigureResult:
    if not timeline.has_history:
        return not_available(scope, REOPENED, "reopenings need state history, and none is provided")
    events = timeline.events.of(EventKind.REOPENED)
    week = scope.grid.index_of(events.at)
    return count(scope, REOPENED, Observed(week, timeline.number[events.record]))


def _canceled(scope: Scope, timeline: Timeline) -> Figure:
    events = timeline.events.of(EventKind.CANCELED)
    week = scope.grid.index_of(events.at)
    same_week = timeline.canceled_in_week_of_opening(scope.grid)
    opened_week = scope.grid.index_of(timeline.opened_at)[events.record]
    apart = same_week[events.record] & (week == opened_week) & _is_last_of_week(events.record, week)
    exactness, note = certainty(timeline, events.record[~apart & (week == scope.grid.last)])
    extras = Extras(
        excluded={
            "canceled in the week of opening": int((apart & (week == scope.grid.last)).sum())
        },
        exactness=exactness,
        note=note,
    )
    return count(
        scope, CANCELED, Observed(week, timeline.number[events.record]).only(~apart), extras
    )


def _is_last_of_week(record: Positions, week: Positions) -> Flags:
    """Whether no later event of the same record falls into the same week."""
    is_last = np.ones(len(record), dtype=bool)
    is_last[:-1] = (record[1:] != record[:-1]) | (week[1:] != week[:-1])
    return is_last


def _backlog(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    per_week = backlog_per_week(timeline, scope.grid)
    is_open = open_at(timeline, scope.week_end)
    number, opened_at = timeline.number[is_open], timeline.opened_at[is_open]
    exactness = Exactness.EXACT if timeline.is_exact.all() else Exactness.COMPUTED
    extras = Extras(exactness=exactness)
    yield standing(scope, BACKLOG, float(is_open.sum()), number, extras, per_week=per_week)
    age_days = calendar_age_days(opened_at, scope.week_end, scope.week.zone)
    bucket = np.searchsorted([first for _, first in BUCKETS], np.floor(age_days), side="right") - 1
    for index, (name, _) in enumerate(BUCKETS):
        extras = Extras(dimensions={"age in days": name}, has_series=False)
        inside = bucket == index
        yield standing(scope, BACKLOG_AGEING, float(inside.sum()), number[inside], extras)
    if not len(number):
        yield not_available(scope, BACKLOG_AGE, "nothing was open at the end of the week")
        return
    companions = {"oldest": float(age_days.max()), "p90": float(np.quantile(age_days, 0.9))}
    yield standing(
        scope,
        BACKLOG_AGE,
        float(np.median(age_days)),
        number,
        Extras(companions=companions),
        per_week=_ages(scope, timeline),
    )


def backlog_per_week(timeline: Timeline, grid: WeekGrid) -> Numbers:
    """Records open at the end of each week: those started before it less those ended before it."""
    is_start = np.isin(timeline.events.kind, (EventKind.OPENED, EventKind.REOPENED))
    starts, ends = np.sort(timeline.events.at[is_start]), np.sort(timeline.events.at[~is_start])
    edges = grid.edges[1:]
    n_open = np.searchsorted(starts, edges, "left") - np.searchsorted(ends, edges, "left")
    return n_open.astype(np.float64)


def open_at(timeline: Timeline, at: np.datetime64) -> Flags:
    """Which records are open at an instant: their last event before it opened them."""
    before = timeline.events.where(timeline.events.at < at)
    is_open = np.zeros(len(timeline.records), dtype=bool)
    is_open[before.record] = np.isin(before.kind, (EventKind.OPENED, EventKind.REOPENED))
    return is_open


def calendar_age_days(opened_at: Times, at: np.datetime64, zone: str) -> Numbers:
    """Days from openings to an instant by the wall clock of a zone, so that a day is a day."""
    return np.asarray(
        (_wall(np.array([at]), zone) - _wall(opened_at, zone)) / DAY, dtype=np.float64
    )


def _wall(at: Times, zone: str) -> Times:
    index = pd.DatetimeIndex(at).tz_localize("UTC").tz_convert(zone_of(zone)).tz_localize(None)
    return np.asarray(index.to_numpy(), dtype=TIME_TYPE)


def _ages(scope: Scope, timeline: Timeline) -> Numbers:
    """Median age at the end of each week, NaN where nothing was open."""
    medians = np.full(len(scope.grid), np.nan)
    for index, edge in enumerate(scope.grid.edges[1:]):
        is_open = open_at(timeline, edge)
        if is_open.any():
            ages = calendar_age_days(timeline.opened_at[is_open], edge, scope.week.zone)
            medians[index] = float(np.median(ages))
    return medians
