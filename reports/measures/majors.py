"""Major incidents in phases, their updates, the review clock, and actions from reviews."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind, TaskState
from reports.measures.actions import first_actions
from reports.measures.availability import REVIEW_H
from reports.measures.build import Extras, Observed, middle, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.data import (
    DAY,
    HOUR,
    TIME_TYPE,
    Positions,
    Times,
    flags,
    hours_between,
    texts,
    times,
)
from reports.measures.hops import team_moves
from reports.measures.problems import is_overdue
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

CADENCE_H = 1.0
"""During a major incident users hear something at least once an hour."""
PHASES = ("detect", "engage", "diagnose", "restore", "verify")
NEVER = np.datetime64("NaT", "us")

_contract = partial(
    Contract,
    family="major incidents and availability",
    direction=Direction.DOWN,
    kind=RecordKind.INCIDENT,
    owner="major incident manager",
    partner="csat",
    is_in_pack=False,
)
PHASE = _contract(
    figure_id="major_phases",
    title="Phases of major incidents",
    formula=(
        "median hours of each phase of the major incidents that were closed in the week: detect "
        "(start of the outage to opening), engage (to the first action by a person), diagnose (to "
        "the team that resolved it), restore (to the end of the outage, else the resolution), "
        "verify (to the closing)"
    ),
    unit=Unit.HOURS,
    denominator="major incidents closed in the week",
    exclusions="test records and duplicates; phases whose ends the records do not tell",
    needs=("incident.is_major", "incident.closed_at", "outage.incident", "incident history"),
    decision="which phase lengthened the impact",
)
CADENCE = _contract(
    figure_id="major_update_cadence",
    title="Major incidents with hourly updates",
    formula=(
        "of the major incidents restored in the week, those in which no gap between updates that "
        "users see was longer than an hour, from opening to restoration"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="major incidents restored in the week",
    exclusions="test records and duplicates",
    needs=("incident.is_major", "comment.at", "comment.is_work_note"),
    decision="whether users are kept informed",
)
CLOCK = _contract(
    figure_id="major_review_clock",
    title="Reviews of major incidents not held yet",
    formula=(
        "restored major incidents without a completed review at the end of the week; each with the "
        "hours left of 72, negative where the time is over"
    ),
    unit=Unit.COUNT,
    denominator="none: a count",
    exclusions="test records and duplicates; incidents restored more than 90 days ago",
    needs=("incident.is_major", "post_incident_review.completed_at"),
    decision="which review to hold next",
)
CLOSURE = _contract(
    figure_id="review_actions_closed",
    title="Review actions closed in time",
    formula="of the actions from reviews due in the week, those done by their due time",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="actions from reviews due in the week",
    exclusions="dropped actions; actions without a due time",
    kind=RecordKind.REVIEW_ACTION,
    needs=("review_action.due_at", "review_action.closed_at"),
    decision="which actions to follow up",
)
OPEN_ACTIONS = _contract(
    figure_id="review_actions_open",
    title="Open actions from reviews",
    formula="actions from reviews not done at the end of the week; median age since their review",
    unit=Unit.COUNT,
    denominator="none: a count",
    exclusions="dropped actions",
    kind=RecordKind.REVIEW_ACTION,
    needs=("review_action.state", "post_incident_review.completed_at"),
    decision="which actions to do, fund or drop",
)
_OF_MAJORS = (PHASE, CADENCE, CLOCK)
_OF_ACTIONS = (CLOSURE, OPEN_ACTIONS)
CONTRACTS = (*_OF_MAJORS, *_OF_ACTIONS)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Phases, updates, the review clock and actions."""
    timeline = scope.incidents
    major = None if timeline is None else timeline.columns.flags("is_major")
    if timeline is None or major is None or not major.any():
        reason = "no source marks major incidents"
        yield from (not_available(scope, one, reason) for one in _OF_MAJORS)
    else:
        rows = np.flatnonzero(major)
        restored = _restored(scope, timeline)
        yield from _phases(scope, timeline, rows, restored)
        yield _cadence(scope, timeline, rows, restored)
        yield from _review_clock(scope, timeline, rows, restored)
    yield from _actions(scope)


