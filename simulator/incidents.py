"""The columns of incidents: what the source shows, blanks and mistakes included."""

import numpy as np

from itsm.states import IncidentState, RecordKind
from simulator.columns import Column, ColumnBlock, at, flags, numbers, take
from simulator.draws import Draws, Flags, Ints
from simulator.lifecycle import CLOSED, NEVER, RESOLVED, STATES, VENDOR_WAIT, Lifecycle, Slot
from simulator.people import person
from simulator.plan import Plan
from simulator.reference import CATEGORIES, SITES
from simulator.wording import Texts

STATE_CODES = {
    IncidentState.NEW: "New",
    IncidentState.IN_PROGRESS: "In Progress",
    IncidentState.AWAITING_USER: "Awaiting Caller",
    IncidentState.AWAITING_VENDOR: "Awaiting Vendor",
    IncidentState.AWAITING_PROBLEM: "Awaiting Problem",
    IncidentState.AWAITING_CHANGE: "Awaiting Change",
    IncidentState.ON_HOLD: "On Hold",
    IncidentState.RESOLVED: "Resolved",
    IncidentState.CLOSED: "Closed",
    IncidentState.CANCELED: "Canceled",
}
CLOSE_CODES = (
    "Solution provided", "Workaround provided", "Resolved by caller", "Known error", "User error",
    "Resolved by change", "Resolved by problem", "Duplicate",
)  # fmt: skip
CHANNELS = ("Self-service", "Phone", "Email", "Chat", "Walk-in", "Monitoring")
NOTES = (
    "Restarted the service and confirmed with the user.", "Permission added, user informed.",
    "Configuration corrected.", "Cache cleared, works again.", "Driver reinstalled.",
    "Data corrected by hand.", "Vendor delivered a fix.", "No fault found, user will call back.",
    "Job restarted after the lock was released.", "Profile rebuilt.", "Certificate renewed.",
    "Space cleaned up.",
)  # fmt: skip
_PEOPLE_PER_TEAM = 64


def incident_block(plan: Plan, life: Lifecycle, texts: Texts) -> ColumnBlock:
    """The incidents of one block."""
    ids = life.ids
    draws = plan.draws("fields", ids)
    columns: dict[str, Column] = {
        "number": numbers("INC", ids),
        "updated_at": at(life.updated_s),
        "restricted": flags(draws.chance("restricted", 0.005)),
        "title": texts.titles,
        "description": texts.descriptions,
        **_states(life),
        **_shown_subject(plan, draws, ids),
        **_people(plan, life, draws),
        **_ending(plan, life, draws),
        **_links(plan, life, draws),
        **_major(plan, life, draws),
    }
    return ColumnBlock(RecordKind.INCIDENT, plan.settings.source, columns)


def _states(life: Lifecycle) -> dict[str, Column]:
    return {
        "opened_at": at(life.slot_s[:, Slot.OPENED]),
        "state": take([state.value for state in STATES], life.state),
        "state_code": take([STATE_CODES.get(state) for state in STATES], life.state),
        "resolved_at": at(life.resolved_s),
        "closed_at": at(life.slot_s[:, Slot.CLOSED]),
        "priority": life.priority.tolist(),
        "impact": life.impact.tolist(),
        "urgency": life.urgency.tolist(),
        "reopen_count": (life.slot_s[:, Slot.REOPENED] < NEVER).astype(np.int64).tolist(),
        "reassignment_count": life.n_hops.tolist(),
    }


def _shown_subject(plan: Plan, draws: Draws, ids: Ints) -> dict[str, Column]:
    """Service, item and category as shown: 15 to 25 % blank, some wrong."""
    reference, subject = plan.reference, plan.subject
    n_services, n_items = len(reference.services), len(reference.ci_names)
    service = _shown(draws, "service", subject["service"][ids], n_services, 0.16, 0.03)
    ci = _shown(draws, "ci", subject["ci"][ids], n_items, 0.2, 0.1)
    category = _shown(draws, "category", subject["category"][ids], len(CATEGORIES), 0.15, 0.08)
    sub = _shown(draws, "subcategory", subject["subcategory"][ids], 6, 0.22, 0.08)
    flat = np.where((category >= 0) & (sub >= 0), category * 6 + sub, -1)
    words = [word for _, subcategories in CATEGORIES for word in subcategories]
    copied = plan.clone_of[ids] >= 0
    true_ci = subject["ci"][ids]
    return {
        "service": take(reference.services, service),
        "ci": take(reference.ci_names, np.where(copied | plan.is_cloned[ids], true_ci, ci)),
        "category": take([name for name, _ in CATEGORIES], category),
        "subcategory": take(words, flat),
        "location": take(
            SITES, np.where(draws.chance("site", 0.8), draws.below("where", len(SITES)), -1)
        ),
    }


def _shown(draws: Draws, name: str, truth: Ints, bound: int, blank: float, wrong: float) -> Ints:
    u = draws.uniform(f"{name} shown")
    other = (truth + 1 + draws.below(f"{name} other", bound - 1)) % bound
    return np.where(u < blank, -1, np.where(u < blank + wrong, other, truth))


def assignee_of(draws: Draws, team: Ints, name: str, n_teams: int) -> Ints:
    """A person of a team, as an index into `people_of_teams`; the busiest are few."""
    team = np.where(team >= 0, team, draws.below(f"{name} any team", n_teams))
    return team * _PEOPLE_PER_TEAM + draws.below(name, 9)


