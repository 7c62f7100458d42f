"""Root causes told as prevented, only repaired, or too young to tell."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, Figure, FigureResult, Unit
from itsm.states import ProblemState, RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, Positions, Texts, Times, texts, times
from reports.measures.mined import mined_of
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline

EXPOSURE_DAYS = 90
"""So long nothing of the kind may come back before a cause counts as prevented."""
MAX_THEMES = 10
NO_THEME = "no cause recorded"

_contract = partial(
    Contract,
    family="problem management",
    unit=Unit.SHARE,
    direction=Direction.UP,
    kind=RecordKind.PROBLEM,
    owner="problem manager",
    partner="repeat_rate_mined",
    is_in_pack=False,
)
PREVENTED = _contract(
    figure_id="root_cause_prevented",
    title="Root causes prevented, not only repaired",
    formula=(
        "problems resolved 90 days or more before the end of the week, with incidents of their "
        "own, of which no incident was opened in the 90 days after: one that names the problem, "
        "or belongs to a candidate that holds one of its incidents; and by theme, the root cause"
    ),
    denominator="problems resolved 90 to 365 days before the end of the week that had incidents",
    exclusions="canceled problems; problems without incidents; those resolved less than 90 days",
    needs=("problem.resolved_at", "problem.root_cause", "incident.problem"),
    decision="which fixes were only repairs, and which causes to take up again",
)
CONTRACTS = (PREVENTED,)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The share prevented, over all and by theme."""
    problems, timeline = scope.frame(RecordKind.PROBLEM), scope.incidents
    if problems is None or timeline is None or not timeline.columns.is_known("problem").any():
        yield not_available(scope, PREVENTED, "needs problems, and incidents that name them")
        return
    problems = problems[(problems["state"] != ProblemState.CANCELED.value).to_numpy()]
    resolved = np.fmin(times(problems, "resolved_at"), times(problems, "closed_at"))
    problems, resolved = problems[~np.isnat(resolved)], resolved[~np.isnat(resolved)]
    order = np.lexsort((texts(problems, "number").astype(str), texts(problems, "source")))
    problems, resolved = problems.iloc[order], resolved[order]
    had, again = recurrence(scope, timeline, problems, resolved)
    age = scope.week_end - resolved
    is_old = (age >= EXPOSURE_DAYS * DAY) & (age <= 365 * DAY)
    excluded = {
        "less than 90 days of exposure": int((had & (age < EXPOSURE_DAYS * DAY)).sum()),
        "no incident names the problem": int((is_old & ~had).sum()),
    }
    chosen = is_old & had
    week = np.full(len(problems), scope.grid.last, dtype=np.intp)
    seen = Observed(week, texts(problems, "number")).only(chosen)
    held, extras = ~again[chosen], Extras(excluded=excluded, has_series=False)
    whole = share(scope, PREVENTED, seen, held, extras)
    yield whole
    if isinstance(whole, Figure):
        yield from _themes(scope, seen, held, theme_of(problems)[chosen])


def theme_of(problems: pd.DataFrame) -> Texts:
    """Root causes as themes: however they are spaced and capitalised."""
    words = problems["root_cause"].str.split().str.join(" ").str.capitalize()
    return words.fillna(NO_THEME).to_numpy(dtype=object)


def _themes(scope: Scope, seen: Observed, held: Flags, theme: Texts) -> Iterator[FigureResult]:
    counts = pd.Series(theme, dtype=object).value_counts()
    for name in sorted(counts.index, key=lambda one: (-counts[one], one))[:MAX_THEMES]:
        own = theme == name
        extras = Extras(
            dimensions={"theme": str(name)},
            companions={
                "prevented": float(held[own].sum()),
                "only repaired": float((~held[own]).sum()),
            },
            has_series=False,
        )
        yield share(scope, PREVENTED, seen.only(own), held[own], extras)


def recurrence(
    scope: Scope, timeline: Timeline, problems: pd.DataFrame, resolved: Times
) -> tuple[Flags, Flags]:
    """For each problem, whether it had incidents before its end, and any in the 90 days after."""
    problem = _problem_of(timeline, problems)
    groups = [(problem, np.arange(len(problem)))]
    mined = scope.data.candidate_of
    if mined is not None and not mined.empty:
        groups.append(_through_candidates(timeline, mined, problem))
    had, again = np.zeros(len(problems), dtype=bool), np.zeros(len(problems), dtype=bool)
    for row, incident in groups:
        known = row >= 0
        of_problem, opened = row[known], timeline.opened_at[incident[known]]
        end = resolved[of_problem]
        had[of_problem[opened <= end]] = True
        back = (opened > end) & (opened <= end + EXPOSURE_DAYS * DAY) & (opened < scope.week_end)
        again[of_problem[back]] = True
    return had, again


def _problem_of(timeline: Timeline, problems: pd.DataFrame) -> Positions:
    """The row of the problem that each incident names; -1 where it names none."""
    keys = pd.MultiIndex.from_arrays([problems["source"], problems["number"]])
    rows = np.flatnonzero(timeline.columns.is_known("problem"))
    found = np.full(len(timeline.opened_at), -1, dtype=np.intp)
    asked = pd.MultiIndex.from_frame(timeline.columns.only(["source", "problem"], rows))
    found[rows] = keys.get_indexer(asked)
    return found


def _through_candidates(
    timeline: Timeline, mined: pd.DataFrame, problem: Positions
) -> tuple[Positions, Positions]:
    """Incidents that share a candidate with a problem's own incident, with that problem."""
    found = mined_of(timeline, mined)
    known = found.record >= 0
    record, candidate = found.record[known], found.candidate.codes[known]
    member = pd.DataFrame({"record": record, "candidate": candidate})
    owners = member.assign(problem=problem[record])[problem[record] >= 0]
    owners = owners[["candidate", "problem"]].drop_duplicates()
    pairs = member[member["candidate"].isin(owners["candidate"])].merge(owners, on="candidate")
    return pairs["problem"].to_numpy(dtype=np.intp), pairs["record"].to_numpy(dtype=np.intp)
