"""The columns of problems, their tasks and known errors: those people already know of."""

from collections.abc import Iterator

import numpy as np

from itsm.states import RecordKind
from simulator.causes import Pattern
from simulator.columns import Column, ColumnBlock, at, flags, numbers, take
from simulator.draws import Ints
from simulator.lifecycle import NEVER
from simulator.phrases import LANGUAGES, alerts
from simulator.plan import Plan
from simulator.reference import CATEGORIES
from simulator.wording import NUMBERS, PLACES, VERSIONS

_DAY = 86_400
_STATES = ("assess", "root_cause_analysis", "fix_in_progress", "resolved", "closed")
_CODES = ("Assess", "Root Cause Analysis", "Fix in Progress", "Resolved", "Closed")
_TASKS = (
    "Collect logs",
    "Reproduce in test",
    "Ask the vendor",
    "Prepare the fix",
    "Review the fix",
)
_CAUSES = (
    "Connection pool too small after the move", "Template holds a stale reference",
    "Job and backup compete for the same lock", "Client version does not match the server",
    "Group policy removes the setting", "Certificate chain incomplete",
    "Index missing on the large table", "Character set differs between the systems",
)  # fmt: skip
_WORKAROUNDS = (
    "Restart the client and sign in again.", "Use the web version.", "Run the job by hand.",
    "Clear the cache.", "Save under another name first.",
)  # fmt: skip


def problem_blocks(plan: Plan) -> Iterator[ColumnBlock]:
    """All problems, then their tasks, then known errors."""
    cause = problem_causes(plan)
    state = _states(plan, cause)
    source = plan.settings.source
    yield ColumnBlock(RecordKind.PROBLEM, source, _problems(plan, cause, state))
    yield ColumnBlock(RecordKind.PROBLEM_TASK, source, _tasks(plan, cause, state))
    yield ColumnBlock(RecordKind.KNOWN_ERROR, source, _known_errors(plan, cause, state))


def problem_causes(plan: Plan) -> Ints:
    """The cause behind each problem, by problem index."""
    holders = np.flatnonzero(plan.problem_index >= 0)
    return holders[np.argsort(plan.problem_index[holders], kind="stable")]


def cause_title(plan: Plan, cause: int) -> str:
    """A cause in plain English."""
    causes = plan.causes
    parameter = int(causes.parameter[cause])
    if causes.origin[cause] == 1:
        check, _, text = alerts.CHECKS[causes.check[cause]]
        watched = alerts.OBJECTS[causes.object[cause] % len(alerts.OBJECTS)].format(k=parameter + 1)
        host = plan.reference.ci_names[causes.ci[cause, 0]]
        return f"{text.capitalize()}: {check} {watched} on {host}"
    english = LANGUAGES[0]
    thing = english.objects[causes.object[cause]][-1]
    symptom = english.families[causes.family[cause]][0].format(o=thing)
    condition = english.conditions[causes.condition[cause]][0]
    condition = condition.format(v=VERSIONS[parameter], p=PLACES[parameter], n=NUMBERS[parameter])
    title = f"{symptom} {condition}"
    return title[:1].upper() + title[1:]


def _states(plan: Plan, cause: Ints) -> Ints:
    """An improvement that went live closes its problem; others are in any state."""
    age_days = (plan.settings.export_s - plan.problem_opened_s[cause]) / _DAY
    u = plan.draws("problem state", cause).uniform("state")
    state = np.where(age_days < 10, 0, np.where(u < 0.35, 1, np.where(u < 0.7, 2, 4)))
    state = np.where((state == 4) & (age_days < 40), 3, state)
    fixed = np.isin(
        plan.causes.pattern[cause], (Pattern.IMPROVED, Pattern.NOT_IMPROVED, Pattern.REGRESSED)
    )
    done = _resolved(plan, cause, np.full(len(cause), 4)) < plan.settings.export_s - 20 * _DAY
    return np.where(fixed & done, 4, state).astype(np.int64)


def _resolved(plan: Plan, cause: Ints, state: Ints) -> Ints:
    live = plan.causes.goes_live_s[cause]
    opened = plan.problem_opened_s[cause]
    span = plan.settings.export_s - opened
    at_s = np.where(live > opened, live, opened + (0.6 * span).astype(np.int64))
    return np.where(state >= 3, at_s, NEVER)


