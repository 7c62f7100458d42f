"""How incidents go through their states, teams and waits, for one block at a time."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from itsm.states import IncidentState
from simulator.draws import Draws, Flags, Floats, Ints
from simulator.plan import Plan
from simulator.routing import MAX_HOPS, PRIORITY_OF, impact_and_urgency, team_path
from simulator.worktime import from_work, offset_s, to_work

STATES = tuple(IncidentState)
"""States by the index used in arrays."""
_S = {state: index for index, state in enumerate(STATES)}
NEW, IN_PROGRESS = _S[IncidentState.NEW], _S[IncidentState.IN_PROGRESS]
RESOLVED, CLOSED = _S[IncidentState.RESOLVED], _S[IncidentState.CLOSED]
CANCELED = _S[IncidentState.CANCELED]
WAITS = (
    IN_PROGRESS,
    _S[IncidentState.AWAITING_USER],
    _S[IncidentState.AWAITING_VENDOR],
    _S[IncidentState.AWAITING_PROBLEM],
    _S[IncidentState.AWAITING_CHANGE],
)
"""The state behind each kind of wait; kind 0 is no wait."""
VENDOR_WAIT = 2
NEVER = np.iinfo(np.int64).max
"""The time of what does not happen."""
_RESPONSE_S = np.array([0, 360, 900, 2_400, 5_400, 7_200])
_WORK_S = np.array([0, 9_000, 16_000, 24_000, 40_000, 60_000])
_HOUR = 3_600
_DAY = 86_400


class Slot(IntEnum):
    """The state changes of a life, in the order in which they may happen."""

    OPENED = 0
    STARTED = 1
    WAIT_A = 2
    BACK_A = 3
    WAIT_B = 4
    BACK_B = 5
    RESOLVED = 6
    REOPENED = 7
    RESOLVED_AGAIN = 8
    CLOSED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The lives of one block of incidents, cut at the export; times are seconds or `NEVER`."""

    ids: Ints
    impact: Ints
    urgency: Ints
    priority: Ints
    first_priority: Ints
    is_round_clock: Flags
    slot_s: Ints
    """Shape (n, 10): when each `Slot` happens."""
    slot_state: Ints
    """Shape (n, 10): the state after it."""
    state: Ints
    n_hops: Ints
    path: Ints
    """Shape (n, 5): teams in order; -1 beyond the path, or for an incident no team was set on."""
    hop_s: Ints
    """Shape (n, 4): when each hand-off happens."""
    picked_s: Ints
    """Shape (n, 4): when the receiving team starts."""
    wait_kind: Ints
    """Shape (n, 2): kinds of the two waits, as in `WAITS`."""
    our_share: Floats
    """Shape (n, 2): share of a vendor wait that was spent waiting on us."""

    @property
    def is_canceled(self) -> Flags:
        """Which were cancelled."""
        flags: Flags = self.slot_state[:, Slot.CLOSED] == CANCELED
        return flags

    @property
    def resolved_s(self) -> Ints:
        """The newest resolution of those resolved or closed now, else `NEVER`."""
        again = self.slot_s[:, Slot.RESOLVED_AGAIN]
        latest = np.where(again < NEVER, again, self.slot_s[:, Slot.RESOLVED])
        return np.where((self.state == RESOLVED) | (self.state == CLOSED), latest, NEVER)

    @property
    def updated_s(self) -> Ints:
        """When the newest event of each happened."""
        everything = np.concatenate([self.slot_s, self.hop_s, self.picked_s], axis=1)
        newest: Ints = np.where(everything == NEVER, 0, everything).max(axis=1)
        return newest


