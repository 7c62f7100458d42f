"""The events of incidents and requests: opened, resolved, reopened, canceled.

Where a record's history tells how it reached "resolved" or "closed", history dates its events, and
a later edit of the record moves none of them. Where it does not, the record's own times date its
last resolution, and reopenings before that are not known. Every figure of handling is computed from
these events, so backlog(W) = backlog(W-1) + opened + reopened - resolved - canceled holds exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from itsm.states import OPEN_INCIDENT_STATES, HistoryField, IncidentState, RecordKind
from reports.measures.data import (
    TIME_TYPE,
    Flags,
    MeasureData,
    Positions,
    Texts,
    Times,
    flags,
    texts,
    times,
)
from reports.measures.trail import ROW, RecordIndex, Trail, trails_of
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

    def next_at(self, kind: EventKind) -> Times:
        """When each event's record next had an event, if that is of `kind`; NaT else."""
        following = np.full(len(self), _NEVER, dtype=TIME_TYPE)
        is_next = (self.record[1:] == self.record[:-1]) & (self.kind[1:] == kind)
        following[:-1][is_next] = self.at[1:][is_next]
        return following


@dataclass(frozen=True)
class Timeline:
    """Records of one kind and their events as known at a cut-off.

    `records` holds the counted ones, in the order (source, number); `left_out` the opening times of
    test and duplicate records by reason; `is_exact` tells for each record whether history dates its
    events; `has_history` whether any state history is there; `trails` are all changes known
    now, those after the cut-off included; `memo` keeps what several families need.
    """

    kind: RecordKind
    records: pd.DataFrame
    number: Texts
    opened_at: Times
    events: Events
    is_exact: Flags
    has_history: bool
    trails: Mapping[HistoryField, Trail]
    index: RecordIndex
    left_out: Mapping[str, Times]
    memo: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    def canceled_in_week_of_opening(self, grid: WeekGrid) -> Flags:
        """Records opened and canceled within one week: they count apart from both."""
        week = grid.index_of(self.events.at)
        opened_week = grid.index_of(self.opened_at)[self.events.record]
        within = (week >= 0) & (week == opened_week)
        final = np.full(len(self.records), -1, dtype=np.int8)
        final[self.events.record[within]] = self.events.kind[within]
        return np.asarray(final == EventKind.CANCELED)


def timeline_of(data: MeasureData, kind: RecordKind, cutoff: np.datetime64) -> Timeline | None:
    """The timeline of incidents or requests; None when no source provides them."""
    frame = data.frame(kind)
    if frame is None:
        return None
    frame = _ordered_by_number(frame)
    opened = times(frame, "opened_at")
    known = opened <= cutoff
    left_out = {name: mask & known for name, mask in _left_out(frame).items()}
    counted = known & ~np.logical_or.reduce(list(left_out.values()))
    records = frame[counted].reset_index(drop=True)
    opened_at = opened[counted]
    index = RecordIndex(records, kind)
    trails = trails_of(data, index, kind)
    changes = _state_changes(trails.get(HistoryField.STATE), opened_at)
    from_fields, is_dated_by_fields = _end_from_fields(records, opened_at, changes)
    everything = _ordered(_openings(opened_at), changes, from_fields)
    return Timeline(
        kind=kind,
        records=records,
        number=texts(records, "number"),
        opened_at=opened_at,
        events=everything.where(everything.at <= cutoff),
        is_exact=~is_dated_by_fields,
        has_history=len(changes) > 0,
        trails=trails,
        index=index,
        left_out={name: opened[mask] for name, mask in left_out.items()},
    )


def _ordered_by_number(frame: pd.DataFrame) -> pd.DataFrame:
    """Records by source and number; prepared ones are in this order."""
    if ROW not in frame:
        return frame.sort_values(["source", "number"], kind="stable", ignore_index=True)
    if frame[ROW].is_monotonic_increasing:
        return frame
    return frame.sort_values(ROW, ignore_index=True)


def _left_out(frame: pd.DataFrame) -> dict[str, Flags]:
    test = flags(frame, "is_test")
    if "duplicate_of" not in frame:
        return {"test record": test}
    duplicate = frame["duplicate_of"].notna().to_numpy() & ~test
    return {"test record": test, "duplicate of another record": duplicate}


def _openings(opened_at: Times) -> Events:
    n = len(opened_at)
    return Events(np.arange(n), opened_at, np.full(n, EventKind.OPENED, dtype=np.int8))


def _state_changes(trail: Trail | None, opened_at: Times) -> Events:
    """Resolutions, reopenings and cancellations told by state history, in order.

    A state nobody has mapped neither ends a record nor opens it again.
    """
    if trail is None:
        return _no_events()
    told = _status_of(trail.rows["new"])[trail.order]
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


def _status_of(states: "pd.Series[str]") -> npt.NDArray[np.int8]:
    """Open, done or canceled by the state's meaning; -1 where it has none."""
    codes, words = pd.factorize(states)
    meanings = np.array([*(_STATUS.get(str(word), -1) for word in words), -1], dtype=np.int8)
    return np.asarray(meanings[codes])


def _end_from_fields(
    records: pd.DataFrame, opened_at: Times, changes: Events
) -> tuple[Events, Flags]:
    """The last end of records whose history does not tell it, from their own times.

    A time before the last reopening that history tells of is a remainder of an earlier end.
    """
    n = len(records)
    is_open = np.ones(n, dtype=bool)
    last_at = opened_at.copy()
    is_open[changes.record] = changes.kind == EventKind.REOPENED
    last_at[changes.record] = changes.at
    state = _status_of(records["state"])
    resolved, closed = times(records, "resolved_at"), times(records, "closed_at")
    end = np.where(np.isnat(resolved), closed, resolved)
    updated = times(records, "updated_at")
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
    order = np.lexsort((np.arange(len(record)), at, record))
    return Events(record[order], at[order], kind[order])


def _no_events() -> Events:
    return Events(
        np.zeros(0, dtype=np.intp), np.zeros(0, dtype=TIME_TYPE), np.zeros(0, dtype=np.int8)
    )
