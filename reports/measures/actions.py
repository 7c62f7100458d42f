"""Actions by a person on a record: what ends a wait for a first answer or a hand-off."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from itsm.states import HistoryField, IncidentState, RecordKind
from reports.measures.data import (
    TIME_TYPE,
    Flags,
    MeasureData,
    Positions,
    Times,
    flags,
    positions,
    times,
)
from reports.measures.timeline import Timeline


class Actions:
    """Actions of people in the order (record, time).

    `is_assignment` marks assignments to a person: one made together with a hand-off is the
    receiving team's, while a comment or a state change made at that instant is still the sending
    team's.
    """

    def __init__(self, record: Positions, at: Times, is_assignment: Flags) -> None:
        order = np.lexsort((~is_assignment, at, record))
        self.record = record[order]
        self.at = at[order]
        self.is_assignment = is_assignment[order]


def actions_of(data: MeasureData, timeline: Timeline) -> Actions | None:
    """The actions of people on the timeline's records; None when no source tells of any."""
    parts = [
        part
        for part in (_from_history(data, timeline), _from_comments(data, timeline))
        if part is not None and len(part[0])
    ]
    if not parts:
        return None
    record, at, assignment = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Actions(record, at, assignment)


def first_actions(data: MeasureData, timeline: Timeline) -> Times | None:
    """When a person first acted on each record, not before its opening; NaT where nobody has."""
    actions = actions_of(data, timeline)
    if actions is None:
        return None
    first = np.full(len(timeline.records), np.datetime64("NaT", "us"), dtype=TIME_TYPE)
    first[actions.record[::-1]] = actions.at[::-1]
    return np.asarray(np.maximum(first, timeline.opened_at), dtype=TIME_TYPE)


_Part = tuple[Positions, Times, npt.NDArray[np.bool_]]


def _from_history(data: MeasureData, timeline: Timeline) -> _Part | None:
    history = data.frame(RecordKind.HISTORY)
    if history is None:
        return None
    about = (history["record_kind"] == timeline.kind.value).to_numpy()
    given = history["new"].notna().to_numpy() & ~flags(history, "is_integration")
    assigned = (history["field"] == HistoryField.ASSIGNEE.value).to_numpy()
    moved = (history["field"] == HistoryField.STATE.value).to_numpy()
    moved = moved & (history["new"] != IncidentState.NEW.value).to_numpy()
    rows = history[about & given & (assigned | moved)]
    record = positions(timeline.records, rows["source"], rows["record"])
    is_assignment = (rows["field"] == HistoryField.ASSIGNEE.value).to_numpy()
    kept = (record >= 0) & (is_assignment | ~_by_caller(timeline, record, rows["actor"]))
    return record[kept], times(rows, "at")[kept], is_assignment[kept]


def _from_comments(data: MeasureData, timeline: Timeline) -> _Part | None:
    comments = data.frame(RecordKind.COMMENT)
    if comments is None:
        return None
    rows = comments[(comments["record_kind"] == timeline.kind.value).to_numpy()]
    record = positions(timeline.records, rows["source"], rows["record"])
    kept = (record >= 0) & ~_by_caller(timeline, record, rows["author"])
    return record[kept], times(rows, "at")[kept], np.zeros(int(kept.sum()), dtype=bool)


def _by_caller(
    timeline: Timeline, record: Positions, actor: "pd.Series[str]"
) -> npt.NDArray[np.bool_]:
    found = np.flatnonzero(record >= 0)
    caller = timeline.records["caller"].iloc[record[found]].reset_index(drop=True)
    same = (actor.iloc[found].reset_index(drop=True) == caller) & caller.notna()
    by_caller = np.zeros(len(record), dtype=bool)
    by_caller[found] = same.to_numpy()
    return by_caller
