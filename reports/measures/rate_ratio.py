"""The ratio of two rates against a comparison, with a score interval that allows for scatter.

Members and comparable incidents are counted by week and stratum. What moves both alike, such as a
trend, a season or a bad week of the service, cancels: only the odds that an incident is a member
are compared, before and after. This is the Poisson regression of weekly counts with a term for
every week of every stratum, written as the logistic regression that it equals.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import optimize, special

from reports.measures.data import Numbers

CONFIDENCE = 0.95
THREE_LOOKS = 1.08
"""Intervals reach so much farther, because a verdict is asked for three times: chosen so that no
more than one in 25 improvements without any effect is ever called verified (docs/proof.md)."""
MOST = 1e4
"""A ratio or an end of an interval that nothing bounds is told as this."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Weekly:
    """Counts of shape (n_strata, n_weeks): members, and comparable incidents that are none."""

    members: Numbers
    compared: Numbers

    @property
    def all(self) -> Numbers:
        """Members and comparable incidents together."""
        return self.members + self.compared


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """A ratio with its interval; `high` is `MOST` where nothing bounds it.

    `scatter` is the variance of members of a week beyond chance, over their squared mean;
    `dispersion` the same as variance over mean, which is 1 for chance alone; `p_poisson` how often
    chance alone would scatter as much; `observed` are the members after, and `expected` those that
    would have come at the rate before.
    """

    ratio: float
    low: float
    high: float
    scatter: float
    dispersion: float
    p_poisson: float
    observed: float
    expected: float


def rate_ratio(before: Weekly, after: Weekly, *others: Weekly) -> RateRatio | None:
    """The rate of members after, over that before, allowing for the comparison.

    Args:
        before: weeks of the baseline.
        after: weeks since.
        others: further periods, which tell how weeks scatter and nothing else.

    Returns:
        None where no stratum has members, or none has a comparison on both sides.

    Source:
        Score interval: Miettinen & Nurminen 1985, Comparative analysis of two rates. Scatter by
        moments: Breslow 1984, Extra-Poisson variation in log-linear models.
    """
    usable = _usable(before, after)
    if not usable.any():
        return None
    parts = [Weekly(one.members[usable], one.compared[usable]) for one in (before, after)]
    scatter, dispersion, p_poisson, freedom = scatter_of(before, after, *others)
    sides = _Period.of(parts[0]), _Period.of(parts[1])
    score = partial(_score, *sides, scatter)
    reach = reach_of(scatter, freedom)
    start, error = _guess(*sides, dispersion)
    ratio = _where(score, 0.0, start, error / 4)
    centre = math.log(ratio) if ratio else start
    low, high = (
        _where(score, side * reach, centre - side * reach * error, error / 2) for side in (1, -1)
    )
    odds = _odds(*sides, max(ratio, _TINY), (1.0, 1.0))
    return RateRatio(
        ratio=ratio,
        low=low,
        high=high,
        scatter=scatter,
        dispersion=dispersion,
        p_poisson=p_poisson,
        observed=float(parts[1].members.sum()),
        expected=float(parts[1].compared.sum(1) @ np.array(odds)),
    )


def _usable(before: Weekly, after: Weekly) -> "np.typing.NDArray[np.bool_]":
    """Strata that tell something: members on any side, and a comparison on both."""
    has_members = (before.members.sum(1) + after.members.sum(1)) > 0
    is_compared = (before.compared.sum(1) > 0) & (after.compared.sum(1) > 0)
    return np.asarray(has_members & is_compared)


def reach_of(scatter: float, freedom: int) -> float:
    """So many standard errors the interval reaches: more where scatter had to be estimated."""
    tail = 0.5 + CONFIDENCE / 2
    reach = special.ndtri(tail) if scatter <= 0 else special.stdtrit(max(freedom, 1), tail)
    return float(reach) * THREE_LOOKS


def _where(score: Callable[[float], float], height: float, near: float, step: float) -> float:
    """The ratio at which the score falls through a height; 0 or `MOST` beyond either end.

    Args:
        score: falls as the ratio rises.
        height: to look for.
        near: the log of a ratio to begin at.
        step: how far to look from there at first, on either side.
    """

    def at(log_ratio: float) -> float:
        return score(math.exp(log_ratio)) - height

    ends = (math.log(_TINY), math.log(MOST))
    near = min(max(near, ends[0]), ends[1])
    if at(near) <= 0:
        low, high = near - step, near
        while at(low) <= 0:
            if low <= ends[0]:
                return 0.0
            low, high, step = max(low - 2 * step, ends[0]), low, 2 * step
    else:
        low, high = near, near + step
        while at(high) >= 0:
            if high >= ends[1]:
                return MOST
            low, high, step = high, min(high + 2 * step, ends[1]), 2 * step
    return math.exp(optimize.brentq(at, low, high, xtol=1e-9))


