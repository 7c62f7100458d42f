"""Volumes of the next four weeks with an 80 % interval, and how well that would have gone before.

The method is fixed beforehand: exponential smoothing of the level, whose one weight is estimated
from the series. It is held against the seasonal-naive forecast (the same week a year ago; last week
where the series has no year) at eight past origins, each knowing nothing of what came after it.
Where the naive forecast did better, it is the one that is told, and the reader is told so.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from itsm.errors import MeasureError
from reports.measures.data import Numbers
from reports.measures.declared import Planned

HORIZON = 4
N_ORIGINS = 8
COVERED = 0.8
YEAR = 52
MIN_WEEKS = HORIZON + N_ORIGINS + 6
"""The first origin has at least so many weeks less horizon and origins to learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The next weeks of a series.

    `error` is the mean absolute error of the method over the past origins, `naive_error` that of
    the seasonal-naive forecast; `inside` the share of what came that lay in the interval which the
    other origins gave.
    """

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    error: float
    naive_error: float
    inside: float
    n_errors: int
    beats_naive: bool
    adjustments: tuple[str, ...] = ()

    def sentence(self) -> str:
        """How far to trust it, in plain words."""
        held = (
            f"held against {self.n_errors} past weeks: off by {self.error:.1f} on average, "
            f"the seasonal-naive forecast by {self.naive_error:.1f}; {self.inside:.0%} of them lay "
            f"in the interval, {COVERED:.0%} should"
        )
        chosen = (
            "Exponential smoothing"
            if self.beats_naive
            else "Smoothing does not beat the seasonal-naive forecast, so that one is told"
        )
        stated = f" Adjusted: {'; '.join(self.adjustments)}." if self.adjustments else ""
        return f"{chosen}, {held}.{stated}"


def forecast(values: Numbers) -> Forecast:
    """The next four weeks of a weekly series.

    Args:
        values: shape (n_weeks,), counts, oldest first, no gaps.

    Raises:
        MeasureError: fewer than 18 weeks.

    Source:
        Hyndman & Athanasopoulos, Forecasting: Principles and Practice (exponential smoothing,
        rolling origins); Vovk et al. 2005 (intervals from the errors of the past).
    """
    if len(values) < MIN_WEEKS:
        raise MeasureError(f"too few weeks: {len(values)} of at least {MIN_WEEKS}")
    start = len(values) - HORIZON - N_ORIGINS + 1
    weight = _weight(values[:start])
    origins = range(start, start + N_ORIGINS)
    came = np.array([values[origin : origin + HORIZON] for origin in origins])
    smooth = np.array([np.full(HORIZON, _level(values[:origin], weight)) for origin in origins])
    naive = np.array([_naive(values[:origin]) for origin in origins])
    error, naive_error = (float(np.abs(came - told).mean()) for told in (smooth, naive))
    beats = error < naive_error
    errors = np.abs(came - (smooth if beats else naive))
    told = np.full(HORIZON, _level(values, _weight(values))) if beats else _naive(values)
    reach = np.maximum(_reach(errors), _least(told))
    return Forecast(
        values=tuple(told.tolist()),
        low=tuple(np.maximum(told - reach, 0).tolist()),
        high=tuple((told + reach).tolist()),
        error=error,
        naive_error=naive_error,
        inside=_inside(errors, smooth if beats else naive),
        n_errors=errors.size,
        beats_naive=beats,
    )


def adjusted(found: Forecast, adjustments: Sequence[Planned]) -> Forecast:
    """A forecast with what is known of the coming weeks, each adjustment named."""
    parts = [np.array(part) for part in (found.values, found.low, found.high)]
    for one in adjustments:
        weeks = slice(one.first - 1, one.last)
        for part in parts:
            part[weeks] = np.maximum(part[weeks] * one.factor + one.extra, 0)
    values, low, high = (tuple(part.tolist()) for part in parts)
    reasons = (*found.adjustments, *map(str, adjustments))
    return replace(found, values=values, low=low, high=high, adjustments=reasons)


def _weight(values: Numbers) -> float:
    """The weight of the newest week, estimated by least squares of one step ahead."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    if np.ptp(values) == 0:
        return 0.0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = SimpleExpSmoothing(values, initialization_method="estimated").fit()
    return round(float(np.clip(fitted.params["smoothing_level"], 0.0, 1.0)), 3)


def _level(values: Numbers, weight: float) -> float:
    """The level after the last week, begun at the mean of all and smoothed with one weight."""
    decay = (1 - weight) ** np.arange(len(values))[::-1]
    rest = (1 - weight) ** len(values)
    return float(weight * (decay @ values) + rest * values.mean())


def _naive(values: Numbers) -> Numbers:
    """The same weeks a year ago; where there is no year, last week again."""
    if len(values) >= YEAR + HORIZON:
        begin = len(values) - YEAR
        return np.asarray(values[begin : begin + HORIZON], dtype=np.float64)
    return np.full(HORIZON, values[-1], dtype=np.float64)


def _reach(errors: Numbers) -> float:
    """How far four of five errors reach, with the rank that a new one asks for."""
    ordered = np.sort(errors, axis=None)
    rank = min(int(np.ceil((ordered.size + 1) * COVERED)), ordered.size)
    return float(ordered[rank - 1])


def _least(told: Numbers) -> Numbers:
    """Counts scatter at least as a Poisson count does."""
    z = float(stats.norm.ppf(0.5 + COVERED / 2))
    return np.asarray(z * np.sqrt(np.maximum(told, 0)), dtype=np.float64)


def _inside(errors: Numbers, told: Numbers) -> float:
    """Share of errors within the reach that the other origins give."""
    hits = 0
    for place in range(len(errors)):
        others = np.delete(errors, place, axis=0)
        reach = np.maximum(_reach(others), _least(told[place]))
        hits += int((errors[place] <= reach).sum())
    return hits / errors.size
