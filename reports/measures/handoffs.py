"""Hops between teams, and how long work waits on the path from one team to another."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import HistoryField, RecordKind
from reports.measures.actions import Actions, actions_of
from reports.measures.build import Extras, Observed, average, middle, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import (
    Flags,
    MeasureData,
    Numbers,
    Positions,
    Texts,
    Times,
    hours_between,
    positions,
    texts,
    times,
)
from reports.measures.handling import open_at
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Events, Timeline

MANY_HOPS = 3
MIN_TEAM_SIZE = 5
"""Paths to or from smaller teams are not told, so that no person is measured."""
MAX_PATHS = 20

HOPS = Contract(
    figure_id="reassignment_mean",
    title="Reassignments per incident",
    family="flow between teams",
    formula=(
        "mean hops between teams up to each resolution of the week: the source's own counter less "
        "the hops that history dates later; without a counter, the hops in the history"
    ),
    unit=Unit.HOPS,
    direction=Direction.DOWN,
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents; incidents without either",
    kind=RecordKind.INCIDENT,
    needs=("incident.reassignment_count or incident history of team",),
    owner="service desk lead",
    decision="which routing rules to mend",
    partner="csat",
)
MANY = Contract(
    figure_id="reassignment_many",
    title="Incidents with three or more reassignments",
    family="flow between teams",
    formula="share of the resolutions of the week with three or more hops between teams",
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="resolutions in the week",
    exclusions=HOPS.exclusions,
    kind=RecordKind.INCIDENT,
    needs=HOPS.needs,
    owner="service desk lead",
    decision="which routing rules to mend",
    partner="csat",
)
HANDOFF = Contract(
    figure_id="handoff_delay",
    title="Hand-off delay",
    family="flow between teams",
    formula=(
        "median hours from the assignment to a receiving team until its first action (assignment "
        "to a person, comment, state change), or until the record moves on; of the waits that "
        "ended in the week, over all paths and for each ordered pair of teams"
    ),
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="hand-offs whose wait ended in the week",
    exclusions="paths from or to a team known to have fewer than 5 people",
    kind=RecordKind.INCIDENT,
    needs=("incident history of team", "history of assignee or state, or comments"),
    owner="both teams of a path",
    decision="which path to agree on anew: routing, working hours, what is handed over",
    partner="csat",
)
CONTRACTS = (HOPS, MANY, HANDOFF)


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


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Reassignment of resolved incidents, and the waits of hand-offs."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield from _hops(scope, timeline)
    yield from _delays(scope, timeline, team_moves(scope.data, timeline))


def team_moves(data: MeasureData, timeline: Timeline) -> Handoffs | None:
    """Moves from one team to another in the order (record, time); None without team history.

    A first assignment is no move; a time without any team between two teams is none either.
    `ended_at` is when the record moved on.
    """
    history = data.frame(RecordKind.HISTORY)
    if history is None:
        return None
    about = (history["record_kind"] == timeline.kind.value) & (
        history["field"] == HistoryField.TEAM.value
    )
    rows = history[about.to_numpy()]
    record = positions(timeline.records, rows["source"], rows["record"])
    if not (record >= 0).any():
        return None
    kept = (record >= 0) & rows["new"].notna().to_numpy()
    rows, record = rows[kept], record[kept]
    at = times(rows, "at")
    order = np.lexsort((rows["sequence"].to_numpy(dtype=np.int64), at, record))
    record, at, to_team = record[order], at[order], texts(rows, "new")[order]
    from_team = texts(rows, "old")[order]
    again = record[1:] == record[:-1]
    from_team[1:][again] = to_team[:-1][again]
    moved = np.asarray(~pd.isna(from_team) & (from_team != to_team), dtype=bool)
    told = np.unique(record)
    record, at = record[moved], at[moved]
    moved_on = np.full(len(at), np.datetime64("NaT", "us"), dtype=at.dtype)
    again = record[1:] == record[:-1]
    moved_on[:-1][again] = at[1:][again]
    return Handoffs(record, from_team[moved], to_team[moved], at, moved_on, told)


def _hops(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    resolutions = timeline.events.of(EventKind.RESOLVED)
    hops = hops_at(timeline, resolutions, team_moves(scope.today, timeline))
    if np.isnan(hops).all():
        reason = "needs a count of reassignments, or the history of teams"
        yield from (not_available(scope, contract, reason) for contract in (HOPS, MANY))
        return
    week = scope.grid.index_of(resolutions.at)
    known = ~np.isnan(hops)
    excluded = {"hops not known": int(((week == scope.grid.last) & ~known).sum())}
    number = timeline.number[resolutions.record]
    extras = Extras(excluded=excluded)
    yield average(scope, HOPS, Observed(week, number), hops, extras)
    yield share(scope, MANY, Observed(week, number).only(known), hops[known] >= MANY_HOPS, extras)


def hops_at(timeline: Timeline, resolutions: Events, moves: Handoffs | None) -> Numbers:
    """Hops up to each resolution; NaN where neither counter nor history tells.

    Args:
        timeline: of incidents.
        resolutions: of these incidents.
        moves: all that are known now, as the counter is today's.
    """
    counter = timeline.records["reassignment_count"].astype("float64").to_numpy()
    if moves is None:
        return np.asarray(counter[resolutions.record], dtype=np.float64)
    n_all = np.bincount(moves.record, minlength=len(timeline.records))
    n_before = _moves_up_to(moves, resolutions)
    n_after = n_all[resolutions.record] - n_before
    counted = counter[resolutions.record]
    is_told = np.isin(resolutions.record, moves.told)
    from_history = np.where(is_told, n_before, np.nan)
    return np.where(np.isnan(counted), from_history, np.maximum(counted - n_after, 0.0))


def _moves_up_to(moves: Handoffs, events: Events) -> Numbers:
    """How many moves of its record each event has behind it or beside it."""
    start = np.searchsorted(moves.record, events.record, "left")
    instants = np.unique(np.concatenate([moves.at, events.at]))
    rank = np.searchsorted(instants, moves.at)
    wide = np.int64(len(instants) + 1)
    place = np.searchsorted(
        moves.record * wide + rank,
        events.record * wide + np.searchsorted(instants, events.at),
        "right",
    )
    return (place - start).astype(np.float64)


def _delays(scope: Scope, timeline: Timeline, moves: Handoffs | None) -> Iterator[FigureResult]:
    actions = actions_of(scope.data, timeline)
    if moves is None or actions is None:
        reason = "needs the history of teams and of assignments or states"
        yield not_available(scope, HANDOFF, reason)
        return
    waits = _until_first_action(moves, actions)
    week = scope.grid.index_of(waits.ended_at)
    small = _names_small_team(scope.data, waits)
    told, told_week = waits.only(~small), week[~small]
    now = told_week == scope.grid.last
    n_small = int((small & (week == scope.grid.last)).sum())
    wait_h = hours_between(told.at, told.ended_at)
    number = timeline.number[told.record]
    extras = Extras(
        companions={
            "total": float(np.sort(wait_h[now]).sum()),
            "still waiting": float(_still_waiting(scope, told).sum()),
        },
        excluded={"a team of fewer than 5 people": n_small},
        note=_path_note(told.only(now)),
    )
    yield middle(scope, HANDOFF, Observed(told_week, number), wait_h, extras)
    yield from _paths(scope, told.only(now), number[now], wait_h[now])


def _until_first_action(moves: Handoffs, actions: Actions) -> Handoffs:
    """The moves with the end of each wait: the receiving team's first action, or moving on.

    Of what happens at the very instant of the move, only an assignment to a person is the receiving
    team's; the rest was done by the team that passed the record on.
    """
    by_person = _next_action(moves, actions, actions.is_assignment, "left")
    by_any = _next_action(moves, actions, np.ones(len(actions.at), dtype=bool), "right")
    return replace(moves, ended_at=np.fmin(np.fmin(by_person, by_any), moves.ended_at))


def _next_action(moves: Handoffs, actions: Actions, kept: Flags, side: str) -> Times:
    """The first kept action on each move's record at ("left") or after ("right") the move."""
    record, at = actions.record[kept], actions.at[kept]
    instants = np.unique(np.concatenate([moves.at, at]))
    wide = np.int64(len(instants) + 1)
    keys = record * wide + np.searchsorted(instants, at)
    asked = moves.record * wide + np.searchsorted(instants, moves.at)
    place = np.searchsorted(keys, asked, "left" if side == "left" else "right")
    found = np.full(len(moves.at), np.datetime64("NaT", "us"), dtype=moves.at.dtype)
    inside = place < len(keys)
    same = np.zeros(len(moves.at), dtype=bool)
    same[inside] = record[place[inside]] == moves.record[inside]
    found[same] = at[place[same]]
    return found


