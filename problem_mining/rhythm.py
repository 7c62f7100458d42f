"""When a candidate's incidents come: trend, one outage or a repeat, and on which days."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.stats import binomtest

from itsm.candidates import Rhythm
from itsm.clocks import ReportingWeek, zone_of
from itsm.errors import MeasureError
from itsm.statistics import special_causes, xmr_limits

QUIET_H = 24.0
"""After so many hours without an incident the next one begins another episode."""
ONE_EVENT_SHARE = 0.8
ONE_EVENT_H = 48.0
MIN_EPISODES = 5
MAX_P = 0.001
"""So unlikely by chance, after counting all patterns looked at, must a pattern of days be."""
MIN_SHARE = 0.6
REGULAR = 0.2
"""Gaps that vary by at most this share of their mean are a fixed interval."""
LOOK_AHEAD_DAYS = 62

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is usual: the share of all incidents on each kind of day, and the zone of the days."""

    zone: str
    shares: Mapping[str, float]


Kind = Callable[[date], bool]


def _kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {name: partial(_is_weekday, k) for k, name in enumerate(DAYS)}
    kinds["the end of the month"] = lambda day: (day + timedelta(days=3)).month != day.month
    kinds["the start of the month"] = lambda day: day.day <= 3
    kinds["the days after the second Tuesday"] = _after_patching
    return kinds


def _is_weekday(number: int, day: date) -> bool:
    return day.weekday() == number


def _after_patching(day: date) -> bool:
    """Within two days from the second Tuesday of a month, when many systems are patched."""
    first = day.replace(day=1)
    second_tuesday = first + timedelta(days=(1 - first.weekday()) % 7 + 7)
    return timedelta() <= day - second_tuesday <= timedelta(days=2)


KINDS: Mapping[str, Kind] = _kinds()


def calendar_of(opened: Sequence[datetime], zone: str) -> Calendar:
    """The usual share of incidents on each kind of day; ordinary shares where there are none."""
    tz = zone_of(zone)
    return calendar_of_days(Counter(instant.astimezone(tz).date() for instant in opened), zone)


def calendar_of_days(days: Mapping[date, int], zone: str) -> Calendar:
    """As `calendar_of`, of how many came on each day."""
    total = sum(days.values())
    if not total:
        return Calendar(zone, {})
    shares = {
        name: sum(n for day, n in days.items() if kind(day)) / total for name, kind in KINDS.items()
    }
    return Calendar(zone, shares)


def rhythm_of(
    opened: Sequence[datetime],
    weekly_counts: Sequence[int],
    week: ReportingWeek,
    usual: Calendar,
) -> Rhythm:
    """How the incidents of a candidate come.

    An episode is a run of incidents with no gap of more than a day. A pattern of days is told where
    at least 5 episodes began, most of them on such days, and far more than usual (binomial test,
    times the number of patterns looked at).

    Args:
        opened: openings of the members, aware, at least one.
        weekly_counts: members per week, oldest first, up to `week`.
        week: the week the queue is for.
        usual: from `calendar_of` over all incidents.
    """
    times = sorted(opened)
    starts, largest = _episodes(times)
    days = [start.astimezone(zone_of(usual.zone)).date() for start in starts]
    pattern, kind = _pattern(days, usual)
    after = week.end_at.astimezone(zone_of(usual.zone)).date()
    if kind is not None:
        ahead = (after + timedelta(days=k) for k in range(LOOK_AHEAD_DAYS))
        next_on = next((day for day in ahead if kind(day)), None)
    else:
        pattern, next_on = _interval(days, after)
    return Rhythm(
        trend=_trend(weekly_counts),
        n_episodes=len(starts),
        is_one_event=len(times) > 2 and largest >= ONE_EVENT_SHARE * len(times),
        pattern=pattern,
        next_on=next_on,
    )


def asks_what_is_usual(opened: Sequence[datetime], zone: str) -> bool:
    """Whether `rhythm_of` has to know how usual some kind of day is."""
    days = [start.astimezone(zone_of(zone)).date() for start in _episodes(sorted(opened))[0]]
    return bool(_often(days))


def _often(days: Sequence[date]) -> list[tuple[str, int]]:
    """The kinds of days that most episodes began on, and how many; none of too few episodes."""
    if len(days) < MIN_EPISODES:
        return []
    counts = ((name, sum(map(kind, days))) for name, kind in KINDS.items())
    return [(name, n) for name, n in counts if n >= MIN_SHARE * len(days)]


def _episodes(times: Sequence[datetime]) -> tuple[list[datetime], int]:
    """When episodes began, and how many incidents came within two days at most."""
    starts = [times[0]]
    starts += [b for a, b in pairwise(times) if (b - a).total_seconds() > QUIET_H * 3600]
    instants = np.array([t.timestamp() for t in times])
    ends = np.searchsorted(instants, instants + ONE_EVENT_H * 3600, side="right")
    return starts, int((ends - np.arange(len(instants))).max())


def _pattern(days: Sequence[date], usual: Calendar) -> tuple[str, Kind | None]:
    found = []
    for name, n in _often(days):
        share = usual.shares.get(name, 0.0)
        if not 0 < share < 1:
            continue
        p = float(binomtest(n, len(days), share, alternative="greater").pvalue) * len(KINDS)
        if p <= MAX_P:
            found.append((p, name, n))
    if not found:
        return "", None
    _, name, n = min(found)
    usually = usual.shares[name]
    return f"{n} of {len(days)} times on {name} (usual: {usually:.0%})", KINDS[name]


def _interval(days: Sequence[date], after: date) -> tuple[str, date | None]:
    """A fixed interval between episodes, and when the next one is due after a day."""
    gaps = np.array([(b - a).days for a, b in pairwise(days)], dtype=np.float64)
    if len(days) < MIN_EPISODES or gaps.mean() < 2 or gaps.std() > REGULAR * gaps.mean():
        return "", None
    step = timedelta(days=round(float(np.median(gaps))))
    due = days[-1] + step
    while due < after:
        due += step
    return f"about every {step.days} days", due


def _trend(counts: Sequence[int]) -> str:
    """What a control chart says of the newest week, against those before it."""
    values = np.array(counts, dtype=np.float64)
    first = int(np.argmax(values > 0)) if (values > 0).any() else len(values)
    values = values[first:]
    try:
        limits = xmr_limits(values[:-1])
    except MeasureError:
        return "too short to tell"
    found = special_causes(values, limits)
    if not found:
        return "steady: within its usual limits"
    side = "above" if values[-1] > limits.centre else "below"
    return f"{side} its usual level: {found[0]}"
