"""Clocks of agreements as known at a cut-off: SLA clocks, OLA and contract clocks."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from itsm.states import ClockType, RecordKind
from reports.measures.backlog import open_at
from reports.measures.columns import Coded, Columns, as_coded
from reports.measures.data import Flags, Positions, Times, flags, times
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline
from reports.measures.trail import link_column


@dataclass(frozen=True, slots=True)
class Clocks:
    """Clocks of one type of agreement.

    `is_known` where a met or breached end can be told, `is_computed` where that is from due and end
    times, `is_late_running` where a clock still ran at the end of the week and was breached, and
    `tells_when` where the time of a breach is known, and
    `is_unended` where the record was resolved in the week while its clock has no end.
    """

    number: Coded
    target: Coded
    priority: Coded
    ended_at: Times
    is_breached: Flags
    is_known: Flags
    is_computed: Flags
    is_late_running: Flags
    tells_when: Flags
    is_unended: Flags

    def only(self, kept: Flags) -> "Clocks":
        """The clocks that a mask keeps."""
        rows = np.flatnonzero(kept)
        return Clocks(*(getattr(self, column.name)[rows] for column in fields(self)))


def clocks_of(
    scope: Scope, kind: ClockType, record_kind: RecordKind | None, timeline: Timeline | None
) -> Clocks | None:
    """The clocks of one type as known at the cut-off; None when no source has any.

    Args:
        scope: the week.
        kind: SLA, OLA or contract.
        record_kind: only clocks of this kind of record; None for all.
        timeline: records whose priority is told, and whose test and duplicate records are left out.
    """
    frame = scope.frame(RecordKind.SLA_CLOCK)
    if frame is None:
        return None
    chosen = (frame["type"] == kind.value).to_numpy() & ~flags(frame, "is_canceled")
    if record_kind is not None:
        chosen &= (frame["record_kind"] == record_kind.value).to_numpy()
    recent = chosen & ~(times(frame, "ended_at") < scope.grid.edges[0])
    link = [] if timeline is None else [link_column(timeline.kind, "record")]
    read = [name for name in (*_READ, *link) if name in frame]
    rows = frame[read].iloc[np.flatnonzero(recent if recent.any() else chosen)]
    rows, record = _counted(rows, timeline)
    if rows.empty:
        return None
    return told_clocks(scope, rows, timeline, record)


_READ = (
    *("source", "record_kind", "record", "target"),
    *("started_at", "due_at", "ended_at", "breached_at", "is_breached"),
)


def _counted(rows: pd.DataFrame, timeline: Timeline | None) -> tuple[pd.DataFrame, Positions]:
    """Clocks without those of records that are left out, with their records' positions."""
    if timeline is None:
        return rows, np.full(len(rows), -1, dtype=np.intp)
    record = timeline.index.of(rows, "record")
    kept = (record >= 0) | (rows["record_kind"] != timeline.kind.value).to_numpy()
    return (rows, record) if kept.all() else (rows[kept], record[kept])


def _priority(timeline: Timeline | None, record: Positions) -> Coded:
    """The priority of each clock's record."""
    if timeline is None or not len(timeline.opened_at):
        return Coded(np.zeros(len(record), dtype=np.intp), np.array(["not given"], dtype=object))
    known = timeline.columns.once("priority words", lambda: _words(timeline.columns))
    codes = np.where(record >= 0, known.codes[record], len(known.words) - 1)
    return Coded(codes, known.words)


def _words(records: Columns) -> Coded:
    """Priorities as words; the last one stands for none."""
    codes, levels = pd.factorize(records.column("priority"))
    words = np.array([*(str(level) for level in levels), "not given"], dtype=object)
    return Coded(np.where(codes < 0, len(levels), codes), words)


def told_clocks(
    scope: Scope, rows: pd.DataFrame, timeline: Timeline | None, record: Positions
) -> Clocks:
    """The clocks of rows, with what is told of the record of each.

    Args:
        scope: the week.
        rows: with the columns of clocks.
        timeline: of their records.
        record: shape (n,), the record of each; -1 where it is not one of these.
    """
    due, breached_at, ended = (times(rows, name) for name in ("due_at", "breached_at", "ended_at"))
    is_breached, marked = breached(rows)
    is_open, resolved_now = _record_state(scope, timeline, record)
    passed_at = np.where(np.isnat(breached_at), due, breached_at)
    is_undated = np.isnat(passed_at) & np.isnat(ended)
    has_passed = np.where(is_undated, is_breached, passed_at < scope.week_end)
    is_unended = np.isnat(ended)
    has_started = times(rows, "started_at") < scope.week_end
    is_running = (is_unended & is_open) | (ended >= scope.week_end)
    return Clocks(
        number=as_coded(rows["record"]),
        target=as_coded(rows["target"]),
        priority=_priority(timeline, record),
        ended_at=ended,
        is_breached=is_breached,
        is_known=marked | ~np.isnat(due),
        is_computed=~marked,
        is_late_running=is_running & has_started & has_passed,
        tells_when=~np.isnat(passed_at),
        is_unended=is_unended & resolved_now,
    )


def breached(rows: pd.DataFrame) -> tuple[Flags, Flags]:
    """Which clocks were breached, and of which their source says so: else due and end tell."""
    due, ended = times(rows, "due_at"), times(rows, "ended_at")
    marked = rows["is_breached"].notna().to_numpy()
    late = np.where(np.isnat(ended), True, ended > due) & ~np.isnat(due)
    told = rows["is_breached"].fillna(False).to_numpy(dtype=bool)
    return np.where(marked, told, late), marked


def _record_state(
    scope: Scope, timeline: Timeline | None, record: Positions
) -> tuple[Flags, Flags]:
    """Whether each clock's record is open at the end of the week, and was resolved in it."""
    is_open, resolved = np.ones(len(record), dtype=bool), np.zeros(len(record), dtype=bool)
    if timeline is None:
        return is_open, resolved
    found = record >= 0
    open_records = open_at(timeline, scope.week_end)
    is_open[found] = open_records[record[found]]
    ends = timeline.events.of(EventKind.RESOLVED)
    in_week = np.zeros(len(timeline.opened_at), dtype=bool)
    in_week[ends.record[ends.week_in(scope.grid) == scope.grid.last]] = True
    resolved[found] = (in_week & ~open_records)[record[found]]
    return is_open, resolved