def _names_small_team(data: MeasureData, waits: Handoffs) -> Flags:
    small = [name for name, size in data.sizes().items() if size < MIN_TEAM_SIZE]
    return np.isin(waits.from_team.astype(str), small) | np.isin(waits.to_team.astype(str), small)


def _still_waiting(scope: Scope, waits: Handoffs) -> Flags:
    assert scope.incidents is not None
    is_open = open_at(scope.incidents, scope.week_end)[waits.record]
    unended = np.isnat(waits.ended_at) | (waits.ended_at >= scope.week_end)
    return is_open & unended & (waits.at < scope.week_end)


def _paths(scope: Scope, waits: Handoffs, number: Texts, wait_h: Numbers) -> Iterator[FigureResult]:
    """The paths with the longest total wait; ties in the order of the teams' names."""
    frame = pd.DataFrame({"from": waits.from_team, "to": waits.to_team, "h": wait_h, "row": number})
    frame = frame.sort_values(["from", "to", "h", "row"], kind="stable", ignore_index=True)
    totals = frame.groupby(["from", "to"], sort=True)["h"].sum()
    worst = totals.sort_values(ascending=False, kind="stable").head(MAX_PATHS)
    groups = frame.groupby(["from", "to"])
    for path, total in worst.items():
        assert isinstance(path, tuple)
        rows = groups.get_group(path)
        extras = Extras(
            dimensions={"from": str(path[0]), "to": str(path[1])},
            companions={"total": float(total)},
            has_series=False,
        )
        week = np.full(len(rows), scope.grid.last, dtype=np.intp)
        seen = Observed(week, rows["row"].to_numpy(dtype=object))
        yield middle(scope, HANDOFF, seen, rows["h"].to_numpy(dtype=np.float64), extras)


def _path_note(waits: Handoffs) -> str | None:
    n_paths = len(set(zip(waits.from_team, waits.to_team, strict=True)))
    if n_paths <= MAX_PATHS:
        return None
    return f"The {MAX_PATHS} paths with the most waiting are listed, of {n_paths} in the week."