def people_of_teams(n_teams: int) -> list[str]:
    """The names of everybody who solves incidents."""
    return [person(10_000 + index) for index in range(n_teams * _PEOPLE_PER_TEAM)]


def callers_of(plan: Plan, ids: Ints) -> Ints:
    """Who reports: a clone has the caller of its original."""
    text_id = plan.text_id[ids]
    return plan.draws("caller", text_id).below("caller", max(200, plan.n // 8))


def current_assignee(plan: Plan, life: Lifecycle) -> Ints:
    """Who has it now, as an index into `people_of_teams`; -1 while nobody has started."""
    n_teams = len(plan.reference.teams)
    draws = plan.draws("assignee", life.ids)
    current = np.where(
        life.slot_s[:, Slot.STARTED] < NEVER,
        assignee_of(draws, life.path[:, 0], "hop 0", n_teams),
        -1,
    )
    for hop in range(1, life.path.shape[1]):
        picked = life.picked_s[:, hop - 1] < NEVER
        new = assignee_of(draws, life.path[:, hop], f"hop {hop}", n_teams)
        current = np.where(picked, new, current)
    return current


def _people(plan: Plan, life: Lifecycle, draws: Draws) -> dict[str, Column]:
    teams = plan.reference.teams
    names = people_of_teams(len(teams))
    team = life.path[np.arange(len(life.ids)), life.n_hops]
    assignee = current_assignee(plan, life)
    callers = callers_of(plan, life.ids)
    machine = plan.is_machine[life.ids]
    caller = [
        "Monitoring" if is_machine else person(index)
        for is_machine, index in zip(machine.tolist(), callers.tolist(), strict=True)
    ]
    by_phone = draws.choice("channel", (0.4, 0.27, 0.2, 0.1, 0.03))
    return {
        "team": take(teams, team),
        "assignee": take(names, assignee),
        "caller": caller,
        "opened_by": caller,
        "resolved_by": take(names, np.where(life.resolved_s < NEVER, assignee, -1)),
        "channel": take(CHANNELS, np.where(machine, 5, by_phone)),
    }


def _ending(plan: Plan, life: Lifecycle, draws: Draws) -> dict[str, Column]:
    ids = life.ids
    ended = (life.state == RESOLVED) | (life.state == CLOSED)
    code = draws.choice("close code", (0.55, 0.13, 0.08, 0.08, 0.08, 0.05, 0.03))
    code = np.where(plan.duplicate_of[ids] >= 0, 7, code)
    cause = plan.cause[ids]
    note = np.where(
        cause >= 0,
        (cause * 5 + draws.below("same note", 2)) % len(NOTES),
        draws.below("note", len(NOTES)),
    )
    note = np.where(draws.chance("note given", 0.7) & ended, note, -1)
    article = (cause * 13) % plan.reference.n_articles
    knows = ended & (cause >= 0) & (cause % 3 == 0) & draws.chance("article", 0.35)
    return {
        "close_code": take(CLOSE_CODES, np.where(ended, code, -1)),
        "close_notes": take(NOTES, note),
        "knowledge_article": numbers("KB", np.where(knows, article, -1)),
    }


def _links(plan: Plan, life: Lifecycle, draws: Draws) -> dict[str, Column]:
    ids = life.ids
    cause = plan.cause[ids]
    safe = np.maximum(cause, 0)
    later = plan.opened_s[ids] >= plan.problem_opened_s[safe]
    linked = (cause >= 0) & (plan.problem_index[safe] >= 0)
    linked &= draws.chance("problem link", np.where(later, 0.65, 0.3))
    change = plan.changes.of_cause[safe]
    stated = (cause >= 0) & (change >= 0) & draws.chance("cause stated", 0.4)
    waits = (life.wait_kind == VENDOR_WAIT).any(axis=1) & has_vendor_case(life)
    return {
        "problem": numbers("PRB", np.where(linked, plan.problem_index[safe], -1)),
        "parent_incident": numbers("INC", plan.parent[ids]),
        "duplicate_of": numbers("INC", plan.duplicate_of[ids]),
        "caused_by_change": numbers("CHG", np.where(stated, change, -1)),
        "vendor": take(plan.reference.vendors, np.where(waits, vendor_of(plan, ids), -1)),
    }


def vendor_of(plan: Plan, ids: Ints) -> Ints:
    """The vendor of the service an incident is truly about; -1 for none."""
    vendor: Ints = plan.reference.service_vendor[plan.subject["service"][ids]]
    return vendor


def has_vendor_case(life: Lifecycle) -> Flags:
    """Which incidents ever waited for a vendor."""
    a = (life.wait_kind[:, 0] == VENDOR_WAIT) & (life.slot_s[:, Slot.WAIT_A] < NEVER)
    b = (life.wait_kind[:, 1] == VENDOR_WAIT) & (life.slot_s[:, Slot.WAIT_B] < NEVER)
    flagged: Flags = a | b
    return flagged


def _major(plan: Plan, life: Lifecycle, draws: Draws) -> dict[str, Column]:
    major = plan.is_major[life.ids]
    delay = draws.lognormal("declare", 900.0, 0.7).astype(np.int64)
    declared = life.slot_s[:, Slot.OPENED] + delay
    shown = major & (declared <= plan.settings.export_s)
    return {
        "is_major": flags(shown),
        "is_test": flags(plan.is_test[life.ids]),
        "major_declared_at": at(np.where(shown, declared, NEVER)),
    }
