"""Facts of incidents: the incidents, their events, and their hand-offs between teams.

Events and waits are found by the very functions that the figures of the packs are computed by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from reports.extract.columns import Calendar, instants, whole_seconds
from reports.extract.keys import Keys, record_keys
from reports.extract.members import Members
from reports.measures.actions import actions_of, first_actions
from reports.measures.as_of import as_of
from reports.measures.data import Flags, MeasureData, Numbers, Times, flags, hours_between, times
from reports.measures.events import EventKind
from reports.measures.handling import is_last_of_week
from reports.measures.handoffs import names_small_team, until_first_action
from reports.measures.hops import team_moves
from reports.measures.timeline import Timeline, timeline_of
from reports.measures.weeks import WeekGrid, instant

Frames = Mapping[RecordKind, pd.DataFrame]

_NAMES = {kind: kind.name.lower() for kind in EventKind}
_CHANGE = {
    EventKind.OPENED: 1,
    EventKind.REOPENED: 1,
    EventKind.RESOLVED: -1,
    EventKind.CANCELED: -1,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What facts are told by: the cut-off, the calendar, the members, and sizes of teams."""

    cutoff_at: datetime
    zone: str
    calendar: Calendar
    members: Members
    team_sizes: Mapping[str, int]

    @property
    def cutoff(self) -> np.datetime64:
        """The cut-off as naive UTC."""
        return instant(self.cutoff_at)


def incident_facts(frames: Frames, known: Known) -> dict[str, pd.DataFrame]:
    """The facts of some incidents.

    Args:
        frames: incidents, and history and comments of these incidents.
        known: what facts are told by.

    Returns:
        The rows of each fact table, in the order of their keys' records.
    """
    data = MeasureData(frames=frames, team_sizes=known.team_sizes)
    seen = as_of(data, known.cutoff_at).frames[RecordKind.INCIDENT]
    seen = seen.sort_values(["source", "number"], kind="stable", ignore_index=True)
    incidents = _incidents(seen, known)
    timeline = timeline_of(data, RecordKind.INCIDENT, known.cutoff)
    assert timeline is not None
    counted = np.flatnonzero(incidents["is_counted"])
    base = incidents.iloc[counted].reset_index(drop=True)
    return {
        "fact_incident": incidents.assign(
            **_from_history(timeline, counted, len(incidents), known)
        ),
        "fact_incident_event": _events(timeline, base, known),
        "fact_handoff": _handoffs(data, timeline, base, known),
    }


def _incidents(seen: pd.DataFrame, known: Known) -> pd.DataFrame:
    """What the records themselves tell."""
    key, restricted = known.members.keys, flags(seen, "restricted")
    state = pd.Series(RecordKind.INCIDENT.value, index=seen.index)
    is_test, is_duplicate = flags(seen, "is_test"), seen["duplicate_of"].notna().to_numpy()
    return pd.DataFrame(
        {
            "incident_key": record_keys(seen["source"], seen["number"]),
            "source_key": key("source", seen["source"]),
            "number": seen["number"].mask(restricted),
            **{f"{one}_key": key(one, seen[one]) for one in _LABELS},
            "ci_key": key("ci", seen["ci"].mask(restricted)),
            "category_key": key("category", seen["category"], seen["subcategory"]),
            "priority_key": seen["priority"].fillna(0),
            "state_key": key("state", state, seen["state"]),
            **instants(seen, ("opened_at",)),
            **known.calendar.keys("opened", times(seen, "opened_at")),
            **{one: seen[one] for one in _NUMBERS},
            "is_counted": ~is_test & ~is_duplicate,
            "is_test": is_test,
            "is_duplicate": is_duplicate,
            "is_restricted": restricted,
            "is_major": flags(seen, "is_major"),
            "is_first_contact": seen["is_first_contact"],
            "is_sla_met": seen["sla_met"],
            "has_problem": seen["problem"].notna(),
            "has_article": seen["knowledge_article"].notna(),
            "is_caused_by_change": seen["caused_by_change"].notna(),
        }
    )


_LABELS = ("service", "team", "channel", "location", "close_code", "vendor")
_NUMBERS = ("impact", "urgency", "handling_h", "affected_users")


def _from_history(timeline: Timeline, counted: Keys, n: int, known: Known) -> pd.DataFrame:
    """What events and actions tell of each incident; nothing of those that are not counted."""
    events = timeline.events
    n_counted = len(timeline.opened_at)
    resolved_at = _last_resolution(timeline)
    actions = actions_of(timeline)
    first = (
        np.full(n_counted, np.datetime64("NaT", "us"))
        if actions is None
        else first_actions(actions, timeline)
    )
    moves = team_moves(timeline)
    hops = np.full(n_counted, np.nan)
    if moves is not None:
        hops[moves.told] = np.bincount(moves.record, minlength=n_counted)[moves.told]
    reopened = np.bincount(events.of(EventKind.REOPENED).record, minlength=n_counted)
    spread = np.full(n, np.datetime64("NaT", "us"))
    spread[counted] = resolved_at
    numbers = {
        "response_h": hours_between(timeline.opened_at, first),
        "resolution_h": hours_between(timeline.opened_at, resolved_at),
        "reopenings": reopened,
        "hand_offs": hops,
    }
    return pd.DataFrame(
        {
            "resolved_at": whole_seconds(spread),
            **known.calendar.keys("resolved", spread),
            **{name: _spread(values, counted, n) for name, values in numbers.items()},
        }
    )


