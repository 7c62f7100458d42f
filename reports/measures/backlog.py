"""The backlog of incidents: what is left at the end of the week, and how old it is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.clocks import zone_of
from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.contract import Contract
from reports.measures.data import DAY, TIME_TYPE, Flags, Numbers, Positions, Times
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Events, Timeline
from reports.measures.weeks import WeekGrid

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
CONTRACTS = (BACKLOG, BACKLOG_AGEING, BACKLOG_AGE)

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
    """The backlog of incidents, by age and with its age."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
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
    is_start = _begins(timeline.events)
    starts, ends = np.sort(timeline.events.at[is_start]), np.sort(timeline.events.at[~is_start])
    edges = grid.edges[1:]
    n_open = np.searchsorted(starts, edges, "left") - np.searchsorted(ends, edges, "left")
    return n_open.astype(np.float64)


def open_at(timeline: Timeline, at: np.datetime64) -> Flags:
    """Which records are open at an instant: their last event before it opened them."""
    record, since, until = timeline.once("open spells", lambda: _open_spells(timeline.events))
    is_open = np.zeros(len(timeline.opened_at), dtype=bool)
    is_open[record[(since < at) & ~(until < at)]] = True
    return is_open


def _open_spells(events: Events) -> tuple[Positions, Times, Times]:
    """Record, beginning and end of each time in which a record was open; NaT: it still is."""
    until = np.full(len(events), np.datetime64("NaT", "us"), dtype=TIME_TYPE)
    goes_on = events.record[1:] == events.record[:-1]
    until[:-1][goes_on] = events.at[1:][goes_on]
    begins = _begins(events)
    return events.record[begins], events.at[begins], until[begins]


def _begins(events: Events) -> Flags:
    return np.asarray(
        (events.kind == EventKind.OPENED) | (events.kind == EventKind.REOPENED), dtype=bool
    )


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
    record, since, until = timeline.once("open spells", lambda: _open_spells(timeline.events))
    is_shown = ~(until < scope.grid.edges[1])
    record, since, until = record[is_shown], since[is_shown], until[is_shown]
    for index, edge in enumerate(scope.grid.edges[1:]):
        is_open = (since < edge) & ~(until < edge)
        if is_open.any():
            ages = calendar_age_days(timeline.opened_at[record[is_open]], edge, scope.week.zone)
            medians[index] = float(np.median(ages))
    return medians