def build_lifecycle(plan: Plan, ids: Ints) -> Lifecycle:
    """The lives of the incidents with these indexes."""
    draws = plan.draws("life", ids)
    impact, urgency = impact_and_urgency(plan, draws, ids)
    priority = PRIORITY_OF[impact - 1, urgency - 1]
    n_hops, path = team_path(plan, draws, ids)
    waits = _waits(plan, draws, ids)
    round_clock = priority <= 2
    slot_s, hop_s, picked_s = _times(plan, draws, ids, priority, n_hops, waits)
    slot_s, slot_state = _cut(plan, draws, ids, slot_s, waits)
    hop_s = np.where(hop_s <= plan.settings.export_s, hop_s, NEVER)
    canceled = slot_state[:, Slot.CLOSED] == CANCELED
    hop_s[canceled] = NEVER
    picked_s = np.where((picked_s <= plan.settings.export_s) & (hop_s < NEVER), picked_s, NEVER)
    done = (hop_s < NEVER).sum(axis=1)
    path = np.where(np.arange(MAX_HOPS + 1) <= done[:, None], path, -1)
    raised = draws.chance("reprioritised", 0.05) & (slot_s[:, Slot.STARTED] < NEVER)
    step = np.where(priority >= 4, -1, 1)
    return Lifecycle(
        ids=ids,
        impact=impact,
        urgency=urgency,
        priority=priority,
        first_priority=np.where(raised, priority + step, priority),
        is_round_clock=round_clock,
        slot_s=slot_s,
        slot_state=slot_state,
        state=_state(slot_s, slot_state),
        n_hops=np.where(path[:, 0] >= 0, done, 0),
        path=path,
        hop_s=hop_s,
        picked_s=picked_s,
        wait_kind=waits,
        our_share=_our_share(draws),
    )


def _waits(plan: Plan, draws: Draws, ids: Ints) -> Ints:
    """Kinds of the two waits of each incident."""
    cause, service = plan.cause[ids], plan.subject["service"][ids]
    share = np.where(cause >= 0, plan.causes.vendor_share[np.maximum(cause, 0)], 0.12)
    share = np.where(plan.reference.service_vendor[service] >= 0, share, 0.0)
    kinds = []
    for name, factor in (("a", 1.0), ("b", 0.35)):
        other = draws.choice(f"wait {name}", (0.68, 0.24, 0.0, 0.03, 0.05))
        other = np.where(draws.chance(f"wait any {name}", factor), other, 0)
        kinds.append(np.where(draws.chance(f"vendor {name}", share * factor), VENDOR_WAIT, other))
    none = plan.is_cloned[ids] | (plan.duplicate_of[ids] >= 0)
    return np.where(none[:, None], 0, np.stack(kinds, axis=1))


def _times(
    plan: Plan, draws: Draws, ids: Ints, priority: Ints, n_hops: Ints, waits: Ints
) -> tuple[Ints, Ints, Ints]:
    """Uncut times of states, hand-offs and pick-ups.

    Durations are laid end to end on working time, or on the clock for priorities 1 and 2.
    """
    pieces = _pieces(plan, draws, ids, priority, n_hops, waits)
    ends = np.cumsum(pieces, axis=1)
    offset = offset_s(plan.settings)
    opened, round_clock = plan.opened_s[ids], priority <= 2
    work = from_work(to_work(opened, offset)[:, None] + ends, offset)
    at = np.where(round_clock[:, None], opened[:, None] + ends, work)
    slots = np.full((len(ids), len(Slot)), NEVER, dtype=np.int64)
    slots[:, Slot.OPENED] = opened
    slots[:, Slot.STARTED] = at[:, 0]
    slots[:, Slot.WAIT_A] = np.where(waits[:, 0] > 0, at[:, 5], NEVER)
    slots[:, Slot.BACK_A] = np.where(waits[:, 0] > 0, at[:, 6], NEVER)
    slots[:, Slot.WAIT_B] = np.where(waits[:, 1] > 0, at[:, 11], NEVER)
    slots[:, Slot.BACK_B] = np.where(waits[:, 1] > 0, at[:, 12], NEVER)
    slots[:, Slot.RESOLVED] = resolved = at[:, 13]
    reopened = draws.chance("reopened", 0.055) & ~plan.is_cloned[ids]
    gap = np.minimum(draws.lognormal("reopen gap", 1.2, 0.9), 4.5) * _DAY
    back = resolved + gap.astype(np.int64)
    redo = draws.lognormal("redo", 5.0 * _HOUR, 1.0).astype(np.int64) + 300
    again = np.where(round_clock, back + redo, from_work(to_work(back, offset) + redo, offset))
    slots[:, Slot.REOPENED] = np.where(reopened, back, NEVER)
    slots[:, Slot.RESOLVED_AGAIN] = np.where(reopened, again, NEVER)
    delay = np.where(plan.is_cloned[ids], 1.5, 5.0) * _DAY
    slots[:, Slot.CLOSED] = np.where(reopened, again, resolved) + delay.astype(np.int64)
    hop_at, pick_at = at[:, (1, 3, 7, 9)], at[:, (2, 4, 8, 10)]
    there = np.arange(1, MAX_HOPS + 1) <= n_hops[:, None]
    return slots, np.where(there, hop_at, NEVER), np.where(there, pick_at, NEVER)


