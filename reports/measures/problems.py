"""Problem management: problems and known errors by age, tasks, and what became of candidates."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.candidates import Decision, ProblemCandidate
from itsm.figures import Direction, FigureResult, Unit
from itsm.states import ProblemState, RecordKind, TaskState
from reports.measures.backlog import calendar_age_days
from reports.measures.build import Extras, Observed, count, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.data import Flags, Times, texts, times
from reports.measures.scope import Scope

_contract = partial(
    Contract,
    family="problem management",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count",
    kind=RecordKind.PROBLEM,
    owner="problem manager",
    partner="repeat_rate_mined",
    is_in_pack=False,
)
OPENED = _contract(
    figure_id="problems_opened",
    title="Problems opened",
    formula="problems with their opening in the week",
    exclusions="canceled problems",
    needs=("problem.opened_at",),
    decision="whether causes are taken up as fast as they show",
)
RESOLVED = _contract(
    figure_id="problems_resolved",
    title="Problems resolved",
    formula="problems with their resolution in the week",
    exclusions="canceled problems",
    needs=("problem.resolved_at",),
    decision="whether problem work comes to an end",
)
OPEN = _contract(
    figure_id="problems_open",
    title="Open problems by age",
    formula=(
        "problems open at the end of the week, and by whole calendar days since their opening: "
        "<31, 31-90, 91-180, >180"
    ),
    direction=Direction.DOWN,
    exclusions="canceled problems; problems ended without a time of their end",
    needs=("problem.opened_at", "problem.resolved_at"),
    decision="which old problems to finish, fund or give up",
)
KNOWN_ERRORS = _contract(
    figure_id="known_errors_open",
    title="Open known errors with and without a workaround",
    formula="known errors not resolved at the end of the week, by whether they give a workaround",
    exclusions="none",
    kind=RecordKind.KNOWN_ERROR,
    needs=("known_error.opened_at", "known_error.workaround"),
    decision="which known errors need a workaround now",
)
TASKS = _contract(
    figure_id="problem_tasks_overdue",
    title="Overdue problem tasks",
    formula="problem tasks open at the end of the week whose due time has passed",
    direction=Direction.DOWN,
    exclusions="dropped tasks; tasks without a due time",
    kind=RecordKind.PROBLEM_TASK,
    needs=("problem_task.due_at", "problem_task.state"),
    decision="which problem work to free people for",
)
CANDIDATES = _contract(
    figure_id="candidates",
    title="Problem candidates",
    formula="candidates of the week's mining run, and by decision and by movement",
    exclusions="none",
    kind=RecordKind.INCIDENT,
    needs=("a finished mining run",),
    decision="how many candidates wait for a decision",
)
PRECISION = _contract(
    figure_id="candidate_precision",
    title="Candidates that reviewers took up",
    formula="accepted or linked / decided candidates, as reviewers saw them",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="candidates accepted, linked or rejected",
    exclusions="undecided, merged and snoozed candidates, and accepted risks",
    kind=RecordKind.INCIDENT,
    needs=("decisions on candidates",),
    decision="whether to trust what is mined",
)
DECIDED = _contract(
    figure_id="candidate_decision_time",
    title="Time to decide on a candidate",
    formula="median days from a candidate's first showing to the decision on it",
    unit=Unit.DAYS,
    direction=Direction.DOWN,
    denominator="candidates decided in the week",
    exclusions="undecided candidates",
    kind=RecordKind.INCIDENT,
    needs=("times of decisions on candidates",),
    decision="whether candidates wait longer than 14 days",
)
_OF_PROBLEMS = (OPENED, RESOLVED, OPEN)
_OF_CANDIDATES = (CANDIDATES, PRECISION, DECIDED)
CONTRACTS = (*_OF_PROBLEMS, KNOWN_ERRORS, TASKS, *_OF_CANDIDATES)

AGES = ((31, "<31"), (91, "31-90"), (181, "91-180"), (np.inf, ">180"))
_DONE = (ProblemState.RESOLVED.value, ProblemState.CLOSED.value)
_TAKEN = (Decision.ACCEPTED, Decision.LINKED)
_DECIDED = (*_TAKEN, Decision.REJECTED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Problems, known errors, tasks and candidates."""
    yield from _problems(scope)
    yield _known_errors(scope)
    yield _tasks(scope)
    if scope.data.candidates is None:
        reason = "needs a finished mining run for this week"
        yield from (not_available(scope, one, reason) for one in _OF_CANDIDATES)
    else:
        yield from _candidates(scope, scope.data.candidates)


