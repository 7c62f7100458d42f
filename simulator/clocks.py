"""SLA and OLA clocks of incidents; contract clocks hang on vendor cases."""

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock, at, flags, hours, take
from simulator.draws import Flags, Floats, Ints
from simulator.lifecycle import NEVER, WAITS, Lifecycle, Slot
from simulator.plan import Plan
from simulator.vendor_cases import CaseTimes, case_times
from simulator.worktime import from_work, offset_s, to_work

RESPONSE_H = np.array([0.0, 0.25, 0.5, 2.0, 4.0, 6.0])
"""Response targets by priority; priorities 1 and 2 run round the clock, others in working hours."""
RESOLUTION_H = np.array([0.0, 8.0, 16.0, 30.0, 50.0, 70.0])
OLA_H = np.array([0.0, 4.0, 8.0, 16.0, 30.0, 48.0])
_Rows = dict[str, Ints | Floats | Flags]


def clock_block(plan: Plan, life: Lifecycle) -> ColumnBlock:
    """The clocks of one block of incidents: SLA response, SLA resolution, OLA, contract."""
    parts = [_response(plan, life), _resolution(plan, life), _ola(plan, life)]
    parts += _contract(plan, life)
    kinds = np.concatenate([np.full(len(part["row"]), min(k, 3)) for k, part in enumerate(parts)])
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    serial = np.concatenate([np.full(len(part["row"]), k) for k, part in enumerate(parts)])
    order = np.lexsort((serial, rows["row"]))
    rows = {name: values[order] for name, values in rows.items()}
    columns = _columns(plan, life, rows, kinds[order], serial[order])
    return ColumnBlock(RecordKind.SLA_CLOCK, plan.settings.source, columns)


def elapsed_s(plan: Plan, life: Lifecycle, row: Ints, start: Ints, end: Ints) -> Ints:
    """Seconds on the clock of each incident: by the clock, or in working time."""
    offset = offset_s(plan.settings)
    worked = to_work(end, offset) - to_work(start, offset)
    return np.where(life.is_round_clock[row], end - start, worked)


def _response(plan: Plan, life: Lifecycle) -> _Rows:
    row = np.flatnonzero(~(life.is_canceled & (life.slot_s[:, Slot.STARTED] == NEVER)))
    start, end = life.slot_s[row, Slot.OPENED], life.slot_s[row, Slot.STARTED]
    return _timed(plan, life, row, start, end, RESPONSE_H[life.priority[row]], np.zeros(len(row)))


def _resolution(plan: Plan, life: Lifecycle) -> _Rows:
    """The clock runs on after a reopening, and rests while the caller or a vendor has to act."""
    row = np.flatnonzero(~life.is_canceled)
    ended = life.resolved_s[row]
    paused = _paused(plan, life, row)
    reopened = life.slot_s[row, Slot.REOPENED]
    rested = np.where(
        reopened < NEVER,
        elapsed_s(
            plan,
            life,
            row,
            life.slot_s[row, Slot.RESOLVED],
            np.minimum(reopened, plan.settings.export_s),
        ),
        0,
    )
    target = RESOLUTION_H[life.priority[row]]
    return _timed(plan, life, row, life.slot_s[row, Slot.OPENED], ended, target, paused + rested)


def _paused(plan: Plan, life: Lifecycle, row: Ints) -> Floats:
    total = np.zeros(len(row))
    for column, (begin, back) in enumerate(
        ((Slot.WAIT_A, Slot.BACK_A), (Slot.WAIT_B, Slot.BACK_B))
    ):
        state = np.array(WAITS)[life.wait_kind[row, column]]
        rests = np.isin(state, WAITS[1:3]) & (life.slot_s[row, begin] < NEVER)
        start = np.where(rests, life.slot_s[row, begin], 0)
        end = np.where(rests, np.minimum(life.slot_s[row, back], plan.settings.export_s), 0)
        total += elapsed_s(plan, life, row, start, end)
    return total


def _ola(plan: Plan, life: Lifecycle) -> _Rows:
    """The last team's own clock, from the hand-off to it until the resolution."""
    row = np.flatnonzero((life.n_hops > 0) & ~life.is_canceled)
    start = life.hop_s[row, life.n_hops[row] - 1]
    end = life.slot_s[row, Slot.RESOLVED]
    paused = np.zeros(len(row))
    return _timed(plan, life, row, start, end, OLA_H[life.priority[row]], paused)