def scatter_of(*periods: Weekly) -> tuple[float, float, float, int]:
    """What weeks scatter by beyond chance, given each period its own share of members.

    Where a bad week tends to follow a bad week, weeks tell less than as many that do not know of
    each other, and the scatter is told greater: twice by what neighbouring weeks have in common.

    Returns:
        The scatter, the dispersion, how often chance alone scatters as much, and the degrees of
        freedom that it was told from.
    """
    weeks = [_weeks(part) for part in periods]
    rest, mean, chance = (np.concatenate(one) for one in zip(*weeks, strict=True))
    freedom = max(len(rest) - len(periods), 1)
    chi2 = float(np.sum(rest**2 / np.where(chance > 0, chance, 1.0)))
    beyond = max(float(rest @ rest) * len(rest) / freedom - float(chance.sum()), 0.0)
    common = sum(float(own[1:] @ own[:-1]) for own, _, _ in weeks)
    if common > float(rest @ rest) / float(np.sqrt(len(rest))):
        beyond += 2 * common
    scatter = beyond / max(float(mean @ mean), _TINY)
    return scatter, chi2 / freedom, float(special.chdtrc(freedom, chi2)), freedom


def _weeks(part: Weekly) -> tuple[Numbers, Numbers, Numbers]:
    """By week: members beyond their mean, the mean, and its variance by chance."""
    total = part.all
    share = (part.members.sum(1) / np.maximum(total.sum(1), 1))[:, None]
    mean = total * share
    return (part.members - mean).sum(0), mean.sum(0), (mean * (1 - share)).sum(0)


@dataclass(frozen=True, slots=True)
class _Period:
    """One side of the comparison, by stratum: plain numbers, as they are asked for many times.

    `products` are the sums over weeks of the totals of two strata, multiplied.
    """

    n: tuple[float, ...]
    members: tuple[float, ...]
    products: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, part: Weekly) -> "_Period":
        total = part.all
        products = tuple(map(tuple, (total @ total.T).tolist()))
        return cls(tuple(total.sum(1).tolist()), tuple(part.members.sum(1).tolist()), products)

    def weight(self, odds: Sequence[float], scatter: float) -> float:
        """One over the dispersion that the negative binomial has at these odds."""
        shares = [one / (1 + one) for one in odds]
        mean = sum(share * n for share, n in zip(shares, self.n, strict=True))
        square = sum(
            own * other * product
            for own, row in zip(shares, self.products, strict=True)
            for other, product in zip(shares, row, strict=True)
        )
        return 1.0 / (1.0 + scatter * square / max(mean, _TINY))


def _guess(before: _Period, after: _Period, dispersion: float) -> tuple[float, float]:
    """About where the log of the ratio lies, and its standard error; where to begin to look."""
    parts = [sum(one) + 0.5 for one in (after.members, before.members, before.n, after.n)]
    error = math.sqrt(max(dispersion, 1.0) * (1 / parts[0] + 1 / parts[1]))
    return math.log(parts[0] * parts[2] / (parts[1] * parts[3])), error


def _score(before: _Period, after: _Period, scatter: float, ratio: float) -> float:
    """How far the members after lie above what a ratio implies, in standard errors."""
    weights = (1.0, 1.0)
    odds = _odds(before, after, ratio, weights)
    if scatter > 0:
        later = [one * ratio for one in odds]
        weights = before.weight(odds, scatter), after.weight(later, scatter)
        odds = _odds(before, after, ratio, weights)
    beyond = information = 0.0
    for place, own in enumerate(odds):
        share, later_share = own / (1 + own), own * ratio / (1 + own * ratio)
        known = weights[0] * before.n[place] * share * (1 - share)
        known_later = weights[1] * after.n[place] * later_share * (1 - later_share)
        beyond += weights[1] * (after.members[place] - after.n[place] * later_share)
        information += known * known_later / max(known + known_later, _TINY**2)
    return beyond / math.sqrt(max(information, _TINY**2))


def _odds(
    before: _Period, after: _Period, ratio: float, weights: tuple[float, float]
) -> list[float]:
    """The odds of being a member before, by stratum, that fit best at a ratio."""
    found = []
    for place in range(len(before.n)):
        n0, n1 = weights[0] * before.n[place], weights[1] * after.n[place]
        total = weights[0] * before.members[place] + weights[1] * after.members[place]
        square = ratio * (n0 + n1 - total)
        linear = n0 + n1 * ratio - total * (1 + ratio)
        root = math.sqrt(linear**2 + 4 * square * total)
        found.append(2 * total / (linear + root) if linear > 0 else (root - linear) / (2 * square))
    return found