def _problems(scope: Scope) -> Iterator[FigureResult]:
    problems = scope.frame(RecordKind.PROBLEM)
    if problems is None:
        reason = "no source provides problems"
        yield from (not_available(scope, one, reason) for one in _OF_PROBLEMS)
        return
    canceled = (problems["state"] == ProblemState.CANCELED.value).to_numpy()
    opened = times(problems, "opened_at")
    now = scope.grid.index_of(opened) == scope.grid.last
    excluded = {"canceled": int((canceled & now).sum())}
    problems, opened = problems[~canceled], opened[~canceled]
    number = texts(problems, "number")
    week = scope.grid.index_of(opened)
    yield count(scope, OPENED, Observed(week, number), Extras(excluded=excluded))
    ended = _ended(problems)
    yield count(scope, RESOLVED, Observed(scope.grid.index_of(ended), number))
    undated = np.isnat(ended) & problems["state"].isin(_DONE).to_numpy()
    is_open = (opened < scope.week_end) & ~(ended < scope.week_end) & ~undated
    per_week = np.array(
        [((opened < edge) & ~(ended < edge) & ~undated).sum() for edge in scope.grid.edges[1:]],
        dtype=np.float64,
    )
    extras = Extras(excluded={"ended, but not when": int(undated.sum())})
    value = float(is_open.sum())
    yield standing(scope, OPEN, value, number[is_open], extras, per_week=per_week)
    yield from _by_age(scope, opened[is_open], number[is_open])


def _ended(problems: pd.DataFrame) -> Times:
    return np.fmin(times(problems, "resolved_at"), times(problems, "closed_at"))


def _by_age(
    scope: Scope, opened: Times, number: "np.typing.NDArray[np.object_]"
) -> Iterator[FigureResult]:
    age = np.floor(calendar_age_days(opened, scope.week_end, scope.week.zone))
    low = -np.inf
    for high, name in AGES:
        chosen = (age >= low) & (age < high)
        extras = Extras(dimensions={"age in days": name})
        yield standing(scope, OPEN, float(chosen.sum()), number[chosen], extras)
        low = high


def _known_errors(scope: Scope) -> FigureResult:
    errors = scope.frame(RecordKind.KNOWN_ERROR)
    if errors is None:
        return not_available(scope, KNOWN_ERRORS, "no source provides known errors")
    opened, resolved = times(errors, "opened_at"), times(errors, "resolved_at")
    is_open = (opened < scope.week_end) & ~(resolved < scope.week_end)
    has = errors["workaround"].notna().to_numpy()
    extras = Extras(
        companions={
            "with a workaround": float((is_open & has).sum()),
            "without a workaround": float((is_open & ~has).sum()),
        }
    )
    number = texts(errors, "number")[is_open]
    return standing(scope, KNOWN_ERRORS, float(is_open.sum()), number, extras)


def _tasks(scope: Scope) -> FigureResult:
    tasks = scope.frame(RecordKind.PROBLEM_TASK)
    if tasks is None or tasks["due_at"].isna().all():
        return not_available(scope, TASKS, "no source provides problem tasks with a due time")
    late = is_overdue(scope, tasks)
    return standing(scope, TASKS, float(late.sum()), texts(tasks, "number")[late])


def is_overdue(scope: Scope, tasks: pd.DataFrame) -> Flags:
    """Tasks or actions that were not done at the end of the week though they were due."""
    closed = times(tasks, "closed_at")
    dropped = (tasks["state"] == TaskState.DROPPED.value).to_numpy()
    undated = np.isnat(closed) & (tasks["state"] == TaskState.DONE.value).to_numpy()
    done = (closed < scope.week_end) | dropped | undated
    return np.asarray((times(tasks, "due_at") < scope.week_end) & ~done)


def _candidates(scope: Scope, found: tuple[ProblemCandidate, ...]) -> Iterator[FigureResult]:
    yield _of_candidates(scope, found, {})
    for name in ("decision", "movement"):
        for value in sorted({str(getattr(one, name)) for one in found}):
            chosen = tuple(one for one in found if str(getattr(one, name)) == value)
            yield _of_candidates(scope, chosen, {name: value})
    decided = [one for one in found if one.decision in _DECIDED]
    week = np.full(len(decided), scope.grid.last, dtype=np.intp)
    seen = Observed(week, np.array([one.candidate_id for one in decided], dtype=object))
    taken = np.array([one.decision in _TAKEN for one in decided], dtype=bool)
    yield share(scope, PRECISION, seen, taken, Extras(has_series=False))
    yield not_available(scope, DECIDED, "candidates do not tell when they were decided on")


def _of_candidates(
    scope: Scope, found: tuple[ProblemCandidate, ...], dimensions: dict[str, str]
) -> FigureResult:
    number = np.array([one.candidate_id for one in found], dtype=object)
    return standing(scope, CANDIDATES, float(len(found)), number, Extras(dimensions=dimensions))
