"""Who had a record when: windows of time cut into pieces by state and by team."""

from dataclasses import dataclass, fields

import numpy as np

from itsm.states import HistoryField
from reports.measures.data import TIME_TYPE, Flags, Numbers, Positions, Texts, Times, hours_between
from reports.measures.timeline import Timeline
from reports.measures.trail import Trail

NO_TEAM = "no team yet"


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of windows, in the order (window, time), that do not overlap and leave no gap.

    `state` is the state's meaning, "new" before the first change; `team` is "no team yet" before
    the first one.
    """

    window: Positions
    start: Times
    end: Times
    state: Texts
    team: Texts

    @property
    def hours(self) -> Numbers:
        """How long each piece lasts."""
        return hours_between(self.start, self.end)

    def only(self, kept: Flags) -> "Pieces":
        """The pieces that a mask keeps."""
        return Pieces(*(getattr(self, column.name)[kept] for column in fields(self)))


def pieces_of(timeline: Timeline, record: Positions, start: Times, end: Times) -> Pieces:
    """Windows of records cut wherever the record's state or team changed.

    Args:
        timeline: of the records.
        record: shape (n,), the record of each window.
        start: shape (n,).
        end: shape (n,); a window that does not end after it starts has no pieces.
    """
    places = np.arange(len(record))
    marks = [(places, start, np.full(len(places), -1), np.full(len(places), -1))]
    words: dict[HistoryField, Texts] = {}
    for field in (HistoryField.STATE, HistoryField.TEAM):
        window, at, code, words[field] = _changes(timeline.trails.get(field), record)
        none = np.full(len(window), -1)
        is_state = field is HistoryField.STATE
        marks.append((window, at, code if is_state else none, none if is_state else code))
    window, at, state, team = (np.concatenate(column) for column in zip(*marks, strict=True))
    order = np.lexsort((at, window))
    window, at, state, team = window[order], at[order], state[order], team[order]
    until = np.empty(len(at), dtype=TIME_TYPE)
    until[:-1] = np.where(window[1:] == window[:-1], at[1:], end[window[:-1]])
    until[-1:] = end[window[-1:]]
    begin = np.maximum(at, start[window])
    until = np.minimum(np.maximum(until, begin), end[window])
    everything = Pieces(
        window,
        begin,
        until,
        _filled(state, window, words[HistoryField.STATE], "new"),
        _filled(team, window, words[HistoryField.TEAM], NO_TEAM),
    )
    return everything.only(everything.end > everything.start)


def _changes(trail: Trail | None, record: Positions) -> tuple[Positions, Times, Positions, Texts]:
    """For each window the changes of its record: window, time, code of the new value; the words."""
    if trail is None or not len(record):
        none = np.zeros(0, dtype=np.intp)
        return none, np.zeros(0, dtype=TIME_TYPE), none, np.zeros(0, dtype=object)
    first = np.searchsorted(trail.record, record, "left")
    n = np.searchsorted(trail.record, record, "right") - first
    window = np.repeat(np.arange(len(record)), n)
    within = np.arange(len(window)) - np.repeat(np.cumsum(n) - n, n)
    place = np.repeat(first, n) + within
    new = trail.coded("new").only(place)
    known = new.codes >= 0
    return (
        window[known],
        trail.at[place][known],
        new.codes[known],
        new.words,
    )


def _filled(code: Positions, window: Positions, words: Texts, before: str) -> Texts:
    """The newest word of each window up to each mark; `before` where there is none yet."""
    place = np.where(code >= 0, np.arange(len(code)), -1)
    newest = np.maximum.accumulate(place) if len(place) else place
    is_own = (newest >= 0) & (window[np.maximum(newest, 0)] == window)
    filled = np.full(len(code), before, dtype=object)
    filled[is_own] = words[code[newest[is_own]]]
    return filled