def _contract(plan: Plan, life: Lifecycle) -> list[_Rows]:
    """The vendor's clocks, round the clock: response and resolution of each case."""
    parts = []
    for column in (0, 1):
        case = case_times(plan, life, column)
        parts.append(_contract_part(plan, case, case.responded_s, case.response_due_s))
        parts.append(_contract_part(plan, case, case.resolved_s, case.resolution_due_s))
    return parts


def _contract_part(plan: Plan, case: CaseTimes, ended: Ints, due: Ints) -> _Rows:
    until = np.minimum(ended, plan.settings.export_s)
    elapsed = (until - case.opened_s).astype(np.float64)
    return {
        "row": case.row,
        "start": case.opened_s,
        "end": ended,
        "due": due,
        "elapsed": elapsed,
        "paused": np.zeros(len(case.row)),
        "target": (due - case.opened_s) / 3600.0,
        "breached": until > due,
    }


def _timed(
    plan: Plan, life: Lifecycle, row: Ints, start: Ints, end: Ints, target_h: Floats, paused: Floats
) -> _Rows:
    until = np.minimum(end, plan.settings.export_s)
    elapsed = elapsed_s(plan, life, row, start, until) - paused
    total = (target_h * 3600 + paused).astype(np.int64)
    offset = offset_s(plan.settings)
    worked = from_work(to_work(start, offset) + total, offset)
    due = np.where(life.is_round_clock[row], start + total, worked)
    return {
        "row": row,
        "start": start,
        "end": end,
        "due": due,
        "elapsed": elapsed.astype(np.float64),
        "paused": paused.astype(np.float64),
        "target": target_h,
        "breached": elapsed > target_h * 3600,
    }


def _columns(
    plan: Plan, life: Lifecycle, rows: _Rows, kinds: Ints, serial: Ints
) -> dict[str, Column]:
    row = np.asarray(rows["row"], dtype=np.int64)
    record = [f"INC{index + 1:07d}" for index in life.ids[row].tolist()]
    types = np.array([0, 0, 1, 2])[kinds]
    is_response = np.isin(serial, (0, 3, 5)).tolist()
    targets = ["response" if flag else "resolution" for flag in is_response]
    names = take(["SLA", "OLA", "Underpinning contract"], types)
    priority = life.priority[row].tolist()
    places = serial.tolist()
    return {
        "number": [f"{number}-S{k}" for number, k in zip(record, places, strict=True)],
        "record_kind": [RecordKind.INCIDENT.value] * len(row),
        "record": record,
        "type": take(["sla", "ola", "contract"], types),
        "target": targets,
        "type_code": names,
        "agreement": [f"{n} P{p} {t}" for n, p, t in zip(names, priority, targets, strict=True)],
        "party": _parties(plan, life, row, types),
        "is_canceled": [False] * len(row),
        **_measured(rows),
    }


def _parties(plan: Plan, life: Lifecycle, row: Ints, types: Ints) -> list[object]:
    """Who has to keep it: nobody in particular, the team, the vendor."""
    reference = plan.reference
    vendor = reference.service_vendor[plan.subject["service"][life.ids[row]]]
    team = life.path[row, life.n_hops[row]]
    words = [*reference.teams, *reference.vendors]
    index = np.where(types == 1, team, np.where(types == 2, len(reference.teams) + vendor, -1))
    return take(words, index)


def _measured(rows: _Rows) -> dict[str, Column]:
    due = np.asarray(rows["due"], dtype=np.int64)
    breached = np.asarray(rows["breached"], dtype=np.bool_)
    return {
        "started_at": at(np.asarray(rows["start"], dtype=np.int64)),
        "due_at": at(due),
        "ended_at": at(np.asarray(rows["end"], dtype=np.int64)),
        "is_breached": flags(breached),
        "breached_at": at(np.where(breached, due, NEVER)),
        "target_h": hours(np.asarray(rows["target"], dtype=np.float64) * 3600),
        "elapsed_h": hours(np.asarray(rows["elapsed"], dtype=np.float64)),
        "paused_h": hours(np.asarray(rows["paused"], dtype=np.float64)),
    }
