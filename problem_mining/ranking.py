"""What a candidate costs if nothing is done, how alive it is, and how often it comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from itsm.candidates import CostModel, Estimate, Life
from itsm.clocks import ReportingWeek
from itsm.statistics import poisson_rate_interval

WINDOW_DAYS = 91.0
"""The rate of a candidate is taken from the last 13 weeks, or from all there is."""
HORIZON_DAYS = 90.0
CHART_WEEKS = 26
RECENT = timedelta(weeks=4)
SILENCE = timedelta(weeks=8)
STALE_AFTER = timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeats expected in the next 90 days, with a 95 % interval."""

    expected: float
    low: float
    high: float


def weekly_counts(opened: Sequence[datetime], week: ReportingWeek, n_weeks: int) -> tuple[int, ...]:
    """How many were opened in each of the last weeks up to and including `week`, oldest first."""
    instants = np.sort([instant.timestamp() for instant in opened])
    return tuple(np.diff(np.searchsorted(instants, _edges(week, n_weeks), side="left")).tolist())


@lru_cache(maxsize=16)
def _edges(week: ReportingWeek, n_weeks: int) -> NDArray[np.float64]:
    """When each of the last weeks began, and the last one ended, in seconds since 1970."""
    starts = [each.start_at for each in week.last(n_weeks)]
    return np.array([at.timestamp() for at in (*starts, week.end_at)])


def expected_repeats(
    opened: Sequence[datetime], week: ReportingWeek, data_start_at: datetime
) -> Repeats:
    """Repeats of the next 90 days at the rate of the last 13 weeks.

    The interval is Garwood's for a Poisson rate. Where the weekly counts vary more than Poisson
    counts do, events count for less by that factor (quasi-Poisson), so that a single outage with
    forty incidents does not pass for forty independent repeats.

    Args:
        opened: openings of the members, aware.
        week: the week the queue is for.
        data_start_at: when the records begin; a shorter past is a shorter exposure.
    """
    end = week.end_at
    past_days = (end - data_start_at).total_seconds() / 86_400
    days = min(WINDOW_DAYS, max(past_days, 7.0))
    since = end - timedelta(days=days)
    n = sum(since <= instant < end for instant in opened)
    factor = _dispersion(weekly_counts(opened, week, max(1, round(days / 7))))
    low, high = _interval(round(n / factor), days / factor)
    rate = n / days
    return Repeats(
        rate * HORIZON_DAYS, min(low, rate) * HORIZON_DAYS, max(high, rate) * HORIZON_DAYS
    )


_interval = lru_cache(maxsize=10_000)(poisson_rate_interval)
"""Most candidates have one of few counts."""


def _dispersion(counts: Sequence[int]) -> float:
    """Variance over mean of weekly counts, at least 1."""
    values = np.array(counts, dtype=np.float64)
    if len(values) < 4 or values.sum() == 0:
        return 1.0
    return max(1.0, float(values.var(ddof=1) / values.mean()))


def avoidable_hours(
    repeats: Repeats, cost: CostModel, handling_h: Sequence[float], users: Sequence[float]
) -> Estimate:
    """Expected repeats x (handling hours + affected users x lost hours).

    Args:
        repeats: from `expected_repeats`.
        cost: what a repeat costs where the records do not say.
        handling_h: handling hours of the members that have them.
        users: affected users of the members that have them.

    Source:
        docs/measures.md, "Cost of a repeat".
    """
    hours = float(np.mean(handling_h)) if len(handling_h) else cost.handling_h
    affected = float(np.mean(users)) if len(users) else cost.affected_users
    each = hours + affected * cost.lost_h_per_user
    measured = {"handling_h": len(handling_h) > 0, "affected_users": len(users) > 0}
    inputs = ("handling_h", "affected_users", "lost_h_per_user")
    assumed = [name for name in inputs if name in cost.assumed and not measured.get(name, False)]
    return Estimate(
        value=round(repeats.expected * each, 3),
        low=round(repeats.low * each, 3),
        high=round(repeats.high * each, 3),
        unit="h",
        assumed=tuple(assumed),
    )


def life_of(opened: Sequence[datetime], week: ReportingWeek) -> Life:
    """How alive a candidate is at the end of a week.

    - emerging: its first member came in the last 4 weeks;
    - recurred: a member came in the last 4 weeks, after a silence of 8 weeks or more;
    - active: a member came in the last 4 weeks;
    - quiet: none in the last 4 weeks, but one in the last 13;
    - stale: none in the last 13 weeks.

    `resolved` is never guessed here: it takes a person or a closed problem record to say so.

    Args:
        opened: openings of the members, at least one, aware.
        week: the week the queue is for.
    """
    end = week.end_at
    times = sorted(opened)
    if end - times[-1] > STALE_AFTER:
        return Life.STALE
    if end - times[-1] > RECENT:
        return Life.QUIET
    if end - times[0] <= RECENT:
        return Life.EMERGING
    recent = [i for i, instant in enumerate(times) if i and end - instant <= RECENT]
    returned = any(times[i] - times[i - 1] >= SILENCE for i in recent)
    return Life.RECURRED if returned else Life.ACTIVE
