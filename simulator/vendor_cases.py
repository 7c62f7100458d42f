"""Cases raised with vendors: one for every wait of an incident for a vendor."""

from dataclasses import dataclass

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock, at, hours, numbers, take
from simulator.draws import Floats, Ints
from simulator.lifecycle import NEVER, VENDOR_WAIT, Lifecycle, Slot
from simulator.plan import Plan
from simulator.reference import CLAUSE_HOURS
from simulator.reference_records import contract_number

_STATES = (("new", "New"), ("with_vendor", "With Vendor"), ("with_us", "Awaiting Customer"),
           ("resolved", "Resolved"), ("closed", "Closed"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTimes:
    """The cases of one block's first or second waits; `row`: the place in the block."""

    row: Ints
    vendor: Ints
    severity: Ints
    opened_s: Ints
    responded_s: Ints
    response_due_s: Ints
    resolved_s: Ints
    resolution_due_s: Ints
    closed_s: Ints
    our_h: Floats


def case_times(plan: Plan, life: Lifecycle, column: int) -> CaseTimes:
    """The cases of the first (0) or second (1) waits."""
    begin, back = ((Slot.WAIT_A, Slot.BACK_A), (Slot.WAIT_B, Slot.BACK_B))[column]
    waits = (life.wait_kind[:, column] == VENDOR_WAIT) & (life.slot_s[:, begin] < NEVER)
    row = np.flatnonzero(waits)
    opened, resolved = life.slot_s[row, begin], life.slot_s[row, back]
    severity = np.clip(life.priority[row] - 1, 1, 3)
    export = plan.settings.export_s
    draws = plan.draws(f"cases {column}", life.ids[row])
    answer = opened + draws.lognormal("answer", severity.astype(np.float64) * 5_000.0, 0.9).astype(
        np.int64
    )
    responded = np.minimum(answer, np.where(resolved < NEVER, resolved, answer))
    until = np.minimum(resolved, export)
    closed = np.where(resolved < NEVER, resolved + 2 * 86_400, NEVER)
    return CaseTimes(
        row=row,
        vendor=plan.reference.service_vendor[plan.subject["service"][life.ids[row]]],
        severity=severity,
        opened_s=opened,
        responded_s=np.where(responded <= export, responded, NEVER),
        response_due_s=opened + _due("response", severity),
        resolved_s=resolved,
        resolution_due_s=opened + _due("resolution", severity),
        closed_s=np.where(closed <= export, closed, NEVER),
        our_h=(until - opened) / 3600.0 * life.our_share[row, column],
    )


def vendor_case_block(plan: Plan, life: Lifecycle) -> ColumnBlock:
    """The vendor cases of one block of incidents."""
    cases = [case_times(plan, life, column) for column in (0, 1)]
    joined = {
        name: np.concatenate([getattr(case, name) for case in cases])
        for name in CaseTimes.__dataclass_fields__
    }
    column = np.concatenate([np.full(len(case.row), k) for k, case in enumerate(cases)])
    ids = life.ids[joined["row"]]
    order = np.lexsort((column, ids))
    joined = {name: values[order] for name, values in joined.items()}
    columns = _columns(plan, joined, ids[order], column[order])
    return ColumnBlock(RecordKind.VENDOR_CASE, plan.settings.source, columns)


def _columns(plan: Plan, case: dict[str, Ints], ids: Ints, column: Ints) -> dict[str, Column]:
    state = np.where(case["responded_s"] < NEVER, 1, 0)
    state = np.where((case["resolved_s"] == NEVER) & (case["our_h"] > 0) & (state == 1), 2, state)
    state = np.where(case["resolved_s"] < NEVER, 3, state)
    state = np.where(case["closed_s"] < NEVER, 4, state)
    newest = np.stack(
        [case[name] for name in ("opened_s", "responded_s", "resolved_s", "closed_s")], 1
    )
    vendors = plan.reference.vendors
    return {
        "number": numbers("VCS", 2 * ids + column),
        "updated_at": at(np.where(newest == NEVER, 0, newest).max(axis=1)),
        "vendor": take(vendors, case["vendor"]),
        "opened_at": at(case["opened_s"]),
        "state": take([meaning for meaning, _ in _STATES], state),
        "state_code": take([code for _, code in _STATES], state),
        "vendor_reference": [
            f"{vendors[v][:3].upper()}-{900_000 + 2 * i + k}"
            for v, i, k in zip(case["vendor"].tolist(), ids.tolist(), column.tolist(), strict=True)
        ],
        "title": [f"Support request for INC{index + 1:07d}" for index in ids.tolist()],
        "severity": case["severity"].tolist(),
        "incident": numbers("INC", ids),
        "service": take(plan.reference.services, plan.subject["service"][ids]),
        "contract": [contract_number(vendor) for vendor in case["vendor"].tolist()],
        "response_due_at": at(case["response_due_s"]),
        "responded_at": at(case["responded_s"]),
        "resolution_due_at": at(case["resolution_due_s"]),
        "resolved_at": at(case["resolved_s"]),
        "closed_at": at(case["closed_s"]),
        "waiting_on_us_h": hours(case["our_h"] * 3600),
    }


def _due(target: str, severity: Ints) -> Ints:
    hours = np.array([0.0, *(CLAUSE_HOURS[target, level] for level in (1, 2, 3))])
    return (hours[severity] * 3600).astype(np.int64)
