"""Hops between teams, and how long work waits on the path from one team to another."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.actions import Actions, all_actions
from reports.measures.backlog import open_at
from reports.measures.build import Extras, Observed, average, middle, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import (
    Flags,
    MeasureData,
    Numbers,
    Texts,
    Times,
    hours_between,
)
from reports.measures.hops import Handoffs, all_moves, known_moves, team_moves
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline, Whole
from reports.measures.trail import joined

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


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Reassignment of resolved incidents, and the waits of hand-offs."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield from _hops(scope, timeline)
    yield from _delays(scope, timeline)


def _hops(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    resolutions = timeline.events.of(EventKind.RESOLVED)
    hops = scope.hops
    if np.isnan(hops).all():
        reason = "needs a count of reassignments, or the history of teams"
        yield from (not_available(scope, contract, reason) for contract in (HOPS, MANY))
        return
    week = resolutions.week_in(scope.grid)
    known = ~np.isnan(hops)
    excluded = {"hops not known": int(((week == scope.grid.last) & ~known).sum())}
    number = timeline.number[resolutions.record]
    extras = Extras(excluded=excluded)
    yield average(scope, HOPS, Observed(week, number), hops, extras)
    yield share(scope, MANY, Observed(week, number).only(known), hops[known] >= MANY_HOPS, extras)


def _delays(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    moves = team_moves(timeline)
    if moves is None or scope.actions is None:
        reason = "needs the history of teams and of assignments or states"
        yield not_available(scope, HANDOFF, reason)
        return
    waits = until_first_action(timeline, moves)
    week = scope.grid.index_of(waits.ended_at)
    small = names_small_team(scope.data, waits)
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


def until_first_action(timeline: Timeline, moves: Handoffs) -> Handoffs:
    """The moves with the end of each wait: the receiving team's first action, or moving on.

    Of what happens at the very instant of the move, only an assignment to a person is the receiving
    team's; the rest was done by the team that passed the record on.
    """
    kept = known_moves(timeline)
    answered = answered_at(timeline.whole)[kept]
    known = np.where(answered <= timeline.cutoff, answered, np.datetime64("NaT", "us"))
    return replace(moves, ended_at=np.fmin(known, moves.ended_at))


def answered_at(whole: Whole) -> Times:
    """When the receiving team first acted after each move of the whole, if it has; NaT else."""
    return whole.columns.once("answers", lambda: _answered_at(all_moves(whole), all_actions(whole)))


def _answered_at(moves: Handoffs, actions: Actions) -> Times:
    by_person = _next_action(moves, actions, actions.is_assignment, "left")
    by_any = _next_action(moves, actions, np.ones(len(actions.at), dtype=bool), "right")
    return np.asarray(np.fmin(by_person, by_any), dtype=moves.at.dtype)


def _next_action(moves: Handoffs, actions: Actions, kept: Flags, side: str) -> Times:
    """The first kept action on each move's record at ("left") or after ("right") the move."""
    record, at = actions.record[kept], actions.at[kept]
    keys, asked = joined(record, at, moves.record, moves.at)
    place = np.searchsorted(keys, asked, "left" if side == "left" else "right")
    found = np.full(len(moves.at), np.datetime64("NaT", "us"), dtype=moves.at.dtype)
    inside = place < len(keys)
    same = np.zeros(len(moves.at), dtype=bool)
    same[inside] = record[place[inside]] == moves.record[inside]
    found[same] = at[place[same]]
    return found


def names_small_team(data: MeasureData, waits: Handoffs) -> Flags:
    """Whether a hand-off is from or to a team known to have too few people to be told of."""
    small = [name for name, size in data.sizes().items() if size < MIN_TEAM_SIZE]
    is_small = np.isin(waits.words.astype(str), small)
    return np.asarray(is_small[waits.from_code] | is_small[waits.to_code])


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
