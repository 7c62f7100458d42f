"""Actions by a person on a record: what ends a wait for a first answer or a hand-off."""

import numpy as np
import pandas as pd

from itsm.states import HistoryField, IncidentState, RecordKind
from reports.measures.columns import Coded, coded
from reports.measures.data import TIME_TYPE, Flags, MeasureData, Positions, Times, times
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


def actions_of(data: MeasureData, timeline: Timeline, cutoff: np.datetime64) -> Actions | None:
    """The actions of people on the timeline's records by a cut-off; None where none are told."""
    parts = [
        part
        for part in (
            _assignments(timeline, cutoff),
            _moves(timeline, cutoff),
            _comments(data, timeline),
        )
        if part is not None and len(part[0])
    ]
    if not parts:
        return None
    record, at, assignment = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Actions(record, at, assignment)


def first_actions(actions: Actions, timeline: Timeline) -> Times:
    """When a person first acted on each record, not before its opening; NaT where nobody has."""
    first = np.full(len(timeline.records), np.datetime64("NaT", "us"), dtype=TIME_TYPE)
    first[actions.record[::-1]] = actions.at[::-1]
    return np.asarray(np.maximum(first, timeline.opened_at), dtype=TIME_TYPE)


_Part = tuple[Positions, Times, Flags]


def _assignments(timeline: Timeline, cutoff: np.datetime64) -> _Part | None:
    """Assignments to a person, not made by an integration."""
    trail = timeline.trails.get(HistoryField.ASSIGNEE)
    if trail is None:
        return None
    is_given = (trail.coded("new").codes >= 0) & ~trail.flags("is_integration")
    kept = trail.only(is_given).until(cutoff)
    return kept.record, kept.at, np.ones(len(kept.record), dtype=bool)


def _moves(timeline: Timeline, cutoff: np.datetime64) -> _Part | None:
    """State changes by someone who is neither the caller nor an integration."""
    trail = timeline.trails.get(HistoryField.STATE)
    if trail is None:
        return None
    is_move = trail.coded("new").marks(lambda state: state != IncidentState.NEW.value)
    kept = trail.only(is_move & ~trail.flags("is_integration")).until(cutoff)
    kept = kept.only(~_by_caller(timeline, kept.record, kept.coded("actor")))
    return kept.record, kept.at, np.zeros(len(kept.record), dtype=bool)


def _comments(data: MeasureData, timeline: Timeline) -> _Part | None:
    comments = data.frame(RecordKind.COMMENT)
    if comments is None:
        return None
    rows = comments[(comments["record_kind"] == timeline.kind.value).to_numpy()]
    record = timeline.index.of(rows, "record")
    kept = (record >= 0) & ~_by_caller(timeline, record, coded(rows["author"]))
    return record[kept], times(rows, "at")[kept], np.zeros(int(kept.sum()), dtype=bool)


def _by_caller(timeline: Timeline, record: Positions, actor: Coded) -> Flags:
    """Whether the caller of each row's record is the one who acted."""
    callers = timeline.columns.coded("caller")
    as_actor = np.append(pd.Index(actor.words).get_indexer(pd.Index(callers.words)), -1)[
        callers.codes
    ]
    as_actor = np.append(as_actor, -1)
    return np.asarray((actor.codes >= 0) & (actor.codes == as_actor[record]))