def _restored(scope: Scope, timeline: Timeline) -> Times:
    """When the service was back: end of the outage, else as the review says, else resolution."""
    restored = np.full(len(timeline.opened_at), NEVER, dtype=TIME_TYPE)
    ends = timeline.events.of(EventKind.RESOLVED)
    restored[ends.record] = ends.at
    for kind, column in (
        (RecordKind.POST_INCIDENT_REVIEW, "restored_at"),
        (RecordKind.OUTAGE, "ended_at"),
    ):
        found = _latest(scope, timeline, kind, column)
        restored = np.where(np.isnat(found), restored, found)
    return np.asarray(restored, dtype=TIME_TYPE)


def _latest(scope: Scope, timeline: Timeline, kind: RecordKind, column: str) -> Times:
    """The latest time in a column of the records that name each incident."""
    found = np.full(len(timeline.opened_at), NEVER, dtype=TIME_TYPE)
    frame = scope.frame(kind)
    if frame is None:
        return found
    record, at = timeline.index.of(frame, "incident"), times(frame, column)
    kept = (record >= 0) & ~np.isnat(at)
    order = np.argsort(at[kept], kind="stable")
    found[record[kept][order]] = at[kept][order]
    return found


def _began(scope: Scope, timeline: Timeline) -> Times:
    """When the outage of each incident began, not after its opening; NaT without an outage."""
    found = np.full(len(timeline.opened_at), NEVER, dtype=TIME_TYPE)
    frame = scope.frame(RecordKind.OUTAGE)
    if frame is None:
        return found
    record = timeline.index.of(frame, "incident")
    at = times(frame, "started_at")
    kept = record >= 0
    order = np.argsort(at[kept], kind="stable")[::-1]
    found[record[kept][order]] = at[kept][order]
    return np.asarray(np.minimum(found, timeline.opened_at), dtype=TIME_TYPE)


def _phases(
    scope: Scope, timeline: Timeline, rows: Positions, restored: Times
) -> Iterator[FigureResult]:
    opened = timeline.opened_at
    nothing = np.full(len(opened), NEVER, dtype=TIME_TYPE)
    engaged = nothing if scope.actions is None else first_actions(scope.actions, timeline)
    taken = nothing.copy()
    moves = team_moves(timeline)
    if moves is not None:
        taken[moves.told] = opened[moves.told]
        before = moves.only(~(moves.at > restored[moves.record]))
        taken[before.record] = before.at
    closed = timeline.columns.times("closed_at")
    closed = np.where(closed <= scope.cutoff, closed, NEVER)
    diagnosed = np.maximum(taken, engaged)
    marks = [_began(scope, timeline), opened, engaged, diagnosed, restored, closed]
    week = scope.grid.index_of(closed[rows])
    seen = Observed(week, timeline.number[rows])
    for name, start, end in zip(PHASES, marks[:-1], marks[1:], strict=True):
        hours = np.maximum(hours_between(start, end)[rows], 0.0)
        extras = Extras(dimensions={"phase": name}, has_series=False)
        yield middle(scope, PHASE, seen, hours, extras)


