"""Moves of records from team to team, and how many each resolution has behind it."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from itsm.states import HistoryField
from reports.measures.data import Flags, Numbers, Positions, Texts, Times
from reports.measures.timeline import Events, Timeline
from reports.measures.trail import Trail, joined


@dataclass(frozen=True, slots=True)
class Handoffs:
    """Moves of a record from one team to another; `ended_at` is NaT while the wait goes on.

    `told` are all records whose history tells of a team, those that never moved included.
    """

    record: Positions
    from_team: Texts
    to_team: Texts
    at: Times
    ended_at: Times
    told: Positions

    def only(self, kept: Flags) -> "Handoffs":
        """The hand-offs that a mask keeps."""
        columns = {one.name: getattr(self, one.name)[kept] for one in fields(self)[:-1]}
        return replace(self, **columns)


def team_moves(timeline: Timeline, cutoff: np.datetime64 | None = None) -> Handoffs | None:
    """Moves from one team to another in the order (record, time); None without team history.

    A first assignment is no move; a time without any team between two teams is none either.
    `ended_at` is when the record moved on.

    Args:
        timeline: of incidents.
        cutoff: only what was known then; None for all that is known now.
    """
    return timeline.once(("team moves", cutoff), lambda: _known_moves(timeline, cutoff))


def _known_moves(timeline: Timeline, cutoff: np.datetime64 | None) -> Handoffs | None:
    trail = timeline.trails.get(HistoryField.TEAM)
    if trail is None:
        return None
    return _team_moves(trail if cutoff is None else trail.until(cutoff))


def _team_moves(trail: Trail) -> Handoffs:
    trail = trail.only(trail.coded("new").codes >= 0)
    from_team, to_team, words = _coded(trail)
    again = trail.record[1:] == trail.record[:-1]
    from_team[1:][again] = to_team[:-1][again]
    moved = (from_team >= 0) & (from_team != to_team)
    record, at = trail.record[moved], trail.at[moved]
    moved_on = np.full(len(at), np.datetime64("NaT", "us"), dtype=at.dtype)
    again = record[1:] == record[:-1]
    moved_on[:-1][again] = at[1:][again]
    told = np.unique(trail.record)
    return Handoffs(record, words[from_team[moved]], words[to_team[moved]], at, moved_on, told)


def _coded(trail: Trail) -> tuple[Positions, Positions, Texts]:
    """The teams before and after each change as codes of one list of names; -1 for none."""
    old, new = trail.coded("old"), trail.coded("new")
    codes, words = pd.factorize(np.concatenate([old.words, new.words]))
    before = np.append(codes[: len(old.words)], -1)[old.codes]
    after = np.append(codes[len(old.words) :], -1)[new.codes]
    return before, after, np.asarray(words, dtype=object)


def hops_at(timeline: Timeline, resolutions: Events) -> Numbers:
    """Hops up to each resolution; NaN where neither counter nor history tells.

    The source's counter is today's: what history dates after the resolution is taken off it.
    """
    counter = timeline.records["reassignment_count"].astype("float64").to_numpy()
    counted = np.asarray(counter[resolutions.record], dtype=np.float64)
    moves = team_moves(timeline)
    if moves is None:
        return counted
    n_all = np.bincount(moves.record, minlength=len(timeline.records))
    n_before = _moves_up_to(moves, resolutions)
    n_after = n_all[resolutions.record] - n_before
    is_told = np.zeros(len(timeline.records), dtype=bool)
    is_told[moves.told] = True
    from_history = np.where(is_told[resolutions.record], n_before, np.nan)
    return np.where(np.isnan(counted), from_history, np.maximum(counted - n_after, 0.0))


def _moves_up_to(moves: Handoffs, events: Events) -> Numbers:
    """How many moves of its record each event has behind it or beside it."""
    keys, asked = joined(moves.record, moves.at, events.record, events.at)
    start = np.searchsorted(moves.record, events.record, "left")
    return (np.searchsorted(keys, asked, "right") - start).astype(np.float64)
