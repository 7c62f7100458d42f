"""The history of records, found and put in order once, for all figures that follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from itsm.states import HistoryField, RecordKind
from reports.measures.columns import Coded, Columns
from reports.measures.data import Flags, MeasureData, Positions, Times, times

FOLLOWED = (HistoryField.STATE, HistoryField.TEAM, HistoryField.ASSIGNEE)
"""The fields whose changes figures follow."""


_SECOND = 10**6
ROW = "_row"
"""Column of prepared incidents and requests: where each stands among all of its kind."""


def link_column(kind: RecordKind, column: str) -> str:
    """The column of prepared rows that says which record of a kind another column names."""
    return f"_{column}_in_{kind.value}"


class RecordIndex:
    """Where records stand in a frame, by source and number."""

    def __init__(self, frame: pd.DataFrame, kind: RecordKind) -> None:
        self._frame = frame
        self._kind = kind

    @cached_property
    def _places(self) -> dict[str, tuple[Positions, "pd.Index[str]"]]:
        places = {}
        for name in self._frame["source"].unique():
            rows = np.flatnonzero((self._frame["source"] == name).to_numpy())
            places[str(name)] = (rows, pd.Index(self._frame["number"].iloc[rows]))
        return places

    @cached_property
    def _by_row(self) -> Positions:
        """Where the prepared record of each row stands in the frame; -1 where it is not in it."""
        row = self._frame[ROW].to_numpy(dtype=np.intp)
        places = np.full(int(row.max(initial=-1)) + 2, -1, dtype=np.intp)
        places[row] = np.arange(len(row))
        return places

    def of(self, rows: pd.DataFrame, column: str) -> Positions:
        """Row positions of the records that a column of these rows names; -1 where it names none.

        Args:
            rows: with the columns `source` and `column`.
            column: such as "record" or "incident".
        """
        name = link_column(self._kind, column)
        if name not in rows or ROW not in self._frame:
            return self.positions(rows["source"], rows[column])
        linked = rows[name].to_numpy(dtype=np.intp)
        return self._by_row[np.where(linked < len(self._by_row) - 1, linked, -1)]

    def positions(self, source: "pd.Series[str]", number: "pd.Series[str]") -> Positions:
        """Row positions of the records that (source, number) name; -1 when there is none."""
        found = np.full(len(number), -1, dtype=np.intp)
        for name, (rows, index) in self._places.items():
            wanted = np.flatnonzero((source == name).to_numpy())
            hits = index.get_indexer(pd.Index(number.iloc[wanted]))
            found[wanted] = np.where(hits >= 0, rows[hits], -1)
        return found

    def of_records(self, known: Flags) -> "RecordIndex":
        """Where some of the records stand among these."""
        return _PartIndex(self, known)


class _PartIndex(RecordIndex):
    """Where some records of an index stand."""

    def __init__(self, whole: RecordIndex, known: Flags) -> None:
        self._whole = whole
        self._place = np.append(np.where(known, np.cumsum(known) - 1, -1), -1)

    def of(self, rows: pd.DataFrame, column: str) -> Positions:
        return self._place[self._whole.of(rows, column)]

    def positions(self, source: "pd.Series[str]", number: "pd.Series[str]") -> Positions:
        return self._place[self._whole.positions(source, number)]


@dataclass(frozen=True, slots=True)
class Trail:
    """Changes of one field of known records, in the order record, time and sequence.

    `rows` are all changes of the field in that order, and `place` where those of this trail stand
    in them.
    """

    rows: Columns
    place: Positions
    record: Positions
    at: Times

    def __len__(self) -> int:
        return len(self.record)

    def only(self, kept: Flags) -> "Trail":
        """The changes that a mask keeps."""
        if kept.all():
            return self
        return replace(self, place=self.place[kept], record=self.record[kept], at=self.at[kept])

    def until(self, cutoff: np.datetime64) -> "Trail":
        """The changes known at a cut-off."""
        return self.only(self.at <= cutoff)

    def of_records(self, known: Flags) -> "Trail":
        """The changes of some records, numbered among these."""
        kept = self.only(known[self.record])
        return replace(kept, record=(np.cumsum(known) - 1)[kept.record])

    def coded(self, name: str) -> Coded:
        """A text column of the changes."""
        column = self.rows.coded(name)
        return column if len(self) == len(column.codes) else column.only(self.place)

    def flags(self, name: str) -> Flags:
        """A flag column of the changes."""
        marked = self.rows.flags(name)
        return marked if len(self) == len(marked) else marked[self.place]


_READ = ["old", "new", "actor", "is_integration"]


def trails_of(
    data: MeasureData, index: RecordIndex, kind: RecordKind
) -> Mapping[HistoryField, Trail]:
    """The trail of every followed field that has a change."""
    history = data.frame(RecordKind.HISTORY)
    if history is None:
        return {}
    about = (history["record_kind"] == kind.value).to_numpy()
    trails = {}
    for field in FOLLOWED:
        rows = history[about & (history["field"] == field.value).to_numpy()]
        trail = _trail(rows, index.of(rows, "record"))
        if len(trail):
            trails[field] = trail
    return trails


def _trail(rows: pd.DataFrame, record: Positions) -> Trail:
    at = times(rows, "at")
    order = np.lexsort((rows["sequence"].to_numpy(dtype=np.int64), at, record))
    order = order[np.searchsorted(record[order], 0) :]
    told = Columns(rows[_READ].iloc[order].reset_index(drop=True))
    return Trail(told, np.arange(len(order)), record[order], at[order])


def joined(
    record: Positions, at: Times, other_record: Positions, other_at: Times
) -> tuple[Positions, Positions]:
    """Two lists of (record, time) as whole numbers that compare as the pairs do.

    Args:
        record: shape (n,).
        at: shape (n,).
        other_record: shape (m,).
        other_at: shape (m,).

    Returns:
        Shape (n,) and (m,): equal where record and time are equal, else in their order.
    """
    instants = np.concatenate([at, other_at]).view(np.int64)
    quick = _in_seconds(instants, record, other_record)
    if quick is not None:
        return quick[: len(at)], quick[len(at) :]
    instants = np.sort(instants)
    wide = np.int64(len(instants) + 1)
    return (
        record * wide + np.searchsorted(instants, at.view(np.int64)),
        other_record * wide + np.searchsorted(instants, other_at.view(np.int64)),
    )


def _in_seconds(
    instants: NDArray[np.int64], record: Positions, other_record: Positions
) -> NDArray[np.int64] | None:
    """Record and time as one number each, where times are whole seconds; else None."""
    seconds = instants // _SECOND
    if not len(instants) or (seconds * _SECOND != instants).any():
        return None
    first, last = int(seconds.min()), int(seconds.max())
    records = np.concatenate([record, other_record]).astype(np.int64)
    if (last - first + 1) * (int(np.abs(records).max()) + 1) >= 2**62:
        return None
    return records * (last - first + 1) + (seconds - first)
