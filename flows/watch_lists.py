"""The watch list as it stands at a moment: clocks near their end, work on which nothing happens."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from itsm.periods import DayUpTo
from itsm.states import RecordKind
from reports.measures.at_risk import near_end, standing_still
from reports.measures.backlog import open_at
from reports.measures.data import MeasureData, Numbers, times
from reports.measures.scope import scope_of
from reports.sections.watch_list import NearClock, Stuck, Watched

NO_INCIDENTS = "no source provides incidents"
NO_CLOCKS = "no SLA clock tells when it is due"
NO_HISTORY = "needs the history of states, teams or assignees"
_Places = dict[str, tuple[str, str]]
"""Team and priority of each incident, by its number."""


def watch_list(data: MeasureData, at: datetime, team: str = "") -> Watched:
    """What a team has to look at, or all teams together.

    Args:
        data: everything known, freshly pulled.
        at: the moment it is told for.
        team: only what stands with this team; "" for all of them.
    """
    scope = scope_of(data, DayUpTo(at.astimezone(UTC), data.zone), at, 2)
    timeline = scope.incidents
    if timeline is None:
        return Watched(near=(), stuck=(), not_told=(NO_INCIDENTS,))
    is_open = open_at(timeline, scope.week_end)
    places = _places(data)
    found = near_end(scope, timeline, is_open)
    near = () if found is None else tuple(_near(*found, places))
    stuck: tuple[Stuck, ...] = ()
    if timeline.trails:
        is_still, days = standing_still(scope, timeline, is_open)
        stuck = tuple(_stuck(timeline.number[is_still].tolist(), days[is_still].tolist(), places))
    gone = {NO_CLOCKS: found is None, NO_HISTORY: not timeline.trails}
    return Watched(
        near=tuple(one for one in near if not team or one.team == team),
        stuck=tuple(one for one in stuck if not team or one.team == team),
        not_told=tuple(reason for reason, holds in gone.items() if holds),
    )


def _places(data: MeasureData) -> _Places:
    incidents = data.frame(RecordKind.INCIDENT)
    if incidents is None:
        return {}
    columns = (incidents[name] for name in ("number", "team", "priority"))
    return {
        str(number): (_plain(team), _plain(priority))
        for number, team, priority in zip(*columns, strict=True)
    }


def _plain(value: object) -> str:
    """A value as people write it: 2, not 2.0; nothing where it is missing."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _near(clocks: pd.DataFrame, used: Numbers, places: _Places) -> Iterator[NearClock]:
    due = times(clocks, "due_at").tolist()
    columns = (clocks["record"], clocks["target"], due, used.tolist())
    for record, target, due_at, share in zip(*columns, strict=True):
        team, priority = places.get(record, ("", ""))
        yield NearClock(
            record=record,
            target=str(target),
            team=team,
            priority=priority,
            due_at=due_at.replace(tzinfo=UTC),
            used=share,
        )


def _stuck(numbers: list[str], days: list[float], places: _Places) -> Iterator[Stuck]:
    for number, quiet in zip(numbers, days, strict=True):
        team, priority = places.get(number, ("", ""))
        yield Stuck(record=number, team=team, priority=priority, quiet_days=quiet)
