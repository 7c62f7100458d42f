"""Statistics that several rooms need: intervals of shares and rates, control limits, signals."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from itsm.errors import MeasureError

if TYPE_CHECKING:  # who needs only what limits are, as a pull does, starts sooner without
    import numpy as np
    from numpy.typing import NDArray

MIN_WEEKS = 10
"""Fewer points than this give no control limits."""
MAX_WEEKS = 26
"""Charts look back at most this far."""
XMR_FACTOR = 2.66
"""3 / d2 for moving ranges of two."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Natural process limits, in the unit of the series."""

    lower: float
    centre: float
    upper: float


class SpecialCause(StrEnum):
    """The rules that tell a signal from normal variation."""

    OUTSIDE = "a point outside the limits"
    RUN = "7 in a row on one side"
    TREND = "6 in a row rising or falling"
    OUTER_THIRD = "2 of 3 in the outer third"


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a share.

    Raises:
        MeasureError: n is 0.

    Source:
        Wilson 1927; Brown, Cai & DasGupta 2001, Interval Estimation for a Binomial Proportion.
    """
    if n <= 0:
        raise MeasureError("a share of nothing has no interval")
    from scipy.special import ndtri

    share, z = successes / n, float(ndtri(0.5 + 0.5 * confidence))
    centre = (2 * n * share + z**2) / (2 * (n + z**2))
    reach = z / (2 * (n + z**2)) * math.sqrt(4 * n * share * (1 - share) + z**2)
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == n else centre + reach
    return low, high


def poisson_rate_interval(
    events: int, exposure: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Exact interval of a rate of events per unit of exposure.

    Raises:
        MeasureError: exposure is not positive.

    Source:
        Garwood 1936.
    """
    if exposure <= 0:
        raise MeasureError("a rate needs a positive exposure")
    from scipy import stats

    tail = (1 - confidence) / 2
    low = stats.chi2.ppf(tail, 2 * events) / 2 if events else 0.0
    high = stats.chi2.ppf(1 - tail, 2 * (events + 1)) / 2
    return float(low / exposure), float(high / exposure)


RUN = 7
"""So many weeks in a row on one side of the mean are a signal."""


def xmr_limits(values: "NDArray[np.float64]") -> Limits:
    """Natural process limits of a weekly series: mean ± 2.66 x mean moving range.

    Args:
        values: shape (n_weeks,), oldest first, any unit, no gaps.

    Returns:
        Lower limit, centre and upper limit, in the unit of `values`.

    Raises:
        MeasureError: fewer than 10 weeks (shown as not available).

    Source:
        Wheeler, Understanding Variation; docs/measures.md, "Is it a signal?".
    """
    import numpy as np

    if len(values) < MIN_WEEKS:
        raise MeasureError(f"too few weeks: {len(values)} of at least {MIN_WEEKS}")
    centre = float(np.mean(values))
    spread = XMR_FACTOR * float(np.mean(np.abs(np.diff(values))))
    return Limits(centre - spread, centre, centre + spread)


def special_causes(values: "NDArray[np.float64]", limits: Limits) -> tuple[SpecialCause, ...]:
    """The rules that the newest point of a series completes.

    Args:
        values: shape (n_weeks,), oldest first, in the unit of `limits`.
        limits: from `xmr_limits`.

    Source:
        docs/measures.md, "Is it a signal?".
    """
    import numpy as np

    if limits.upper <= limits.lower:
        return ()
    found = []
    newest = values[-1]
    if newest > limits.upper or newest < limits.lower:
        found.append(SpecialCause.OUTSIDE)
    if _is_one_sided(values[-RUN:] - limits.centre, RUN) and not _is_usual_nothing(values):
        found.append(SpecialCause.RUN)
    if _is_one_sided(np.diff(values[-6:]), 5):
        found.append(SpecialCause.TREND)
    third = (limits.upper - limits.centre) * 2 / 3
    outer = values[-3:] - limits.centre
    for side in (outer > third, outer < -third):
        if len(outer) == 3 and side[-1] and side.sum() >= 2:
            found.append(SpecialCause.OUTER_THIRD)
    return tuple(found)


def _is_usual_nothing(values: "NDArray[np.float64]") -> bool:
    """Whether the newest run is of zeros, and zeros were usual before.

    The rule of a run takes it that half the weeks lie on each side of the mean. Where most weeks
    are 0 that is not so: after 4 zeros in 5 weeks, every fifth run of 7 weeks is one of zeros. So
    it counts only where the share of zeros before gives it a chance below 1 in 64, the chance of
    7 equal tosses.
    """
    import numpy as np

    before = values[:-RUN]
    if np.any(values[-RUN:]) or not len(before):
        return False
    return bool(np.mean(before == 0) ** RUN >= 2.0 ** (1 - RUN))


def _is_one_sided(differences: "NDArray[np.float64]", n: int) -> bool:
    import numpy as np

    return len(differences) == n and bool(np.all(differences > 0) or np.all(differences < 0))
