"""Incidents that happened before: told by rule, and told by what was mined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.columns import Columns
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, Positions, Times
from reports.measures.mined import all_mined
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline, Whole

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
    week = timeline.counted_in(scope.grid)
    yield _by_rule(scope, timeline, week)
    yield _by_mining(scope, timeline, week)


def _by_rule(scope: Scope, timeline: Timeline, week: Positions) -> FigureResult:
    lacking = _lacking(timeline.columns)
    if lacking is not None:
        return not_available(scope, RULE, lacking)
    has, is_over = timeline.columns.is_known, _is_over(timeline)
    by_place = [
        _repeated(timeline, runs_of(timeline.whole, names), is_over) for names in RULE_KEYS[:-1]
    ]
    has_place = has("service") | has("ci")
    has_category, has_code = has("category"), has("close_code") & is_over
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
        np.logical_or(*by_place)[usable],
        _looking_back(scope, timeline, excluded),
    )


def _lacking(records: Columns) -> str | None:
    if not (records.is_known("service").any() or records.is_known("ci").any()):
        return "needs service or CI of incidents, and none is given"
    for column in ("category", "close_code"):
        if not records.is_known(column).any():
            return f"needs {column.replace('_', ' ')} of incidents, and none is given"
    return None


def _is_over(timeline: Timeline) -> Flags:
    """Incidents that had been ended at the cut-off: their close codes were known."""
    over = np.zeros(len(timeline.opened_at), dtype=bool)
    over[timeline.events.record] = timeline.events.kind % 2 == 1
    return over


def _by_mining(scope: Scope, timeline: Timeline, week: Positions) -> FigureResult:
    mined = scope.data.candidate_of
    if mined is None:
        return not_available(scope, MINED, "needs a finished mining run for this week")
    everywhere = np.ones(len(timeline.opened_at), dtype=bool)
    repeats = _repeated(timeline, runs_of(timeline.whole, RULE_KEYS[-1]), everywhere)
    if not mined.empty:
        found = all_mined(timeline.whole, mined)
        runs = timeline.whole.columns.once(
            ("runs", id(mined)), lambda: (mined, _runs(timeline.whole, found.of_record))
        )
        repeats = repeats | _repeated(timeline, runs[1], everywhere)
    extras = _looking_back(scope, timeline, {})
    return share(scope, MINED, Observed(week, timeline.number), repeats, extras)


def _looking_back(scope: Scope, timeline: Timeline, excluded: Mapping[str, int]) -> Extras:
    """Only weeks with 90 covered days before them compare; the newest says when it has not."""
    first_at = np.fmin.reduce(timeline.opened_at, initial=np.datetime64("NaT", "us"))
    covered_from = np.datetime64(first_at + BACK_DAYS * DAY)
    is_short = scope.week_start < covered_from
    note = "The records begin less than 90 days before this week: earlier ones are not seen."
    return Extras(excluded=excluded, covered_from=covered_from, note=note if is_short else None)


@dataclass(frozen=True, slots=True)
class Runs:
    """Records that share a key with another, by key and time of opening."""

    row: Positions
    key: Positions
    at: Times


RULE_KEYS = (
    ("source", "service", "category", "close_code"),
    ("source", "ci", "category", "close_code"),
    ("source", "problem"),
)
"""Columns that agree between an incident and its repeat: two by the rule, one by its problem."""


def runs_of(whole: Whole, names: tuple[str, ...]) -> Runs:
    """All records that agree with another in some columns."""
    return whole.columns.once(("runs", names), lambda: _runs(whole, _codes(whole.columns, names)))


def _repeated(timeline: Timeline, runs: Runs, kept: Flags) -> Flags:
    """Whether another record of the run was opened in the 90 days before each record.

    Args:
        timeline: of incidents.
        runs: of all incidents.
        kept: which of the timeline's records count.
    """
    there = timeline.spread(kept)[runs.row]
    row, key, at = runs.row[there], runs.key[there], runs.at[there]
    repeats = np.zeros(len(timeline.whole.opened_at), dtype=bool)
    near = (key[1:] == key[:-1]) & (at[1:] - at[:-1] <= BACK_DAYS * DAY)
    repeats[row[1:][near]] = True
    return repeats if timeline.known is None else repeats[timeline.known]


def _runs(whole: Whole, key: Positions) -> Runs:
    row = np.flatnonzero((np.bincount(key + 1, minlength=1)[key + 1] > 1) & (key >= 0))
    row = row[np.lexsort((whole.opened_at[row], key[row]))]
    return Runs(row, key[row], whole.opened_at[row])


def _codes(columns: Columns, names: tuple[str, ...]) -> Positions:
    """A code per distinct combination, -1 where any part is missing."""
    joint = np.zeros(len(columns.frame), dtype=np.int64)
    missing = np.zeros(len(columns.frame), dtype=bool)
    for name in names:
        column = columns.coded(name)
        missing |= column.codes < 0
        joint = pd.factorize(joint * (len(column.words) + 1) + column.codes)[0].astype(np.int64)
    return np.where(missing, -1, joint)
