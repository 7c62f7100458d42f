"""Incidents that happened before: told by rule, and told by what was mined."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, Positions, Times
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline

BACK_DAYS = 90
"""How far back a repeat may lie."""

RULE = Contract(
    figure_id="repeat_rate_rule",
    title="Repeat-incident rate (rule)",
    family="experience",
    formula=(
        "of the incidents opened in the week, those with an earlier incident in the 90 days "
        "before on the same service or CI, with the same category and close code"
    ),
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="incidents opened in the week with service or CI, category and close code",
    exclusions=(
        "test records, duplicates, canceled in the week of opening; incidents without service and "
        "CI, without category, or not closed with a code yet"
    ),
    kind=RecordKind.INCIDENT,
    needs=("incident.service or incident.ci", "incident.category", "incident.close_code"),
    owner="problem manager",
    decision="where problem management has most to gain",
    partner="opened",
    is_experience=True,
)
MINED = Contract(
    figure_id="repeat_rate_mined",
    title="Repeat-incident rate (mined)",
    family="experience",
    formula=(
        "of the incidents opened in the week, those that belong to a candidate or problem with "
        "another member opened in the 90 days before"
    ),
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="incidents opened in the week",
    exclusions="test records, duplicates, canceled in the week of opening",
    kind=RecordKind.INCIDENT,
    needs=("a finished mining run", "incident.problem, where it is kept"),
    owner="problem manager",
    decision="how much of the work is repeats of one cause",
    partner="opened",
    is_experience=True,
)
CONTRACTS = (RULE, MINED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Both variants of the repeat-incident rate, side by side."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    week = np.where(
        timeline.canceled_in_week_of_opening(scope.grid),
        -1,
        scope.grid.index_of(timeline.opened_at),
    )
    yield _by_rule(scope, timeline, week)
    yield _by_mining(scope, timeline, week)


def _by_rule(scope: Scope, timeline: Timeline, week: Positions) -> FigureResult:
    known = timeline.records
    lacking = _lacking(known)
    if lacking is not None:
        return not_available(scope, RULE, lacking)
    close_code = _close_code_as_known(scope, timeline)
    repeats = np.zeros(len(known), dtype=bool)
    for place in ("service", "ci"):
        key = _codes([known["source"], known[place], known["category"], close_code])
        repeats |= _has_earlier(key, timeline.opened_at)
    has_place = (known["service"].notna() | known["ci"].notna()).to_numpy()
    has_category, has_code = known["category"].notna().to_numpy(), close_code.notna().to_numpy()
    usable = has_place & has_category & has_code
    now = week == scope.grid.last
    excluded = {
        "no service and no CI": int((now & ~has_place).sum()),
        "no category": int((now & has_place & ~has_category).sum()),
        "no close code yet": int((now & has_place & has_category & ~has_code).sum()),
    }
    return share(
        scope,
        RULE,
        Observed(week, timeline.number).only(usable),
        repeats[usable],
        _looking_back(scope, timeline, excluded),
    )


def _lacking(records: pd.DataFrame) -> str | None:
    if records["service"].isna().all() and records["ci"].isna().all():
        return "needs service or CI of incidents, and none is given"
    for column in ("category", "close_code"):
        if records[column].isna().all():
            return f"needs {column.replace('_', ' ')} of incidents, and none is given"
    return None


def _close_code_as_known(scope: Scope, timeline: Timeline) -> "pd.Series[str]":
    """Close codes of incidents that had been ended at the cut-off."""
    last_open = np.ones(len(timeline.records), dtype=bool)
    last_open[timeline.events.record] = timeline.events.kind % 2 == 0
    return timeline.records["close_code"].mask(last_open)


def _by_mining(scope: Scope, timeline: Timeline, week: Positions) -> FigureResult:
    mined = scope.data.candidate_of
    if mined is None:
        return not_available(scope, MINED, "needs a finished mining run for this week")
    candidate = pd.Series([None] * len(timeline.records), dtype="str")
    if not mined.empty:
        record = timeline.index.positions(mined["source"], mined["number"])
        values = np.full(len(timeline.records), None, dtype=object)
        values[record[record >= 0]] = mined["candidate_id"].to_numpy(dtype=object)[record >= 0]
        candidate = pd.Series(values, dtype="str")
    repeats = _has_earlier(_codes([candidate]), timeline.opened_at)
    problem = _codes([timeline.records["source"], timeline.records["problem"]])
    repeats |= _has_earlier(problem, timeline.opened_at)
    extras = _looking_back(scope, timeline, {})
    return share(scope, MINED, Observed(week, timeline.number), repeats, extras)


def _looking_back(scope: Scope, timeline: Timeline, excluded: Mapping[str, int]) -> Extras:
    """Only weeks with 90 covered days before them compare; the newest says when it has not."""
    first_at = np.fmin.reduce(timeline.opened_at, initial=np.datetime64("NaT", "us"))
    covered_from = np.datetime64(first_at + BACK_DAYS * DAY)
    is_short = scope.week_start < covered_from
    note = "The records begin less than 90 days before this week: earlier ones are not seen."
    return Extras(excluded=excluded, covered_from=covered_from, note=note if is_short else None)


def _codes(columns: Sequence["pd.Series[str]"]) -> Positions:
    """A code per distinct combination, -1 where any part is missing."""
    joint = np.zeros(len(columns[0]), dtype=np.int64)
    missing = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        code, values = pd.factorize(column)
        missing |= code < 0
        joint = pd.factorize(joint * (len(values) + 1) + code)[0].astype(np.int64)
    return np.where(missing, -1, joint)


def _has_earlier(key: Positions, opened_at: Times) -> Flags:
    """Whether another record with the same key was opened in the 90 days before each record."""
    order = np.lexsort((opened_at, key))
    sorted_key, sorted_at = key[order], opened_at[order]
    repeats = np.zeros(len(key), dtype=bool)
    same = (sorted_key[1:] == sorted_key[:-1]) & (sorted_key[1:] >= 0)
    near = sorted_at[1:] - sorted_at[:-1] <= BACK_DAYS * DAY
    repeats[order[1:]] = same & near
    return repeats
