"""What is about to be missed: clocks near their end, and work on which nothing happens."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import ClockType, RecordKind
from reports.measures.backlog import open_at
from reports.measures.build import Extras, not_available, standing
from reports.measures.clock_hours import counted_hours
from reports.measures.contract import Contract
from reports.measures.data import (
    DAY,
    TIME_TYPE,
    Flags,
    Numbers,
    Times,
    flags,
    texts,
    times,
)
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline

AT_RISK_SHARE = 0.8
QUIET_DAYS = 7
MAX_LINES = 20

_contract = partial(
    Contract,
    family="agreements",
    direction=Direction.DOWN,
    kind=RecordKind.INCIDENT,
    owner="team leads",
    partner="csat",
    is_in_pack=False,
)
AT_RISK = _contract(
    figure_id="sla_at_risk",
    title="Clocks at risk",
    formula=(
        "SLA clocks of open incidents at the end of the week of which 80 % and more of the time "
        "to the due time is used up and that are not breached; the nearest to their end one by "
        "one, with the share used"
    ),
    unit=Unit.COUNT,
    denominator="none: a count",
    exclusions="canceled clocks; clocks without a due time; test records and duplicates",
    needs=("sla_clock.started_at", "sla_clock.due_at"),
    decision="what to work on today",
)
QUIET = _contract(
    figure_id="no_progress",
    title="Open incidents without progress",
    formula=(
        "incidents open at the end of the week on which nothing has happened for 7 days: no "
        "change of state, team or assignee, and no comment; with the longest quiet ones by team"
    ),
    unit=Unit.COUNT,
    denominator="none: a count",
    exclusions="test records and duplicates",
    needs=("incident history of state, team or assignee",),
    decision="which waiting work to take up, pass on or close",
)
CONTRACTS = (AT_RISK, QUIET)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The watch list at the end of the week."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    is_open = open_at(timeline, scope.week_end)
    yield from _at_risk(scope, timeline, is_open)
    yield _quiet(scope, timeline, is_open)


def _at_risk(scope: Scope, timeline: Timeline, is_open: Flags) -> Iterator[FigureResult]:
    found = near_end(scope, timeline, is_open)
    if found is None:
        yield not_available(scope, AT_RISK, "no SLA clock tells when it is due")
        return
    running, used = found
    extras = Extras(exactness=Exactness.COMPUTED)
    yield standing(scope, AT_RISK, float(len(running)), texts(running, "record"), extras)
    number = running["number"].to_numpy(dtype=str)
    for row in np.lexsort((number, -used))[:MAX_LINES]:
        yield _line(scope, running.iloc[[row]], float(used[row]))


def near_end(
    scope: Scope, timeline: Timeline, is_open: Flags
) -> tuple[pd.DataFrame, Numbers] | None:
    """All clocks near their end, with the share used; None where no clock tells when it is due."""
    clocks = scope.frame(RecordKind.SLA_CLOCK)
    if clocks is None or clocks["due_at"].isna().all():
        return None
    running = _running(scope, clocks)
    record = timeline.index.of(running, "record")
    kept = np.zeros(len(running), dtype=bool)
    kept[record >= 0] = is_open[record[record >= 0]]
    running = running[kept]
    used = _used_share(scope, running)
    near = used >= AT_RISK_SHARE
    return running[near], used[near]


def _running(scope: Scope, clocks: pd.DataFrame) -> pd.DataFrame:
    """SLA clocks of incidents that run at the end of the week and are not breached then."""
    chosen = (clocks["type"] == ClockType.SLA.value) & ~flags(clocks, "is_canceled")
    chosen &= clocks["record_kind"] == RecordKind.INCIDENT.value
    due, ended = times(clocks, "due_at"), times(clocks, "ended_at")
    runs = (times(clocks, "started_at") < scope.week_end) & ~(ended < scope.week_end)
    early = times(clocks, "breached_at") < scope.week_end
    due_later = runs & (due > scope.week_end) & ~early
    return clocks.iloc[np.flatnonzero(chosen.to_numpy(dtype=bool) & due_later)]


def _used_share(scope: Scope, clocks: pd.DataFrame) -> Numbers:
    """The share used of the time between start and due time, in service hours where configured."""
    start, due = times(clocks, "started_at"), times(clocks, "due_at")
    now = np.full(len(clocks), scope.week_end, dtype=TIME_TYPE)
    places = np.arange(len(clocks))
    used = counted_hours(scope, clocks, places, start, now)
    whole = counted_hours(scope, clocks, places, start, due)
    return np.where(whole > 0, used / np.where(whole > 0, whole, 1.0), 1.0)


def _line(scope: Scope, clock: pd.DataFrame, used: float) -> FigureResult:
    due = times(clock, "due_at")[0]
    extras = Extras(
        dimensions={
            "record": str(clock["record"].iloc[0]),
            "target": str(clock["target"].iloc[0]),
            "due": f"{np.datetime_as_string(due, unit='m')}Z",
        },
        companions={"share used": used},
        exactness=Exactness.COMPUTED,
    )
    return standing(scope, AT_RISK, 1.0, texts(clock, "record"), extras)


def _quiet(scope: Scope, timeline: Timeline, is_open: Flags) -> FigureResult:
    if not timeline.trails:
        return not_available(scope, QUIET, "needs the history of states, teams or assignees")
    is_quiet, quiet_for = standing_still(scope, timeline, is_open)
    beside = {"longest, days": float(quiet_for[is_quiet].max())} if is_quiet.any() else {}
    number = timeline.number[is_quiet]
    return standing(scope, QUIET, float(is_quiet.sum()), number, Extras(companions=beside))


def standing_still(scope: Scope, timeline: Timeline, is_open: Flags) -> tuple[Flags, Numbers]:
    """Which incidents nothing has happened on for a week, and the days without a sign of each."""
    newest = last_sign(scope, timeline, is_open)
    quiet_for = np.asarray((scope.week_end - newest) / DAY, dtype=np.float64)
    return is_open & (quiet_for >= QUIET_DAYS), quiet_for


def last_sign(scope: Scope, timeline: Timeline, asked: Flags) -> Times:
    """When something last happened on the records asked about before the end of the week."""
    newest = timeline.opened_at.copy()
    for trail in timeline.trails.values():
        known = np.flatnonzero(asked[trail.record] & (trail.at < scope.week_end))
        record = trail.record[known]
        newest[record] = np.maximum(newest[record], trail.at[known])
    comments = scope.frame(RecordKind.COMMENT)
    if comments is not None:
        record, at = timeline.index.of(comments, "record"), times(comments, "at")
        kept = (record >= 0) & asked[record] & (at < scope.week_end)
        kept &= (comments["record_kind"] == timeline.kind.value).to_numpy(dtype=bool)
        np.maximum.at(newest, record[kept], at[kept])
    return newest