def _cadence(scope: Scope, timeline: Timeline, rows: Positions, restored: Times) -> FigureResult:
    comments = scope.frame(RecordKind.COMMENT)
    if comments is None:
        return not_available(scope, CADENCE, "no source provides comments")
    seen_by_users = ~flags(comments, "is_work_note")
    seen_by_users &= (comments["record_kind"] == timeline.kind.value).to_numpy()
    comments = comments[seen_by_users]
    record, at = (
        timeline.index.of(comments, "record"),
        times(comments, "at"),
    )
    is_told = np.zeros(len(timeline.opened_at), dtype=bool)
    is_told[rows] = ~np.isnat(restored[rows])
    kept = (record >= 0) & is_told[record] & (at <= restored[record])
    told = np.flatnonzero(is_told)
    record = np.concatenate([record[kept], told, told])
    at = np.concatenate([at[kept], timeline.opened_at[told], restored[told]])
    order = np.lexsort((at, record))
    record, at = record[order], at[order]
    gap = np.where(record[1:] == record[:-1], hours_between(at[:-1], at[1:]), 0.0)
    longest = np.zeros(len(timeline.opened_at))
    np.maximum.at(longest, record[1:], gap)
    week = scope.grid.index_of(restored[told])
    now = week == scope.grid.last
    beside = {"longest gap, hours": float(longest[told][now].max())} if now.any() else {}
    is_kept = longest[told] <= CADENCE_H
    extras = Extras(companions=beside, has_series=False)
    return share(scope, CADENCE, Observed(week, timeline.number[told]), is_kept, extras)


def _review_clock(
    scope: Scope, timeline: Timeline, rows: Positions, restored: Times
) -> Iterator[FigureResult]:
    if scope.frame(RecordKind.POST_INCIDENT_REVIEW) is None:
        yield not_available(scope, CLOCK, "no source provides post-incident reviews")
        return
    completed = _latest(scope, timeline, RecordKind.POST_INCIDENT_REVIEW, "completed_at")
    back = restored[rows]
    is_due = (back < scope.week_end) & (back >= scope.week_end - 90 * DAY)
    waiting = rows[is_due & ~(completed[rows] < scope.week_end)]
    yield standing(scope, CLOCK, float(len(waiting)), timeline.number[waiting])
    left = np.asarray((restored[waiting] + REVIEW_H * HOUR - scope.week_end) / HOUR)
    for place in np.lexsort((timeline.number[waiting].astype(str), left)):
        number = timeline.number[waiting[place] : waiting[place] + 1]
        extras = Extras(
            dimensions={"record": str(number[0])}, companions={"hours left": float(left[place])}
        )
        yield standing(scope, CLOCK, 1.0, number, extras)


def _actions(scope: Scope) -> Iterator[FigureResult]:
    actions = scope.frame(RecordKind.REVIEW_ACTION)
    if actions is None:
        reason = "no source provides actions from reviews"
        yield from (not_available(scope, one, reason) for one in _OF_ACTIONS)
        return
    actions = actions[(actions["state"] != TaskState.DROPPED.value).to_numpy()]
    number, due = texts(actions, "number"), times(actions, "due_at")
    closed = times(actions, "closed_at")
    week = np.where(due <= scope.cutoff, scope.grid.index_of(due), -1)
    yield share(scope, CLOSURE, Observed(week, number), closed <= due)
    begun = _review_times(scope, actions)
    undated = np.isnat(closed) & (actions["state"] == TaskState.DONE.value).to_numpy()
    is_open = ~(closed < scope.week_end) & ~undated & ~(begun >= scope.week_end)
    age = np.asarray((scope.week_end - begun) / DAY, dtype=np.float64)[is_open]
    age = age[~np.isnan(age)]
    late = is_open & is_overdue(scope, actions)
    beside = {"overdue": float(late.sum())}
    if len(age):
        beside |= {"median age, days": float(np.median(age)), "oldest, days": float(age.max())}
    extras = Extras(companions=beside)
    yield standing(scope, OPEN_ACTIONS, float(is_open.sum()), number[is_open], extras)


def _review_times(scope: Scope, actions: pd.DataFrame) -> Times:
    """When the review of each action was completed; NaT where that is not known."""
    reviews = scope.frame(RecordKind.POST_INCIDENT_REVIEW)
    found = np.full(len(actions), NEVER, dtype=TIME_TYPE)
    if reviews is None:
        return found
    keys = pd.MultiIndex.from_frame(reviews[["source", "number"]])
    place = keys.get_indexer(pd.MultiIndex.from_frame(actions[["source", "review"]]))
    found[place >= 0] = times(reviews, "completed_at")[place[place >= 0]]
    return found
