"""Moves of records from team to team, and how many each resolution has behind it."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from itsm.states import HistoryField
from reports.measures.data import TIME_TYPE, Flags, Numbers, Positions, Texts, Times
from reports.measures.timeline import EventKind, Events, Timeline, Whole
from reports.measures.trail import Trail, joined


@dataclass(frozen=True, slots=True)
class Handoffs:
    """Moves of a record from one team to another; `ended_at` is NaT while the wait goes on.

    The teams are codes of `words`. `told` are all records whose history tells of a team, those
    that never moved included.
    """

    record: Positions
    from_code: Positions
    to_code: Positions
    at: Times
    ended_at: Times
    told: Positions
    words: Texts

    @property
    def from_team(self) -> Texts:
        """The team each record left."""
        return self.words[self.from_code]

    @property
    def to_team(self) -> Texts:
        """The team each record came to."""
        return self.words[self.to_code]

    def only(self, kept: Flags) -> "Handoffs":
        """The hand-offs that a mask keeps."""
        columns = {name: getattr(self, name)[kept] for name in _OF_MOVES}
        return replace(self, **columns)


_OF_MOVES = ("record", "from_code", "to_code", "at", "ended_at")


@dataclass(frozen=True, slots=True)
class _Moves:
    """All moves, with the time from which each record's history tells of a team."""

    moves: Handoffs
    told_at: Times


_NO_ROWS = np.zeros(0, dtype=np.intp)
_NO_TIMES = np.zeros(0, dtype=TIME_TYPE)
_NONE = Handoffs(
    _NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_TIMES, _NO_TIMES, _NO_ROWS, np.zeros(0, dtype=object)
)


def team_moves(timeline: Timeline) -> Handoffs | None:
    """Moves from one team to another in the order (record, time); None without team history.

    A first assignment is no move; a time without any team between two teams is none either.
    `ended_at` is when the record moved on. Only what was known at the timeline's cut-off is told.

    Args:
        timeline: of incidents.
    """
    return timeline.once("team moves", lambda: _known_moves(timeline))


def _known_moves(timeline: Timeline) -> Handoffs | None:
    found = _all_moves(timeline.whole)
    if found is None or HistoryField.TEAM not in timeline.trails:
        return None
    every, cutoff, place = found.moves, timeline.cutoff, timeline.place
    told = every.told[found.told_at <= cutoff]
    if place is not None:
        told = place[told][place[told] >= 0]
    moves = every.only(known_moves(timeline))
    later = moves.ended_at > cutoff
    return replace(
        moves,
        record=moves.record if place is None else place[moves.record],
        ended_at=np.where(later, np.datetime64("NaT", "us"), moves.ended_at),
        told=told,
    )


def known_moves(timeline: Timeline) -> Flags:
    """Which moves of the whole were known at the timeline's cut-off."""
    every = all_moves(timeline.whole)
    kept = np.asarray(every.at <= timeline.cutoff)
    return kept if timeline.place is None else kept & (timeline.place[every.record] >= 0)


def all_moves(whole: Whole) -> Handoffs:
    """All moves of all records, whenever they were; none where no team history is."""
    found = _all_moves(whole)
    return _NONE if found is None else found.moves


def _all_moves(whole: Whole) -> _Moves | None:
    return whole.columns.once("team moves", lambda: _moves_of(whole.trails.get(HistoryField.TEAM)))


def _moves_of(trail: Trail | None) -> _Moves | None:
    if trail is None:
        return None
    trail = trail.only(trail.coded("new").codes >= 0)
    from_team, to_team, words = _coded(trail)
    again = trail.record[1:] == trail.record[:-1]
    from_team[1:][again] = to_team[:-1][again]
    moved = (from_team >= 0) & (from_team != to_team)
    record, at = trail.record[moved], trail.at[moved]
    moved_on = np.full(len(at), np.datetime64("NaT", "us"), dtype=at.dtype)
    next_one = record[1:] == record[:-1]
    moved_on[:-1][next_one] = at[1:][next_one]
    is_first = np.append(True, ~again)[: len(trail)]
    told, told_at = trail.record[is_first], trail.at[is_first]
    moves = Handoffs(record, from_team[moved], to_team[moved], at, moved_on, told, words)
    return _Moves(moves, told_at)


def _coded(trail: Trail) -> tuple[Positions, Positions, Texts]:
    """The teams before and after each change as codes of one list of names; -1 for none."""
    old, new = trail.coded("old"), trail.coded("new")
    codes, words = pd.factorize(np.concatenate([old.words, new.words]))
    before = np.append(codes[: len(old.words)], -1)[old.codes]
    after = np.append(codes[len(old.words) :], -1)[new.codes]
    return before, after, np.asarray(words, dtype=object)


def hops_of(timeline: Timeline) -> Numbers:
    """Hops up to each resolution; NaN where neither counter nor history tells.

    The source's counter is today's: what history dates after the resolution is taken off it.
    """
    return all_hops(timeline.whole)[timeline.known_resolutions]


def all_hops(whole: Whole) -> Numbers:
    """Hops up to each resolution of the whole."""
    return whole.columns.once("hops", lambda: _all_hops(whole))


def _all_hops(whole: Whole) -> Numbers:
    resolutions = whole.story.events.of(EventKind.RESOLVED)
    counted = whole.columns.numbers("reassignment_count")[resolutions.record]
    found = _all_moves(whole)
    if found is None:
        return counted
    moves = found.moves
    n_all = np.bincount(moves.record, minlength=len(whole.opened_at))
    n_before = _moves_up_to(moves, resolutions)
    n_after = n_all[resolutions.record] - n_before
    is_told = np.zeros(len(whole.opened_at), dtype=bool)
    is_told[moves.told] = True
    from_history = np.where(is_told[resolutions.record], n_before, np.nan)
    return np.where(np.isnan(counted), from_history, np.maximum(counted - n_after, 0.0))


def _moves_up_to(moves: Handoffs, events: Events) -> Numbers:
    """How many moves of its record each event has behind it or beside it."""
    keys, asked = joined(moves.record, moves.at, events.record, events.at)
    start = np.searchsorted(moves.record, events.record, "left")
    return (np.searchsorted(keys, asked, "right") - start).astype(np.float64)
