"""Targets: met or missed, an exception or a structure, and whether the process can reach them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from itsm.figures import Direction, Series
from itsm.statistics import MIN_WEEKS, XMR_FACTOR, Limits
from reports.measures.data import Flags, Numbers
from reports.measures.declared import Target

WINDOW = 13
"""Weeks in which a run of breaches is looked for."""
ALLOWED = 0.1
"""Share of weeks in which a process that reaches its target may miss it."""
ALARM = 0.05
"""Chance that a process which reaches its target is called structural all the same, at most."""


class Reach(StrEnum):
    """Whether the process as it runs can reach a target."""

    ALWAYS = "reached in every usual week"
    SOMETIMES = "reached in some usual weeks and missed in others"
    NEVER = "out of reach of the process as it runs"
    UNKNOWN = "too few weeks to tell"


class Breach(StrEnum):
    """What one missed week, or one week of missed clocks, is a case of."""

    NONE = "met"
    EXCEPTION = "an exception"
    STRUCTURAL = "structural"
    UNKNOWN = "too few weeks to tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A target held against the series of its figure.

    `expected_share` is the share of usual weeks in which the process meets the target, `n_missed`
    of `n_weeks` the weeks of the window that missed it.
    """

    target: Target
    week: str
    value: float | None
    is_met: bool | None
    breach: Breach
    reach: Reach
    expected_share: float | None
    n_missed: int
    n_weeks: int

    def sentence(self) -> str:
        """The judgement in plain words, about the process and nobody in it."""
        if self.is_met is None:
            return f"{self.week} has no value to hold against the target."
        missed = f"{self.n_missed} of the last {self.n_weeks} weeks missed it"
        kind = "met" if self.is_met else f"missed, {self.breach}"
        share = (
            ""
            if self.expected_share is None
            else f" (expected in {_share(self.expected_share)} of weeks)"
        )
        return f"Target {kind}: {missed}; {self.reach}{share}. Owner: {self.target.owner}."


def _share(share: float) -> str:
    """A share in words; what is little or much is never told as never or always."""
    if 0.005 <= share <= 0.995:
        return f"{share:.0%}"
    return "less than 1%" if share < 0.5 else "more than 99%"


def judged(target: Target, series: Series, limits: Limits | None, direction: Direction) -> Judged:
    """Holds a target against the weeks of a series in which it is in force.

    Args:
        target: what shall be reached.
        series: of the figure, service and slice that the target is about.
        limits: natural process limits before they are cut to what the unit can be.
        direction: which way is good; a figure without one has no target to meet.
    """
    in_force = [
        (week, value)
        for week, value in zip(series.weeks, series.values, strict=True)
        if target.holds_in(week) and value is not None
    ][-WINDOW:]
    values = np.array([value for _, value in in_force], dtype=np.float64)
    met = meets(values, target.value, direction)
    newest = series.values[-1] if series.values else None
    is_met = bool(met[-1]) if newest is not None and len(met) else None
    reach, share = reached(limits, target.value, direction)
    return Judged(
        target=target,
        week=series.weeks[-1] if series.weeks else "",
        value=newest,
        is_met=is_met,
        breach=breach_of_weeks(met) if is_met is not None else Breach.UNKNOWN,
        reach=reach,
        expected_share=share,
        n_missed=int((~met).sum()),
        n_weeks=len(met),
    )


def meets(values: Numbers, target: float, direction: Direction) -> Flags:
    """Which values meet a target; up or down is good."""
    return values >= target if direction is Direction.UP else values <= target


def reached(
    limits: Limits | None, target: float, direction: Direction
) -> tuple[Reach, float | None]:
    """Whether a process within its limits reaches a target, and in what share of weeks.

    Args:
        limits: natural process limits, uncut; None for too few weeks.
        target: in the unit of the limits.
        direction: which way is good.

    Source:
        Wheeler, Understanding Variation: the voice of the process against the voice of the
        customer. The share takes the spread of the limits as that of a normal process.
    """
    if limits is None or limits.upper <= limits.lower:
        return Reach.UNKNOWN, None
    up = direction is Direction.UP
    sigma = (limits.upper - limits.lower) / 2 / (XMR_FACTOR * 1.128)
    z = (limits.centre - target) / sigma * (1 if up else -1)
    share = float(stats.norm.cdf(z))
    worst, best = (limits.lower, limits.upper) if up else (limits.upper, limits.lower)
    if (worst >= target) if up else (worst <= target):
        return Reach.ALWAYS, share
    if (best < target) if up else (best > target):
        return Reach.NEVER, share
    return Reach.SOMETIMES, share


def breach_of_weeks(met: Flags) -> Breach:
    """Whether the newest week met its target, missed it once, or is one of a run of misses.

    Structural when a process that misses `ALLOWED` of its weeks would have so many misses in the
    earlier weeks of the window with a chance of at most `ALARM`. The newest week is left out: it
    was looked at because it was missed.
    """
    if len(met) and met[-1]:
        return Breach.NONE
    if len(met) < MIN_WEEKS:
        return Breach.UNKNOWN
    earlier = ~met[:-1]
    tail = float(stats.binom.sf(int(earlier.sum()) - 1, len(earlier), ALLOWED))
    return Breach.STRUCTURAL if tail <= ALARM else Breach.EXCEPTION


def breach_of_clocks(met: Sequence[int], ended: Sequence[int], target: float) -> Breach:
    """Whether the breached clocks of the newest week are one of a run, or an exception.

    The clocks of the earlier weeks of the window together are held against the target share:
    structural when a process that reaches the target would breach so many with a chance of at most
    `ALARM`. The newest week is left out: it was looked at because of its breaches.

    Args:
        met: clocks met in each week of the window, oldest first.
        ended: clocks ended in each week.
        target: share of clocks that shall be met.
    """
    window_met, window_ended = sum(met[-WINDOW:-1]), sum(ended[-WINDOW:-1])
    if not ended or ended[-1] == 0:
        return Breach.UNKNOWN
    if met[-1] == ended[-1]:
        return Breach.NONE
    if window_ended == 0:
        return Breach.UNKNOWN
    tail = stats.binom.cdf(window_met, window_ended, target)
    return Breach.STRUCTURAL if float(tail) <= ALARM else Breach.EXCEPTION
