"""The columns of changes and their approvals."""

from collections.abc import Iterator

import numpy as np

from itsm.states import ChangeOutcome, ChangeState, RecordKind
from simulator.changes import TYPES
from simulator.columns import Column, ColumnBlock, at, numbers, take
from simulator.draws import Draws, Ints
from simulator.lifecycle import NEVER
from simulator.people import person
from simulator.plan import Plan
from simulator.reference import CATEGORIES
from simulator.wording import VERSIONS

_HOUR = 3_600
_DAY = 86_400
_STATES = tuple(ChangeState)[:-1]
_STATE_CODES = (
    "New",
    "Assess",
    "Authorize",
    "Scheduled",
    "Implement",
    "Review",
    "Closed",
    "Canceled",
)
OUTCOMES = (
    ChangeOutcome.SUCCESSFUL,
    ChangeOutcome.WITH_ISSUES,
    ChangeOutcome.BACKED_OUT,
    ChangeOutcome.UNSUCCESSFUL,
)
"""How changes end, by the index used in arrays."""
_OUTCOME_CODES = ("Successful", "Successful with issues", "Backed out", "Unsuccessful")
_WORK = (
    "Patch {item} to {version}", "Replace certificate on {item}", "New release {version} on {item}",
    "Change firewall rule for {item}", "Extend storage of {item}", "Database parameter {item}",
    "Move {item} to new host", "Configuration update {item}", "Firmware {version} on {item}",
    "Switch interface user of {item}",
)  # fmt: skip
_STEPS = ("Technical", "CAB")


def change_blocks(plan: Plan) -> Iterator[ColumnBlock]:
    """All changes, then all approvals."""
    state = change_states(plan)
    yield ColumnBlock(RecordKind.CHANGE, plan.settings.source, _changes(plan, state))
    yield ColumnBlock(RecordKind.APPROVAL, plan.settings.source, _approvals(plan, state))


def change_states(plan: Plan) -> Ints:
    """The state of each change at the export, as an index of `ChangeState`."""
    changes, export = plan.changes, plan.settings.export_s
    done = changes.implemented_s
    state = np.full(changes.n, 6)
    state[done > export - 2 * _DAY] = 5
    state[done > export] = 4
    state[done - 3 * _HOUR > export] = 3
    early = done - export
    lead = done - changes.opened_s
    state[(early > 0.5 * lead) & (state == 3)] = 2
    state[(early > 0.75 * lead) & (state == 2)] = 1
    state[(changes.opened_s > export - 4 * _HOUR) & (state < 4)] = 0
    state[changes.is_canceled] = 7
    return state


def change_outcomes(plan: Plan) -> Ints:
    """How each change ended, known or not: a third of those that break something look fine."""
    draws = plan.draws("outcomes", np.arange(plan.changes.n))
    fine = draws.choice("fine", (0.93, 0.04, 0.02, 0.01))
    broke = draws.choice("broke", (0.35, 0.4, 0.1, 0.15))
    return np.where(plan.changes.cause >= 0, broke, fine)


def _changes(plan: Plan, state: Ints) -> dict[str, Column]:
    changes, reference = plan.changes, plan.reference
    ids = np.arange(changes.n)
    draws = plan.draws("change fields", ids)
    titles = _titles(plan, draws)
    items = np.where(draws.chance("no ci", 0.08), -1, changes.ci)
    return {
        "number": numbers("CHG", ids),
        "state": take([meaning.value for meaning in _STATES], state),
        "state_code": take(_STATE_CODES, state),
        "type": take(TYPES, changes.type),
        "type_code": take([name.capitalize() for name in TYPES], changes.type),
        "title": titles,
        "description": [f"{title}. Tested in staging; back-out plan attached." for title in titles],
        "service": take(reference.services, changes.service),
        "ci": take(reference.ci_names, items),
        "category": take(
            [name for name, _ in CATEGORIES], draws.below("category", len(CATEGORIES))
        ),
        "team": take(reference.teams, reference.service_team[changes.service]),
        "risk": (4 - draws.choice("risk", (0.6, 0.28, 0.12))).tolist(),
        **_times(plan, state),
    }


def _titles(plan: Plan, draws: Draws) -> list[str]:
    work = draws.below("work", len(_WORK)).tolist()
    version = draws.below("version", len(VERSIONS)).tolist()
    items = take(plan.reference.ci_names, plan.changes.ci)
    return [
        _WORK[w].format(item=item, version=VERSIONS[v])
        for w, v, item in zip(work, version, items, strict=True)
    ]


def _times(plan: Plan, state: Ints) -> dict[str, Column]:
    """When each was opened, planned, done and closed, and how it ended."""
    changes, export = plan.changes, plan.settings.export_s
    opened = np.minimum(changes.opened_s, export)
    given_up = changes.implemented_s - 2 * _HOUR
    closed = np.where(state == 6, changes.implemented_s + _DAY, NEVER)
    closed = np.where((state == 7) & (given_up <= export), given_up, closed)
    implemented = np.where((state == 5) | (state == 6), changes.implemented_s, NEVER)
    newest = np.where(closed < NEVER, closed, np.where(implemented < NEVER, implemented, opened))
    outcome = np.where(state == 6, change_outcomes(plan), -1)
    return {
        "updated_at": at(np.minimum(newest, export)),
        "opened_at": at(opened),
        "outcome": take([meaning.value for meaning in OUTCOMES], outcome),
        "outcome_code": take(_OUTCOME_CODES, outcome),
        "planned_start_at": at(changes.implemented_s - 2 * _HOUR),
        "planned_end_at": at(changes.implemented_s + _HOUR),
        "implemented_at": at(implemented),
        "closed_at": at(closed),
    }


def _approvals(plan: Plan, state: Ints) -> dict[str, Column]:
    """Two steps for normal changes, one for emergencies, none for standard ones."""
    changes = plan.changes
    normal = np.flatnonzero((changes.type == 1) & (state >= 1))
    emergency = np.flatnonzero((changes.type == 2) & (state >= 1))
    change = np.concatenate([normal, normal, emergency])
    step = np.concatenate([np.zeros(len(normal)), np.ones(len(normal) + len(emergency))]).astype(
        np.int64
    )
    order = np.lexsort((step, change))
    change, step = change[order], step[order]
    draws = Draws(plan.settings.seed, "approvals", 2 * change + step)
    asked, start = changes.opened_s[change], changes.implemented_s[change] - 2 * _HOUR
    asked = asked + (0.1 + 0.4 * step) * (start - asked)
    decided = asked + (0.05 + 0.3 * draws.uniform("decided")) * (start - asked)
    open_still = (decided > plan.settings.export_s) | (state[change] <= 1 + step)
    refused = (state[change] == 7) & (step == 1) & draws.chance("refused", 0.5)
    answer = np.where(open_still, 0, np.where(refused, 2, 1))
    known = np.minimum(asked.astype(np.int64), plan.settings.export_s)
    decided_s = np.where(answer == 0, NEVER, np.maximum(decided.astype(np.int64), known))
    people = draws.below("approver", 24).tolist()
    return {
        "number": [
            f"APR{c + 1:07d}-{s + 1}" for c, s in zip(change.tolist(), step.tolist(), strict=True)
        ],
        "updated_at": at(np.where(decided_s < NEVER, decided_s, known)),
        "change": numbers("CHG", change),
        "state": take(("requested", "approved", "rejected"), answer),
        "state_code": take(("Requested", "Approved", "Rejected"), answer),
        "step": take(_STEPS, step),
        "approver": [person(9_000 + index) for index in people],
        "requested_at": at(known),
        "decided_at": at(decided_s),
    }
