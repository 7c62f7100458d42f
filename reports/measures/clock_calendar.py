"""Service hours that nobody configured, read off the source's own clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from itsm.clocks import ServiceHours
from itsm.states import RecordKind
from reports.measures.data import Flags, Numbers, Times, flags, hours_between, times
from reports.measures.scope import Scope

CLOSE_H = 5 / 60
"""So near to the source's own hours are the same hours."""
LEAST = 30
"""So many clocks must agree with the hours that were read off others."""
SURE = 0.9
"""So large a share of the clocks looked at has to agree."""
_MOST = 400
"""So many clocks are read, the latest ended; as many more are held against what was read."""
_NAMES: Mapping[frozenset[int], str] = MappingProxyType(
    {
        frozenset(range(5)): "Monday to Friday",
        frozenset(range(6)): "Monday to Saturday",
        frozenset(range(7)): "every day",
        frozenset((6, 0, 1, 2, 3)): "Sunday to Thursday",
    }
)
"""The days that are tried."""
_DAY_S = 86_400
_Seconds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClockCalendar:
    """The service hours by which most clocks count.

    Args:
        hours: the days and hours, in the zone of the weeks.
        n_agreed: clocks that were not read and agree with what others gave.
        n_looked: clocks that were not read.
    """

    hours: ServiceHours
    n_agreed: int
    n_looked: int

    @property
    def said(self) -> str:
        """How it was found, in a sentence."""
        opens, closes = next(iter(self.hours.windows.values()))
        days = _NAMES[frozenset(self.hours.windows)]
        return (
            "Service hours are not configured; read off the source's own clocks: "
            f"{days}, {opens:%H:%M} to {_end(closes)} ({self.hours.zone}), "
            f"as {self.n_agreed} of {self.n_looked} others agree."
        )


def _end(closes: time) -> str:
    return "24:00" if closes.second else f"{closes:%H:%M}"


def is_round_clock(clocks: pd.DataFrame) -> Flags:
    """Clocks whose due time lies as far from their start as target and pauses say."""
    target = clocks["target_h"].to_numpy(dtype=np.float64)
    planned = hours_between(times(clocks, "started_at"), times(clocks, "due_at"))
    paused = np.nan_to_num(clocks["paused_h"].to_numpy(dtype=np.float64))
    return np.asarray(np.abs(planned - target - paused) <= CLOSE_H)


def clock_hours_of(scope: Scope) -> ServiceHours | None:
    """The service hours of clocks: configured, else read off the clocks; None if these disagree."""
    if scope.data.service_hours is not None:
        return scope.data.service_hours
    found = calendar_of(scope)
    return None if found is None else found.hours


def calendar_of(scope: Scope) -> ClockCalendar | None:
    """What the clocks that ended up to the week tell of their calendar, found once."""
    clocks = scope.frame(RecordKind.SLA_CLOCK)
    if clocks is None or scope.data.service_hours is not None:
        return None
    return scope.once("calendar of the clocks", lambda: read_off(_telling(scope, clocks), scope))


def _telling(scope: Scope, clocks: pd.DataFrame) -> pd.DataFrame:
    """Ended clocks without a pause whose hours are no hours by the wall, the latest first."""
    ended = times(clocks, "ended_at")
    kept = (ended >= scope.grid.edges[0]) & (ended < scope.week_end) & ~flags(clocks, "is_canceled")
    rows = clocks.iloc[np.flatnonzero(kept)]
    told = rows["elapsed_h"].to_numpy(dtype=np.float64)
    kept = ~np.isnan(told) & ~(rows["paused_h"].to_numpy(dtype=np.float64) > 0)
    wall = hours_between(times(rows, "started_at"), times(rows, "ended_at"))
    kept &= ~is_round_clock(rows) & (np.abs(wall - told) > CLOSE_H) & (told > 0)
    rows = rows.iloc[np.flatnonzero(kept)]
    rows = rows.sort_values(["ended_at", "source", "number"], ascending=False, kind="stable")
    return rows.head(2 * _MOST)


