"""Actions by a person on a record: what ends a wait for a first answer or a hand-off."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.states import HistoryField, IncidentState
from reports.measures.columns import Coded, coded
from reports.measures.data import TIME_TYPE, Flags, Positions, Times, times
from reports.measures.timeline import Timeline, Whole


@dataclass(frozen=True, slots=True)
class Actions:
    """Actions of people in the order (record, time).

    `is_assignment` marks assignments to a person: one made together with a hand-off is the
    receiving team's, while a comment or a state change made at that instant is still the sending
    team's.
    """

    record: Positions
    at: Times
    is_assignment: Flags


def actions_of(timeline: Timeline) -> Actions | None:
    """The actions of people on the timeline's records by its cut-off; None where none are told."""
    return timeline.once("actions", lambda: _known_actions(timeline))


def _known_actions(timeline: Timeline) -> Actions | None:
    found = all_actions(timeline.whole)
    kept = found.at <= timeline.cutoff
    record = found.record
    if timeline.place is not None:
        record = timeline.place[record]
        kept &= record >= 0
    if not kept.any():
        return None
    return Actions(record[kept], found.at[kept], found.is_assignment[kept])


def all_actions(whole: Whole) -> Actions:
    """The actions of people on all records, whenever they were."""
    return whole.columns.once("actions", lambda: _all_actions(whole))


def _all_actions(whole: Whole) -> Actions:
    parts = [_assignments(whole), _moves(whole), _comments(whole)]
    record, at, is_assignment = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((~is_assignment, at, record))
    return Actions(record[order], at[order], is_assignment[order])


def first_actions(actions: Actions, timeline: Timeline) -> Times:
    """When a person first acted on each record, not before its opening; NaT where nobody has."""
    return timeline.once("first actions", lambda: _first_actions(actions, timeline))


def _first_actions(actions: Actions, timeline: Timeline) -> Times:
    first = np.full(len(timeline.opened_at), np.datetime64("NaT", "us"), dtype=TIME_TYPE)
    first[actions.record[::-1]] = actions.at[::-1]
    return np.asarray(np.maximum(first, timeline.opened_at), dtype=TIME_TYPE)


_Part = tuple[Positions, Times, Flags]


def _assignments(whole: Whole) -> _Part:
    """Assignments to a person, not made by an integration."""
    trail = whole.trails.get(HistoryField.ASSIGNEE)
    if trail is None:
        return _nothing()
    kept = trail.only((trail.coded("new").codes >= 0) & ~trail.flags("is_integration"))
    return kept.record, kept.at, np.ones(len(kept), dtype=bool)


def _moves(whole: Whole) -> _Part:
    """State changes by someone who is neither the caller nor an integration."""
    trail = whole.trails.get(HistoryField.STATE)
    if trail is None:
        return _nothing()
    is_move = trail.coded("new").marks(lambda state: state != IncidentState.NEW.value)
    kept = trail.only(is_move & ~trail.flags("is_integration"))
    kept = kept.only(~_by_caller(whole, kept.record, kept.coded("actor")))
    return kept.record, kept.at, np.zeros(len(kept), dtype=bool)


def _comments(whole: Whole) -> _Part:
    comments = whole.comments
    if comments is None or comments.empty:
        return _nothing()
    rows = comments[(comments["record_kind"] == whole.kind.value).to_numpy()]
    record = whole.index.of(rows, "record")
    kept = (record >= 0) & ~_by_caller(whole, record, coded(rows["author"]))
    return record[kept], times(rows, "at")[kept], np.zeros(int(kept.sum()), dtype=bool)


def _nothing() -> _Part:
    return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=TIME_TYPE), np.zeros(0, dtype=bool)


def _by_caller(whole: Whole, record: Positions, actor: Coded) -> Flags:
    """Whether the caller of each row's record is the one who acted."""
    callers = whole.columns.coded("caller")
    as_actor = np.append(pd.Index(actor.words).get_indexer(pd.Index(callers.words)), -1)[
        callers.codes
    ]
    as_actor = np.append(as_actor, -1)
    return np.asarray((actor.codes >= 0) & (actor.codes == as_actor[record]))
