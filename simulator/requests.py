"""Service requests and their history: one for every three incidents."""

from collections.abc import Iterator

import numpy as np

from itsm.states import HistoryField, RecordKind
from simulator.columns import Column, ColumnBlock, at, flags, numbers, take
from simulator.draws import Draws, Ints
from simulator.incidents import people_of_teams
from simulator.lifecycle import NEVER
from simulator.people import person
from simulator.plan import Plan
from simulator.settings import BLOCK
from simulator.worktime import from_work, offset_s, to_work

_HOUR = 3_600
_CATALOGUE = (
    ("New laptop", 5), ("New starter", 7), ("Software installation", 2), ("Mailbox access", 1),
    ("Shared folder access", 1), ("Mobile phone", 5), ("VPN access", 1), ("Leaver", 3),
    ("Headset", 4), ("Licence", 3),
)  # fmt: skip
_STATES = ("new", "in_progress", "closed", "canceled")
_STATE, _TEAM = 0, 1
_CODES = ("Open", "Work in Progress", "Closed Complete", "Closed Cancelled")


def request_blocks(plan: Plan) -> Iterator[ColumnBlock]:
    """The requests, then their history, in blocks."""
    n = plan.n // 3
    for first in range(0, n, BLOCK):
        ids = np.arange(first, min(first + BLOCK, n))
        yield from _block(plan, ids)


def _block(plan: Plan, ids: Ints) -> Iterator[ColumnBlock]:
    export = plan.settings.export_s
    draws = plan.draws("requests", ids)
    happened = _times(plan, draws, ids)
    _, begun, handed, closed = happened
    ended = closed <= export
    done = np.where(draws.chance("canceled", 0.03), 3, 2)
    state = np.where(ended, done, np.where(begun <= export, 1, 0))
    second = np.flatnonzero(plan.reference.team_line >= 2)
    fulfils = second[draws.below("team", len(second))]
    team = np.where(handed <= export, fulfils, 0)
    columns = {
        "number": numbers("RITM", ids),
        "state": take(_STATES, state),
        "state_code": take(_CODES, state),
        **_asked(plan, draws),
        **_handled(plan, draws, happened, team),
        "resolved_at": at(np.where(state == 2, closed, NEVER)),
        "closed_at": at(np.where(ended, closed, NEVER)),
    }
    yield ColumnBlock(RecordKind.SERVICE_REQUEST, plan.settings.source, columns)
    ends = (*happened[:3], np.where(ended, closed, NEVER))
    yield _history(plan, ids, ends, state, fulfils)