def read_off(clocks: pd.DataFrame, scope: Scope) -> ClockCalendar | None:
    """The calendar that gives most clocks their hours, if clocks that were not read agree.

    Looked for in the zone of the weeks, and in UTC for sources that know no summer time.
    """
    if len(clocks) < 2 * LEAST:
        return None
    found = [_read_in(zone, clocks) for zone in dict.fromkeys((scope.data.zone, "UTC"))]
    best = max(found, key=lambda one: one.n_agreed)
    return best if best.n_agreed >= max(LEAST, SURE * best.n_looked) else None


def _read_in(zone: str, clocks: pd.DataFrame) -> ClockCalendar:
    """The calendar of every second clock, held against the others."""
    read, held = (_Spans.of(clocks.iloc[first::2], zone) for first in (0, 1))
    days, opens, closes = _fitted(read)
    window = (_time_of(opens), _time_of(closes))
    hours = ServiceHours(zone=zone, windows=dict.fromkeys(days, window))
    return ClockCalendar(hours, int(held.agree(days, opens, closes).sum()), len(held.told_s))


def _fitted(read: "_Spans") -> tuple[tuple[int, ...], int, int]:
    """The days, opening and closing second with which most clocks agree; of equals the shortest."""
    hours = range(0, _DAY_S + 1, 3600)
    tried = (
        (tuple(sorted(days)), opens, closes)
        for days in _NAMES
        for opens in hours
        for closes in hours
        if opens < closes
    )
    days, opens, closes = max(tried, key=lambda one: (read.rate(*one), one[1] - one[2]))
    return _sharper(read, days, opens, closes)


def _sharper(
    read: "_Spans", days: tuple[int, ...], opens: int, closes: int
) -> tuple[tuple[int, ...], int, int]:
    """The same to a quarter of an hour."""
    steps = range(-3600, 3601, 900)
    tried = (
        (opens + first, closes + last)
        for first in steps
        for last in steps
        if 0 <= opens + first < closes + last <= _DAY_S
    )
    best = max(tried, key=lambda one: (int(read.agree(days, *one).sum()), one[0] - one[1]))
    return days, *best


def _time_of(second: int) -> time:
    if second >= _DAY_S:
        return time(23, 59, 59)
    return time(second // 3600, second % 3600 // 60)


@dataclass(frozen=True, slots=True)
class _Spans:
    """Starts and ends of clocks by local day and second of the day, and what their source counted.

    A change to or from summer time moves no working hours, so that local seconds will do.
    """

    start: _Seconds
    end: _Seconds
    told_s: Numbers

    @classmethod
    def of(cls, clocks: pd.DataFrame, zone: str) -> "_Spans":
        start, end = (_local(times(clocks, name), zone) for name in ("started_at", "ended_at"))
        return cls(start, end, clocks["elapsed_h"].to_numpy(dtype=np.float64) * 3600)

    def agree(self, days: tuple[int, ...], opens: int, closes: int) -> Flags:
        """The clocks whose hours the calendar gives to within five minutes."""
        return np.asarray(np.abs(self._off(days, opens, closes)) <= CLOSE_H * 3600)

    def rate(self, days: tuple[int, ...], opens: int, closes: int) -> float:
        """How near the calendar comes: the clocks it gives, and a little for those nearly given."""
        off_h = np.abs(self._off(days, opens, closes)) / 3600
        return float(np.sum(1.0 / (1.0 + off_h)))

    def _off(self, days: tuple[int, ...], opens: int, closes: int) -> Numbers:
        served = _served(self.end, days, opens, closes) - _served(self.start, days, opens, closes)
        return np.asarray(served - self.told_s)


def _local(at: Times, zone: str) -> _Seconds:
    """Seconds of the local clock since a Monday long ago."""
    local = pd.Series(at).dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    since = local.to_numpy(dtype="datetime64[s]") - np.datetime64("1970-01-05", "s")
    return np.asarray(since, dtype=np.int64)


def _served(at: _Seconds, days: tuple[int, ...], opens: int, closes: int) -> _Seconds:
    """Seconds served up to local instants."""
    is_served = np.isin(np.arange(7), days)
    before = np.concatenate([[0], np.cumsum(is_served)])
    day, second = np.divmod(at, _DAY_S)
    week, weekday = np.divmod(day, 7)
    whole = (week * len(days) + before[weekday]) * (closes - opens)
    today = is_served[weekday] * np.clip(second - opens, 0, closes - opens)
    return np.asarray(whole + today, dtype=np.int64)
