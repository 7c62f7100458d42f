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
_CODES = ("Open", "Work in Progress", "Closed Complete", "Closed Cancelled")


def request_blocks(plan: Plan) -> Iterator[ColumnBlock]:
    """The requests, then their history, in blocks."""
    n = plan.n // 3
    for first in range(0, n, BLOCK):
        ids = np.arange(first, min(first + BLOCK, n))
        yield from _block(plan, ids)


def _block(plan: Plan, ids: Ints) -> Iterator[ColumnBlock]:
    settings, reference = plan.settings, plan.reference
    draws = Draws(settings.seed, "requests", ids)
    opened, begun, handed, closed = _times(plan, draws, ids)
    canceled = draws.chance("canceled", 0.03)
    ended, started = closed <= settings.export_s, begun <= settings.export_s
    state = np.where(ended, np.where(canceled, 3, 2), np.where(started, 1, 0))
    second = np.flatnonzero(reference.team_line >= 2)
    fulfils = second[draws.below("team", len(second))]
    moved = handed <= settings.export_s
    item = draws.below("item", len(_CATALOGUE))
    assignee = np.where(moved, fulfils, 0) * 64 + draws.below("assignee", 9)
    people = people_of_teams(len(reference.teams))
    who = [person(index) for index in draws.below("caller", max(200, plan.n // 8)).tolist()]
    names = take([name for name, _ in _CATALOGUE], item)
    due = from_work(
        to_work(opened, offset_s(settings))
        + np.array([d for _, d in _CATALOGUE])[item] * 12 * _HOUR,
        offset_s(settings),
    )
    newest = np.where(ended, closed, np.where(moved, handed, np.where(started, begun, opened)))
    columns: dict[str, Column] = {
        "number": numbers("RITM", ids),
        "updated_at": at(newest),
        "opened_at": at(opened),
        "state": take(_STATES, state),
        "state_code": take(_CODES, state),
        "title": [f"{name} for {caller}" for name, caller in zip(names, who, strict=True)],
        "catalogue_item": names,
        "service": take(reference.services, draws.below("service", len(reference.services))),
        "team": take(reference.teams, np.where(moved, fulfils, 0)),
        "assignee": take(people, np.where(started, assignee, -1)),
        "caller": who,
        "channel": take(
            ("Self-service", "Phone", "Email"), draws.choice("channel", (0.8, 0.1, 0.1))
        ),
        "priority": (3 + draws.choice("priority", (0.2, 0.8))).tolist(),
        "due_at": at(due),
        "resolved_at": at(np.where(ended & ~canceled, closed, NEVER)),
        "closed_at": at(np.where(ended, closed, NEVER)),
        "is_test": flags(draws.chance("test", 0.004)),
    }
    yield ColumnBlock(RecordKind.SERVICE_REQUEST, settings.source, columns)
    happened = (opened, begun, handed, np.where(ended, closed, NEVER))
    yield _history(plan, ids, happened, state, fulfils)


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
    opened, begun, handed, closed = happened
    export = plan.settings.export_s
    desk, none = np.zeros(len(ids), dtype=np.int64), np.full(len(ids), -1, dtype=np.int64)
    parts = (
        (opened, 0, none, desk),
        (opened, 1, none, desk),
        (begun, 0, desk, desk + 1),
        (handed, 1, desk, fulfils),
        (closed, 0, desk + 1, state),
    )
    rows, when, field, old, new, rank = [], [], [], [], [], []
    for place, (at_s, kind, before, after) in enumerate(parts):
        row = np.flatnonzero(at_s <= export)
        rows.append(row)
        when.append(at_s[row])
        field.append(np.full(len(row), kind))
        old.append(before[row])
        new.append(after[row])
        rank.append(np.full(len(row), place))
    row, at_s, kinds, before, after, place_of = (
        np.concatenate(x) for x in (rows, when, field, old, new, rank)
    )
    order = np.lexsort((place_of, row))
    row, at_s, kinds, before, after, place_of = (
        x[order] for x in (row, at_s, kinds, before, after, place_of)
    )
    words = [*_STATES, *plan.reference.teams]
    shown = [*_CODES, *plan.reference.teams]
    start = np.where(kinds == 0, 0, len(_STATES))
    record = numbers("RITM", ids[row])
    columns: dict[str, Column] = {
        "number": [
            f"{number}-{place:02d}" for number, place in zip(record, place_of.tolist(), strict=True)
        ],
        "updated_at": at(at_s),
        "record_kind": [RecordKind.SERVICE_REQUEST.value] * len(row),
        "record": record,
        "at": at(at_s),
        "sequence": place_of.tolist(),
        "field": take((HistoryField.STATE.value, HistoryField.TEAM.value), kinds),
        "old": take(words, np.where(before >= 0, start + before, -1)),
        "new": take(words, start + after),
        "new_code": take(_CODES, np.where(kinds == 0, after, -1)),
        "old_shown": take(shown, np.where(before >= 0, start + before, -1)),
        "new_shown": take(shown, start + after),
        "actor": ["system"] * len(row),
        "is_integration": [True] * len(row),
    }
    return ColumnBlock(RecordKind.HISTORY, plan.settings.source, columns)