def _asked(plan: Plan, draws: Draws) -> dict[str, Column]:
    """Who asks for what, and how."""
    services = plan.reference.services
    callers = draws.below("caller", max(200, plan.n // 8))
    who = [person(index) for index in callers.tolist()]
    names = take([name for name, _ in _CATALOGUE], draws.below("item", len(_CATALOGUE)))
    channel = draws.choice("channel", (0.8, 0.1, 0.1))
    return {
        "title": [f"{name} for {caller}" for name, caller in zip(names, who, strict=True)],
        "catalogue_item": names,
        "service": take(services, draws.below("service", len(services))),
        "caller": who,
        "channel": take(("Self-service", "Phone", "Email"), channel),
        "priority": (3 + draws.choice("priority", (0.2, 0.8))).tolist(),
        "is_test": flags(draws.chance("test", 0.004)),
    }


def _handled(plan: Plan, draws: Draws, happened: tuple[Ints, ...], team: Ints) -> dict[str, Column]:
    """When, by when and by whom; `team` is the one that has it now."""
    opened, begun = happened[:2]
    export, offset = plan.settings.export_s, offset_s(plan.settings)
    days = np.array([days for _, days in _CATALOGUE])[draws.below("item", len(_CATALOGUE))]
    started = begun <= export
    known = np.stack([np.where(at_s <= export, at_s, 0) for at_s in happened])
    assignee = np.where(started, team * 64 + draws.below("assignee", 9), -1)
    return {
        "updated_at": at(known.max(axis=0)),
        "opened_at": at(opened),
        "team": take(plan.reference.teams, team),
        "assignee": take(people_of_teams(len(plan.reference.teams)), assignee),
        "due_at": at(from_work(to_work(opened, offset) + days * 12 * _HOUR, offset)),
    }


def _times(plan: Plan, draws: Draws, ids: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Opened, begun, handed to the team that fulfils it, closed."""
    settings, offset = plan.settings, offset_s(plan.settings)
    span = settings.end_s - settings.start_s
    n = max(plan.n // 3, 1)
    share = (ids + draws.uniform("opened")) / n
    day_time = settings.start_s + (share * span).astype(np.int64)
    opened = np.minimum(from_work(to_work(day_time, offset), offset), settings.end_s - 1)
    worked = to_work(opened, offset)
    begun = worked + 60 + draws.lognormal("begun", 1.5 * _HOUR, 0.9).astype(np.int64)
    handed = begun + 60 + draws.lognormal("handed", 3.0 * _HOUR, 0.9).astype(np.int64)
    closed = handed + 60 + draws.lognormal("closed", 14.0 * _HOUR, 1.0).astype(np.int64)
    return opened, from_work(begun, offset), from_work(handed, offset), from_work(closed, offset)


def _history(
    plan: Plan, ids: Ints, happened: tuple[Ints, ...], state: Ints, fulfils: Ints
) -> ColumnBlock:
    """States and teams: opened at the desk, begun, handed on, closed."""
    opened, begun, handed, closed = happened
    desk, none = np.zeros(len(ids), dtype=np.int64), np.full(len(ids), -1, dtype=np.int64)
    steps = (
        (opened, _STATE, none, desk),
        (opened, _TEAM, none, desk),
        (begun, _STATE, desk, desk + 1),
        (handed, _TEAM, desk, fulfils),
        (closed, _STATE, desk + 1, state),
    )
    parts = []
    for place, (at_s, field, before, after) in enumerate(steps):
        row = np.flatnonzero(at_s <= plan.settings.export_s)
        same = np.full((2, len(row)), [[field], [place]])
        parts.append(np.stack([row, at_s[row], *same, before[row], after[row]]))
    events = np.concatenate(parts, axis=1)
    events = events[:, np.lexsort((events[3], events[0]))]
    return ColumnBlock(RecordKind.HISTORY, plan.settings.source, _events(plan, ids, events))


def _events(plan: Plan, ids: Ints, events: Ints) -> dict[str, Column]:
    """Columns of history from rows: place in the block, time, field, place in order, old, new."""
    row, at_s, field, place, before, after = events
    words = [*_STATES, *plan.reference.teams]
    shown = [*_CODES, *plan.reference.teams]
    start = np.where(field == _STATE, 0, len(_STATES))
    old, new = np.where(before >= 0, start + before, -1), start + after
    record = numbers("RITM", ids[row])
    places = place.tolist()
    solvers = take(people_of_teams(1), plan.draws("request actors", ids[row]).below("who", 9))
    return {
        "number": [f"{number}-{k:02d}" for number, k in zip(record, places, strict=True)],
        "updated_at": at(at_s),
        "record_kind": [RecordKind.SERVICE_REQUEST.value] * len(row),
        "record": record,
        "at": at(at_s),
        "sequence": places,
        "field": take((HistoryField.STATE.value, HistoryField.TEAM.value), field),
        "old": take(words, old),
        "new": take(words, new),
        "new_code": take(_CODES, np.where(field == _STATE, after, -1)),
        "old_shown": take(shown, old),
        "new_shown": take(shown, new),
        "actor": ["system" if k < 2 else name for k, name in zip(places, solvers, strict=True)],
        "is_integration": [k < 2 for k in places],
    }
