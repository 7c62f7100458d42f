"""The evidence for a vendor review: our share first, then theirs, each with case and clause."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import IncidentState
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.case_waits import ASKED_H, DETAIL_H
from reports.measures.commitments import (
    Owed,
    owed_by,
    utc_text,
    vendor_cases,
    vendor_contract,
    vendor_names,
    whole_hours,
)
from reports.measures.data import Flags, Numbers, Positions, Times, texts, times
from reports.measures.holders import pieces_of
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline

THEIRS, CALLER = "theirs", "the caller"
RAISED, WAITED = "ours, before the case was raised", "ours, the vendor waited for us"
DETAIL, ASKED = "ours, detail was missing", "ours, questions were sent back"
OURS = (RAISED, DETAIL, ASKED, WAITED)

SPLIT = vendor_contract(
    figure_id="vendor_time_split",
    title="Whose time vendor cases took",
    formula=(
        "hours from the opening of the incident to the resolution of its vendor case, of the cases "
        "resolved in the week, by vendor: before the case was raised and while the vendor waited "
        "for us (ours; for detail that was missing and for questions sent back apart, where the "
        "history of the case tells), while the caller had to answer, and the rest (theirs); the "
        "parts sum to the whole, and ours is taken out first"
    ),
    version=2,
    unit=Unit.HOURS,
    direction=Direction.NEITHER,
    denominator="vendor cases resolved in the week",
    needs=("vendor_case.resolved_at", "vendor_case.incident", "vendor_case.waiting_on_us_h"),
    decision="is it us? before anything is raised with the vendor",
)
NET = vendor_contract(
    figure_id="vendor_net_commitments",
    title="Vendor commitments met, our share taken out",
    formula=(
        "commitments due in the week that were met, or late by no more than the case waited on us "
        "/ commitments due in the week, over all vendors and by vendor"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="vendor commitments due in the week",
    needs=("vendor_case.resolution_due_at or contract_clause.within_h",),
    decision="whether the vendor's own performance is improving",
)
LINES = vendor_contract(
    figure_id="vendor_dossier",
    title="Missed vendor commitments with clause and impact",
    formula=(
        "hours late of the commitments due in the week less the hours the case waited on us, "
        "summed; then each missed commitment with case, clause, due, actual and impact"
    ),
    unit=Unit.HOURS,
    denominator="missed commitments of the week",
    needs=("vendor_case.contract", "contract_clause.within_h", *NET.needs),
    decision="what to raise in the vendor review, line by line",
)
CONTRACTS = (SPLIT, NET, LINES)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The split of time, commitments met, and the lines of what was missed."""
    cases = vendor_cases(scope)
    if cases is None or cases.empty:
        reason = "no source provides vendor cases"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    yield from _split(scope, cases)
    owed = owed_by(scope, cases)
    yield from _net(scope, owed)
    due_now = owed.only(scope.grid.index_of(owed.due_at) == scope.grid.last)
    yield from _lines(scope, cases, due_now.only(due_now.is_missed))


def split_of(scope: Scope, cases: pd.DataFrame) -> dict[str, Numbers]:
    """Hours of each part of each case; the parts sum to the time from the incident's opening.

    The caller's part is the time that the incident waited for its user, before and after the case
    was raised.
    """
    opened, end = times(cases, "opened_at"), times(cases, "resolved_at")
    ours = np.nan_to_num(cases["waiting_on_us_h"].to_numpy(dtype=np.float64))
    before, asked, caller = (np.zeros(len(cases)) for _ in range(3))
    timeline = scope.incidents
    if timeline is not None:
        record = timeline.index.of(cases, "incident")
        known = np.flatnonzero(record >= 0)
        start = timeline.opened_at[record[known]]
        before[known] = whole_hours(opened[known], start)
        asked[known] = _waits_for_user(timeline, record[known], start, opened[known])
        caller[known] = _waits_for_user(timeline, record[known], opened[known], end[known])
    whole = whole_hours(end, opened)
    ours = np.minimum(ours, whole)
    caller = np.minimum(caller, whole - ours)
    theirs = whole - ours - caller
    return {
        RAISED: before - asked,
        **_waits_on_us(cases, ours),
        CALLER: caller + asked,
        THEIRS: theirs,
    }


def _waits_on_us(cases: pd.DataFrame, ours: Numbers) -> dict[str, Numbers]:
    """The waits on us by their reason, as far as the history of cases was read."""
    if DETAIL_H not in cases:
        return {WAITED: ours}
    detail = np.minimum(cases[DETAIL_H].to_numpy(dtype=np.float64), ours)
    questions = np.minimum(cases[ASKED_H].to_numpy(dtype=np.float64), ours - detail)
    return {DETAIL: detail, ASKED: questions, WAITED: ours - detail - questions}