def _problems(plan: Plan, cause: Ints, state: Ints) -> dict[str, Column]:
    causes, reference = plan.causes, plan.reference
    draws = plan.draws("problems", cause)
    titles = [cause_title(plan, index) for index in cause.tolist()]
    resolved = _resolved(plan, cause, state)
    closed = np.where(state == 4, np.minimum(resolved + 7 * _DAY, plan.settings.export_s), NEVER)
    opened = plan.problem_opened_s[cause]
    newest = np.where(closed < NEVER, closed, np.where(resolved < NEVER, resolved, opened))
    known = (state >= 2) & draws.chance("known", 0.6)
    return {
        "number": numbers("PRB", np.arange(len(cause))),
        "updated_at": at(newest),
        "opened_at": at(opened),
        "state": take(_STATES, state),
        "state_code": take(_CODES, state),
        "title": titles,
        "description": [f"Several incidents with the same picture: {title}" for title in titles],
        "service": take(reference.services, causes.service[cause]),
        "ci": take(reference.ci_names, causes.ci[cause, 0]),
        "category": take([name for name, _ in CATEGORIES], causes.category[cause]),
        "team": take(reference.teams, causes.team[cause]),
        "priority": (2 + draws.choice("priority", (0.2, 0.5, 0.3))).tolist(),
        "root_cause": take(_CAUSES, np.where(state >= 2, draws.below("root", len(_CAUSES)), -1)),
        "workaround": take(
            _WORKAROUNDS, np.where(known, draws.below("around", len(_WORKAROUNDS)), -1)
        ),
        "is_known_error": flags(known),
        "resolved_at": at(resolved),
        "closed_at": at(closed),
    }


def _tasks(plan: Plan, cause: Ints, state: Ints) -> dict[str, Column]:
    index = np.repeat(np.arange(len(cause)), 2)
    step = np.tile([0, 1], len(cause))
    opened = plan.problem_opened_s[cause[index]] + (1 + step) * _DAY // 2
    kept = opened <= plan.settings.export_s
    index, step, opened = index[kept], step[kept], opened[kept]
    draws = plan.draws("problem tasks", 2 * index + step)
    takes = draws.lognormal("takes", 6.0, 0.8) * _DAY
    ends = np.minimum(opened + takes.astype(np.int64), _resolved(plan, cause, state)[index])
    ends = np.maximum(ends, opened)
    done = (ends <= plan.settings.export_s) & ((state[index] > step) | (state[index] >= 3))
    meaning = np.where(done, 2, np.where(state[index] > 0, 1, 0))
    return {
        "number": numbers("PTASK", 2 * index + step),
        "updated_at": at(np.where(done, ends, opened)),
        "problem": numbers("PRB", index),
        "state": take(("open", "in_progress", "done"), meaning),
        "state_code": take(("New", "Work in Progress", "Closed"), meaning),
        "title": take(_TASKS, draws.below("title", len(_TASKS))),
        "team": take(plan.reference.teams, plan.causes.team[cause[index]]),
        "opened_at": at(opened),
        "due_at": at(opened + 10 * _DAY),
        "closed_at": at(np.where(done, ends, NEVER)),
    }


def _known_errors(plan: Plan, cause: Ints, state: Ints) -> dict[str, Column]:
    problems = _problems(plan, cause, state)
    rows = [row for row, is_known in enumerate(problems["is_known_error"]) if is_known]
    opened = plan.problem_opened_s[cause[rows]] if rows else np.zeros(0, dtype=np.int64)
    resolved = _resolved(plan, cause, state)[rows] if rows else np.zeros(0, dtype=np.int64)
    later = np.minimum(opened + 2 * _DAY, plan.settings.export_s)
    picked = {
        name: [problems[name][row] for row in rows]
        for name in ("number", "title", "workaround", "service", "ci")
    }
    return {
        "number": [str(number).replace("PRB", "KE") for number in picked["number"]],
        "updated_at": at(np.where(resolved < NEVER, resolved, later)),
        "opened_at": at(later),
        "problem": picked["number"],
        "title": picked["title"],
        "workaround": picked["workaround"],
        "service": picked["service"],
        "ci": picked["ci"],
        "resolved_at": at(resolved),
    }
