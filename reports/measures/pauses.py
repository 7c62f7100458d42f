"""Pauses of clocks that look like a way round the promise: set at the last moment, or too long."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import WAITING_INCIDENT_STATES, ClockTarget, ClockType, IncidentState, RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.clock_calendar import calendar_of, clock_hours_of, is_round_clock
from reports.measures.clock_hours import counted_hours
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, texts, times
from reports.measures.holders import pieces_of
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline

LAST_PART = 0.9
"""A pause set when this share of the target is used up comes in the last tenth of the clock."""

MISUSE = Contract(
    figure_id="pause_misuse",
    title="Clocks paused at the last moment or for too long",
    family="agreements",
    formula=(
        "of the SLA resolution clocks of incidents that ended in the week, those with a pause set "
        "when 90 % of the target was used up, or with pauses longer than the target itself"
    ),
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="SLA resolution clocks of incidents that ended in the week, with known pauses",
    exclusions=(
        "canceled clocks; clocks of test records and duplicates; clocks without a target; clocks "
        "whose own calendar is not known, so that their progress cannot be told"
    ),
    kind=RecordKind.INCIDENT,
    needs=("sla_clock.target_h", "sla_clock.due_at", "incident history of state"),
    owner="service owner",
    version=2,
    decision="which rules of pausing to make plain",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (MISUSE,)

_WAITING = [state.value for state in WAITING_INCIDENT_STATES]
_DONE = [IncidentState.RESOLVED.value, IncidentState.CLOSED.value]


def figures(scope: Scope) -> Iterator[FigureResult]:
    """How many of the week's clocks were paused late or for long."""
    timeline, clocks = scope.incidents, scope.frame(RecordKind.SLA_CLOCK)
    if timeline is None or clocks is None or not timeline.has_history:
        yield not_available(scope, MISUSE, "needs SLA clocks and the history of states")
        return
    chosen = (clocks["type"] == ClockType.SLA.value) & ~clocks["is_canceled"].fillna(False)
    chosen &= clocks["record_kind"] == timeline.kind.value
    chosen &= clocks["target"] == ClockTarget.RESOLUTION.value
    ended_now = scope.grid.index_of(times(clocks, "ended_at")) == scope.grid.last
    clocks = clocks[chosen.to_numpy(dtype=bool) & ended_now]
    record = timeline.index.of(clocks, "record")
    clocks, record = clocks[record >= 0], record[record >= 0]
    is_known = _has_calendar(scope, clocks)
    excluded = {"target or calendar of the clock not known": int((~is_known).sum())}
    clocks, record = clocks[is_known], record[is_known]
    week = np.full(len(clocks), scope.grid.last, dtype=np.intp)
    found = calendar_of(scope)
    extras = Extras(
        excluded=excluded,
        exactness=Exactness.COMPUTED,
        note=None if found is None else found.said,
        has_series=False,
    )
    seen = Observed(week, texts(clocks, "record"))
    yield share(scope, MISUSE, seen, _is_odd(scope, timeline, clocks, record), extras)


def _has_calendar(scope: Scope, clocks: pd.DataFrame) -> Flags:
    """Clocks that run round the clock, as their due time shows; all where their hours are known."""
    if clock_hours_of(scope) is None:
        return is_round_clock(clocks)
    return np.asarray(clocks["target_h"].notna().to_numpy(), dtype=bool)


def _is_odd(scope: Scope, timeline: Timeline, clocks: pd.DataFrame, record: Positions) -> Flags:
    pieces = pieces_of(timeline, record, times(clocks, "started_at"), times(clocks, "ended_at"))
    length = counted_hours(scope, clocks, pieces.window, pieces.start, pieces.end)
    is_pause = np.isin(pieces.state.astype(str), _WAITING)
    target = clocks["target_h"].to_numpy(dtype=np.float64)
    rests = is_pause | np.isin(pieces.state.astype(str), _DONE)
    used_before = _used_before(pieces.window, np.where(rests, 0.0, length))
    begins = is_pause & ~_goes_on(pieces.window, is_pause)
    in_last_part = begins & (used_before >= LAST_PART * target[pieces.window])
    in_last_part &= used_before <= target[pieces.window]
    paused = np.bincount(pieces.window, np.where(is_pause, length, 0.0), minlength=len(clocks))
    odd = paused > target
    odd[pieces.window[in_last_part]] = True
    return np.asarray(odd, dtype=bool)


def _used_before(window: Positions, counted: Numbers) -> Numbers:
    """Hours that each window's clock has counted up to each piece."""
    total = np.cumsum(counted) - counted
    first = np.searchsorted(window, window, "left")
    return np.asarray(total - total[first], dtype=np.float64)


def _goes_on(window: Positions, is_pause: Flags) -> Flags:
    """Whether the piece before, of the same window, was a pause too."""
    before = np.zeros(len(window), dtype=bool)
    before[1:] = is_pause[:-1] & (window[1:] == window[:-1])
    return before
