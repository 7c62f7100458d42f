"""The events of records: opened, resolved, reopened, canceled, and how they are told.

Where a record's history tells how it reached "resolved" or "closed", history dates its events, and
a later edit of the record moves none of them. Where it does not, the record's own times date its
last resolution, and reopenings before that are not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from itsm.states import OPEN_INCIDENT_STATES, IncidentState
from reports.measures.columns import Coded, Columns
from reports.measures.data import TIME_TYPE, Flags, Positions, Times
from reports.measures.trail import Trail
from reports.measures.weeks import WeekGrid


class EventKind(IntEnum):
    """What happened to a record."""

    OPENED = 0
    RESOLVED = 1
    REOPENED = 2
    CANCELED = 3


_OPEN, _DONE, _CANCELED = 0, 1, 2
_STATUS: Mapping[str, int] = {
    **{state.value: _OPEN for state in OPEN_INCIDENT_STATES},
    IncidentState.RESOLVED.value: _DONE,
    IncidentState.CLOSED.value: _DONE,
    IncidentState.CANCELED.value: _CANCELED,
}
_NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Events:
    """Events in the order (record, time); `record` is a row position of the timeline's records."""

    record: Positions
    at: Times
    kind: npt.NDArray[np.int8]

    @cached_property
    def _by_kind(self) -> "dict[EventKind, Events]":
        return {}

    @cached_property
    def _weeks(self) -> "dict[WeekGrid, Positions]":
        return {}

    @cached_property
    def _inside(self) -> "dict[WeekGrid, Events]":
        return {}

    def __len__(self) -> int:
        return len(self.record)

    def where(self, kept: Flags) -> "Events":
        """The events that a mask keeps."""
        return Events(self.record[kept], self.at[kept], self.kind[kept])

    def of(self, kind: EventKind) -> "Events":
        """The events of one kind."""
        if kind not in self._by_kind:
            self._by_kind[kind] = self.where(self.kind == kind)
        return self._by_kind[kind]

    def week_in(self, grid: WeekGrid) -> Positions:
        """The week of each event; -1 outside the weeks."""
        if grid not in self._weeks:
            self._weeks[grid] = grid.index_of(self.at)
        return self._weeks[grid]

    def inside(self, grid: WeekGrid) -> "Events":
        """The events of some weeks."""
        if grid not in self._inside:
            self._inside[grid] = self.where(self.week_in(grid) >= 0)
        return self._inside[grid]

    def next_at(self, kind: EventKind) -> Times:
        """When each event's record next had an event, if that is of `kind`; NaT else."""
        following = np.full(len(self), _NEVER, dtype=TIME_TYPE)
        is_next = (self.record[1:] == self.record[:-1]) & (self.kind[1:] == kind)
        following[:-1][is_next] = self.at[1:][is_next]
        return following


@dataclass(frozen=True, slots=True)
class Story:
    """All events of records, and where they are told.

    `is_told` marks records whose state history tells of an event, `is_dated_by_fields` those whose
    own times date their last end.
    """

    events: Events
    is_told: Flags
    is_dated_by_fields: Flags


def story_of(records: Columns, opened_at: Times, trail: Trail | None) -> Story:
    """The events of records, whenever they were.

    Args:
        records: with state, resolved_at, closed_at and updated_at.
        opened_at: shape (n,).
        trail: their changes of state; None where there are none.
    """
    changes = _state_changes(trail, opened_at)
    from_fields, is_dated_by_fields = _end_from_fields(records, opened_at, changes)
    is_told = np.zeros(len(opened_at), dtype=bool)
    is_told[changes.record] = True
    events = _ordered(_openings(opened_at), changes, from_fields)
    return Story(events, is_told, is_dated_by_fields)


def _openings(opened_at: Times) -> Events:
    n = len(opened_at)
    return Events(np.arange(n), opened_at, np.full(n, EventKind.OPENED, dtype=np.int8))


def _state_changes(trail: Trail | None, opened_at: Times) -> Events:
    """Resolutions, reopenings and cancellations told by state history, in order.

    A state nobody has mapped neither ends a record nor opens it again.
    """
    if trail is None:
        return _no_events()
    told = _status_of(trail.coded("new"))
    known = told >= 0
    record, at, now = trail.record[known], trail.at[known], told[known]
    before = np.full(len(now), _OPEN, dtype=np.int8)
    same = record[1:] == record[:-1]
    before[1:][same] = now[:-1][same]
    happened = np.select(
        [
            (now == _OPEN) & (before != _OPEN),
            (now == _DONE) & (before == _OPEN),
            (now == _CANCELED) & (before == _OPEN),
        ],
        [EventKind.REOPENED, EventKind.RESOLVED, EventKind.CANCELED],
        default=-1,
    ).astype(np.int8)
    changed = happened >= 0
    return Events(record[changed], np.maximum(at, opened_at[record])[changed], happened[changed])


def _status_of(states: Coded) -> npt.NDArray[np.int8]:
    """Open, done or canceled by the state's meaning; -1 where it has none."""
    meanings = [*(_STATUS.get(str(word), -1) for word in states.words), -1]
    return np.asarray(np.array(meanings, dtype=np.int8)[states.codes])


def _end_from_fields(records: Columns, opened_at: Times, changes: Events) -> tuple[Events, Flags]:
    """The last end of records whose history does not tell it, from their own times.

    A time before the last reopening that history tells of is a remainder of an earlier end.
    """
    n = len(opened_at)
    is_open = np.ones(n, dtype=bool)
    last_at = opened_at.copy()
    is_open[changes.record] = changes.kind == EventKind.REOPENED
    last_at[changes.record] = changes.at
    state = _status_of(records.coded("state"))
    resolved, closed = records.times("resolved_at"), records.times("closed_at")
    end = np.where(np.isnat(resolved), closed, resolved)
    updated = records.times("updated_at")
    end = np.where(np.isnat(end) & (state > _OPEN), updated, end)
    was_reopened = np.zeros(n, dtype=bool)
    was_reopened[changes.record] = True
    is_valid = np.where(was_reopened, end > last_at, ~np.isnat(end))
    used = is_open & is_valid & (state != _OPEN)
    kind = np.where(state == _CANCELED, EventKind.CANCELED, EventKind.RESOLVED).astype(np.int8)
    at = np.maximum(end, opened_at)
    return Events(np.flatnonzero(used), at[used], kind[used]), used


def _ordered(*parts: Events) -> Events:
    record = np.concatenate([part.record for part in parts])
    at = np.concatenate([part.at for part in parts])
    kind = np.concatenate([part.kind for part in parts])
    order = np.lexsort((at, record))
    return Events(record[order], at[order], kind[order])


def _no_events() -> Events:
    return Events(
        np.zeros(0, dtype=np.intp), np.zeros(0, dtype=TIME_TYPE), np.zeros(0, dtype=np.int8)
    )