def _waits_for_user(timeline: Timeline, record: Positions, start: Times, end: Times) -> Numbers:
    pieces = pieces_of(timeline, record, start, end)
    waits = pieces.only(pieces.state == IncidentState.AWAITING_USER.value)
    return np.bincount(waits.window, waits.hours, minlength=len(record)).astype(np.float64)


def _split(scope: Scope, cases: pd.DataFrame) -> Iterator[FigureResult]:
    done = cases[scope.grid.index_of(times(cases, "resolved_at")) == scope.grid.last]
    if done.empty:
        yield not_available(scope, SPLIT, "no vendor case was resolved in the week")
        return
    parts, vendor, number = split_of(scope, done), vendor_names(scope, done), texts(done, "number")
    whole = sum(parts.values(), np.zeros(len(done)))
    unknown = int(done["waiting_on_us_h"].isna().sum())
    note = f"For {unknown} of {len(done)} it is not recorded how long the case waited on us."
    extras = Extras(exactness=Exactness.COMPUTED, note=note if unknown else None)
    yield standing(scope, SPLIT, float(np.sort(whole).sum()), number, extras)
    for name in sorted(set(vendor)):
        own = vendor == name
        total = float(np.sort(whole[own]).sum())
        for part, hours in parts.items():
            value = float(np.sort(hours[own]).sum())
            extras = Extras(
                dimensions={"vendor": str(name), "part": part},
                companions={"share": value / total} if total else {},
                exactness=Exactness.COMPUTED,
            )
            yield standing(scope, SPLIT, value, number[own], extras)


def _net(scope: Scope, owed: Owed) -> Iterator[FigureResult]:
    week = scope.grid.index_of(owed.due_at)
    seen = Observed(week, owed.case)
    yield share(scope, NET, seen, ~owed.is_theirs, _excused(owed, week == scope.grid.last, {}))
    now = week == scope.grid.last
    for name in sorted(set(owed.vendor[now])):
        own = owed.vendor == name
        extras = _excused(owed, now & own, {"vendor": str(name)})
        yield share(scope, NET, seen.only(own), ~owed.is_theirs[own], extras)


def _excused(owed: Owed, chosen: Flags, of: dict[str, str]) -> Extras:
    excused = chosen & owed.is_missed & ~owed.is_theirs
    return Extras(dimensions=of, companions={"late because of us": float(excused.sum())})


def _lines(scope: Scope, cases: pd.DataFrame, missed: Owed) -> Iterator[FigureResult]:
    beside = {"hours late before our share": float(np.sort(missed.late_h).sum())}
    total = float(np.sort(missed.net_late_h).sum())
    yield standing(scope, LINES, total, missed.case, Extras(companions=beside))
    users = affected_users(scope, cases)
    for place in np.lexsort((missed.case.astype(str), missed.due_at)):
        yield _line(scope, cases, missed, int(place), users)


def _line(
    scope: Scope, cases: pd.DataFrame, missed: Owed, place: int, users: Numbers
) -> FigureResult:
    row = int(missed.row[place])
    incident = cases["incident"].iloc[row]
    beside = {
        "hours late": float(missed.late_h[place]),
        "hours waited on us": float(missed.ours_h[place]),
    }
    if not np.isnan(users[row]):
        beside["affected users"] = float(users[row])
    behind = [missed.case[place], *([] if pd.isna(incident) else [incident])]
    extras = Extras(
        dimensions={
            "vendor": str(missed.vendor[place]),
            "case": str(missed.case[place]),
            "commitment": str(missed.target[place]),
            "clause": str(missed.clause[place]),
            "due": utc_text(missed.due_at[place]),
            "actual": utc_text(missed.done_at[place]),
        },
        companions=beside,
        note=None if missed.net_late_h[place] > 0 else _OURS,
    )
    number = np.array(behind, dtype=object)
    return standing(scope, LINES, float(missed.net_late_h[place]), number, extras)


_OURS = "The case waited on us for at least as long as it is late: not the vendor's delay."


def affected_users(scope: Scope, cases: pd.DataFrame) -> Numbers:
    """Users that each case's incident affected, where it tells."""
    users = np.full(len(cases), np.nan)
    if scope.incidents is None:
        return users
    record = scope.incidents.index.of(cases, "incident")
    told = scope.incidents.columns.numbers("affected_users")
    users[record >= 0] = told[record[record >= 0]]
    return users
