"""The history of incidents: every change of state, team, assignee and priority, in order."""

import numpy as np

from itsm.states import HistoryField, RecordKind
from simulator.columns import Column, ColumnBlock, at, take
from simulator.draws import Ints
from simulator.incidents import STATE_CODES, assignee_of, people_of_teams
from simulator.lifecycle import NEVER, STATES, Lifecycle, Slot
from simulator.plan import Plan
from simulator.routing import MAX_HOPS

_STATE, _TEAM, _ASSIGNEE, _PRIORITY = range(4)
FIELDS = (HistoryField.STATE, HistoryField.TEAM, HistoryField.ASSIGNEE, HistoryField.PRIORITY)
_Part = tuple[Ints, Ints, int, Ints, Ints, Ints]
"""Row in the block, time, field, old, new, actor (-1 for none)."""


def history_block(plan: Plan, life: Lifecycle) -> ColumnBlock:
    """The history of one block of incidents, by incident, then time."""
    parts = [*_states(plan, life), *_teams(plan, life), *_priorities(life)]
    row = np.concatenate([part[0] for part in parts])
    when = np.concatenate([part[1] for part in parts])
    field = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    old, new, actor = (np.concatenate([part[k] for part in parts]) for k in (3, 4, 5))
    rank = np.concatenate([np.full(len(part[0]), k) for k, part in enumerate(parts)])
    order = np.lexsort((rank, when, row))
    row, when, field, old, new, actor = (x[order] for x in (row, when, field, old, new, actor))
    starts = np.concatenate([[True], row[1:] != row[:-1]])
    sequence = np.arange(len(row)) - np.maximum.accumulate(np.where(starts, np.arange(len(row)), 0))
    columns = _columns(plan, life, (row, when, field, old, new, actor), sequence)
    return ColumnBlock(RecordKind.HISTORY, plan.settings.source, columns)


def _columns(
    plan: Plan, life: Lifecycle, events: tuple[Ints, ...], sequence: Ints
) -> dict[str, Column]:
    row, when, field, old, new, actor = events
    record = [f"INC{index + 1:07d}" for index in life.ids.tolist()]
    people = people_of_teams(len(plan.reference.teams))
    tables: list[list[object]] = [
        [state.value for state in STATES],
        list(plan.reference.teams),
        list(people),
        ["0", "1", "2", "3", "4", "5"],
    ]
    starts = np.cumsum([0, *(len(table) for table in tables)])[field]
    words = [word for table in tables for word in table]
    codes: list[object] = [STATE_CODES.get(state) for state in STATES]
    shown = [*codes, *words[len(STATES) :]]
    before = np.where(old >= 0, starts + old, -1)
    after = np.where(new >= 0, starts + new, -1)
    numbers = [record[index] for index in row.tolist()]
    return {
        "number": [
            f"{number}-{at:02d}" for number, at in zip(numbers, sequence.tolist(), strict=True)
        ],
        "updated_at": at(when),
        "record_kind": [RecordKind.INCIDENT.value] * len(row),
        "record": numbers,
        "at": at(when),
        "sequence": sequence.tolist(),
        "field": take([name.value for name in FIELDS], field),
        "old": take(words, before),
        "new": take(words, after),
        "new_code": take(codes, np.where(field == _STATE, new, -1)),
        "old_shown": take(shown, before),
        "new_shown": take(shown, after),
        "actor": take([*people, "system"], np.where(actor < 0, len(people), actor)),
        "is_integration": (actor < 0).tolist(),
    }


def _states(plan: Plan, life: Lifecycle) -> list[_Part]:
    """One part per slot; the state before is that of the last slot that happened."""
    parts = []
    before = np.full(len(life.ids), -1, dtype=np.int64)
    people = _assignees(plan, life)
    for slot in Slot:
        rows = np.flatnonzero(life.slot_s[:, slot] < NEVER)
        when, new = life.slot_s[rows, slot], life.slot_state[rows, slot]
        by_nobody = slot in (Slot.OPENED, Slot.CLOSED)
        has_it = people[rows, (life.picked_s[rows] <= when[:, None]).sum(axis=1)]
        actor = np.full(len(rows), -1) if by_nobody else has_it
        parts.append((rows, when, _STATE, before[rows], new, actor))
        before[rows] = new
    return parts


def _teams(plan: Plan, life: Lifecycle) -> list[_Part]:
    people = _assignees(plan, life)
    nobody = np.full(len(life.ids), -1, dtype=np.int64)
    set_first = np.flatnonzero(life.path[:, 0] >= 0)
    opened, started = life.slot_s[:, Slot.OPENED], life.slot_s[:, Slot.STARTED]
    begun = np.flatnonzero(started < NEVER)
    parts: list[_Part] = [
        (
            set_first,
            opened[set_first],
            _TEAM,
            nobody[set_first],
            life.path[set_first, 0],
            nobody[set_first],
        ),
        (begun, started[begun], _ASSIGNEE, nobody[begun], people[begun, 0], people[begun, 0]),
    ]
    current = np.where(started < NEVER, people[:, 0], -1)
    for hop in range(1, MAX_HOPS + 1):
        moved = np.flatnonzero(life.hop_s[:, hop - 1] < NEVER)
        parts.append(
            (
                moved,
                life.hop_s[moved, hop - 1],
                _TEAM,
                life.path[moved, hop - 1],
                life.path[moved, hop],
                current[moved],
            )
        )
        taken = np.flatnonzero(life.picked_s[:, hop - 1] < NEVER)
        new = people[taken, hop]
        parts.append((taken, life.picked_s[taken, hop - 1], _ASSIGNEE, current[taken], new, new))
        current[taken] = new
    return parts


def _priorities(life: Lifecycle) -> list[_Part]:
    rows = np.flatnonzero(life.first_priority != life.priority)
    when = life.slot_s[rows, Slot.STARTED]
    nobody = np.full(len(rows), -1, dtype=np.int64)
    return [(rows, when, _PRIORITY, life.first_priority[rows], life.priority[rows], nobody)]


def _assignees(plan: Plan, life: Lifecycle) -> Ints:
    """Shape (n, 5): who takes it in each team of the path."""
    draws = plan.draws("assignee", life.ids)
    n_teams = len(plan.reference.teams)
    columns = [
        assignee_of(draws, life.path[:, hop], f"hop {hop}", n_teams) for hop in range(MAX_HOPS + 1)
    ]
    return np.stack(columns, axis=1)