def _last_resolution(timeline: Timeline) -> Times:
    """When each incident was resolved for the last time; NaT where it is open."""
    newest = np.append(timeline.events.record[1:] != timeline.events.record[:-1], True)
    ended = timeline.events.where(newest[: len(timeline.events)]).of(EventKind.RESOLVED)
    at = np.full(len(timeline.opened_at), np.datetime64("NaT", "us"))
    at[ended.record] = ended.at
    return at


def _spread(values: "Numbers | Keys", counted: Keys, n: int) -> Numbers:
    """Values of counted incidents, told of all of them."""
    spread = np.full(n, np.nan)
    spread[counted] = values
    return spread


def _events(timeline: Timeline, base: pd.DataFrame, known: Known) -> pd.DataFrame:
    events = timeline.events
    rows = base[_TOLD].iloc[events.record].reset_index(drop=True)
    apart = _apart(timeline, known)
    change = np.array([_CHANGE[kind] for kind in EventKind])[events.kind]
    opened_at = timeline.opened_at[events.record]
    return rows.assign(
        sequence=_counted(events.record),
        event=np.array([_NAMES[kind] for kind in EventKind], dtype=object)[events.kind],
        event_at=whole_seconds(events.at),
        **known.calendar.keys("event", events.at),
        is_counted=~apart,
        backlog_change=np.where(apart, 0, change),
        hours_from_opening=hours_between(opened_at, events.at),
        hours_to_reopening=np.where(
            events.kind == EventKind.RESOLVED,
            hours_between(events.at, events.next_at(EventKind.REOPENED)),
            np.nan,
        ),
    )


_TOLD = [
    "incident_key",
    "source_key",
    "service_key",
    "team_key",
    "category_key",
    "priority_key",
]


def _apart(timeline: Timeline, known: Known) -> Flags:
    """Events that no figure counts: an opening canceled in its own week, and that cancellation."""
    events = timeline.events
    if not len(events):
        return np.zeros(0, dtype=bool)
    last = ReportingWeek.of(known.cutoff_at, known.zone)
    first_at = events.at.min()
    weeks = int((instant(last.end_at) - first_at) / np.timedelta64(7, "D")) + 2
    grid = WeekGrid.ending_with(last, weeks)
    week = events.week_in(grid)
    within = timeline.canceled_in_week_of_opening(grid)[events.record]
    in_week_of_opening = within & (week == timeline.opened_in(grid)[events.record])
    is_opening = events.kind == EventKind.OPENED
    final = (events.kind == EventKind.CANCELED) & _is_last(timeline, week)
    return np.asarray((is_opening & within) | (in_week_of_opening & final))


def _is_last(timeline: Timeline, week: Keys) -> Flags:
    """Whether a cancellation is the last of its record in its week."""
    events = timeline.events
    is_last = np.zeros(len(events), dtype=bool)
    canceled = np.flatnonzero(events.kind == EventKind.CANCELED)
    is_last[canceled] = is_last_of_week(events.record[canceled], week[canceled])
    return is_last


def _counted(record: Keys) -> Keys:
    """Counts the rows of each record from 1; rows of a record stand together."""
    place = np.arange(len(record))
    is_first = np.append(True, record[1:] != record[:-1])[: len(record)]
    return place - np.maximum.accumulate(np.where(is_first, place, 0)) + 1


def _handoffs(
    data: MeasureData, timeline: Timeline, base: pd.DataFrame, known: Known
) -> pd.DataFrame:
    moves = team_moves(timeline)
    if moves is None:
        return pd.DataFrame()
    waits = until_first_action(timeline, moves) if actions_of(timeline) is not None else moves
    small = names_small_team(data, waits)
    rows = base[["incident_key", "source_key", "service_key", "priority_key"]]
    ended = np.where(small, np.datetime64("NaT", "us"), waits.ended_at)
    return (
        rows.iloc[waits.record]
        .reset_index(drop=True)
        .assign(
            sequence=_counted(waits.record),
            from_team_key=known.members.keys("team", pd.Series(waits.from_team).mask(small)),
            to_team_key=known.members.keys("team", pd.Series(waits.to_team).mask(small)),
            moved_at=whole_seconds(waits.at),
            ended_at=whole_seconds(ended),
            **known.calendar.keys("ended", ended),
            wait_h=hours_between(waits.at, ended),
            is_suppressed=small,
        )
    )