def _pieces(plan: Plan, draws: Draws, ids: Ints, priority: Ints, n_hops: Ints, waits: Ints) -> Ints:
    """Shape (n, 14): response, then work and hand-off waits in turn, the two waits, last work."""
    quick = np.where(plan.is_machine[ids], 0.55, 1.0)
    quick = np.where(plan.duplicate_of[ids] >= 0, 0.25, quick)
    quick = np.where((priority >= 3) & draws.chance("left lying", 0.06), 7.0, quick)
    total = draws.lognormal("work", _WORK_S[priority] * quick, 0.95)
    shares = np.stack([0.2 + draws.uniform(f"share {k}") for k in range(7)], axis=1)
    present = np.ones((len(ids), 7), dtype=np.bool_)
    for column, hop in ((0, 1), (1, 2), (3, 3), (4, 4)):
        present[:, column] = n_hops >= hop
    present[:, 2], present[:, 5] = waits[:, 0] > 0, waits[:, 1] > 0
    shares = np.where(present, shares, 0.0)
    work = shares / shares.sum(axis=1, keepdims=True) * total[:, None]
    pieces = np.zeros((len(ids), 14))
    pieces[:, 0] = 30 + draws.lognormal("response", _RESPONSE_S[priority], 0.9)
    for column, piece in enumerate((1, 3, 5, 7, 9, 11, 13)):
        pieces[:, piece] = work[:, column]
    for hop, piece in ((1, 2), (2, 4), (3, 8), (4, 10)):
        pause = draws.lognormal(f"hand-off {hop}", 1.4 * _HOUR, 1.1)
        pieces[:, piece] = np.where(n_hops >= hop, pause, 0.0)
    medians = np.array([0.0, 6.0, 15.0, 60.0, 40.0]) * _HOUR
    for column, piece in ((0, 6), (1, 12)):
        kind = waits[:, column]
        lasts = draws.lognormal(f"wait {column}", np.maximum(medians[kind], 1.0), 0.85)
        pieces[:, piece] = np.where(kind > 0, lasts, 0.0)
    whole = pieces.sum(axis=1)
    most = np.where(plan.is_cloned[ids], 14.0 * _HOUR, np.inf)
    pieces *= np.minimum(1.0, most / whole)[:, None]
    return np.where(pieces > 0, pieces.astype(np.int64) + 60, 0)


def _cut(plan: Plan, draws: Draws, ids: Ints, slots: Ints, waits: Ints) -> tuple[Ints, Ints]:
    """Takes out what a cancelled incident never reaches and what lies after the export."""
    states = np.tile(
        np.array(
            [
                NEW,
                IN_PROGRESS,
                0,
                IN_PROGRESS,
                0,
                IN_PROGRESS,
                RESOLVED,
                IN_PROGRESS,
                RESOLVED,
                CLOSED,
            ]
        ),
        (len(ids), 1),
    )
    states[:, Slot.WAIT_A] = np.array(WAITS)[waits[:, 0]]
    states[:, Slot.WAIT_B] = np.array(WAITS)[waits[:, 1]]
    canceled = draws.chance("canceled", 0.015) & ~plan.is_cloned[ids] & ~plan.is_major[ids]
    canceled |= plan.is_test[ids] & draws.chance("test canceled", 0.5)
    slots = slots.copy()
    slots[canceled, Slot.CLOSED] = slots[canceled, Slot.STARTED]
    slots[canceled, Slot.STARTED : Slot.CLOSED] = NEVER
    states[canceled, Slot.CLOSED] = CANCELED
    return np.where(slots <= plan.settings.export_s, slots, NEVER), states


def _state(slot_s: Ints, slot_state: Ints) -> Ints:
    """The state after the last slot that happened."""
    last = slot_s.shape[1] - 1 - np.argmax(slot_s[:, ::-1] < NEVER, axis=1)
    state: Ints = slot_state[np.arange(len(slot_s)), last]
    return state


def _our_share(draws: Draws) -> Floats:
    """For a third of the vendor waits, 10 to 60 % was spent waiting on us."""
    columns = [
        np.where(draws.chance(f"ours {k}", 0.35), 0.1 + 0.5 * draws.uniform(f"share ours {k}"), 0.0)
        for k in range(2)
    ]
    return np.stack(columns, axis=1)
