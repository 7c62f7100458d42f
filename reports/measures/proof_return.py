"""Whether a rate that had fallen has come back, since which week, and how soon that would be seen.

A return may begin in any week, so every week since the last verdict is tried. Two stories are held
against each other: from that week on it comes as often as before the improvement, or as seldom as
since. The week counts for which the first is likelier by far: by more than it can be by the luck of
having been picked.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from reports.measures.rate_ratio import Weekly, scatter_of

LIKELIER = 250.0
"""It has come back where that is so many times likelier than that it has not: chosen, as
`rate_ratio.THREE_LOOKS` was, so that fewer than one in 20 improvements that hold are called
regressed (docs/proof.md)."""
LONGEST_WEEKS = 26
"""A return that would be seen no sooner is told as one that cannot be seen."""
_POWER = 0.8


def week_of_return(before: Weekly, after: Weekly, first: int) -> int | None:
    """The week since which it has come back; None where none is likely enough.

    Args:
        before: weeks of the baseline.
        after: all weeks since going live, up to now.
        first: the first week that it may have come back in.

    Source:
        Page 1954, Continuous inspection schemes (CUSUM), with both rates estimated; the likelihood
        is divided by the dispersion as Wedderburn 1974 does.
    """
    n_weeks = after.members.shape[1]
    tried = [(likelier(before, after, week), -week) for week in range(max(first, 1), n_weeks)]
    best, week = max(tried, default=(0.0, 0))
    return -week if best > math.log(LIKELIER) else None


def likelier(before: Weekly, after: Weekly, week: int) -> float:
    """How much likelier a return in a week is than none, as a logarithm.

    Members are told given members and comparable incidents together, so that what moves both alike
    cancels.
    """
    compared = before.compared.sum(1)
    usable = compared > 0
    odds = before.members.sum(1)[usable] / compared[usable]
    since, lately = (_part(after, usable, some) for some in (slice(0, week), slice(week, None)))
    expected, back = (float(odds @ one.compared.sum(1)) for one in (since, lately))
    ratio = (float(since.members.sum()) + 0.5) / (expected + 0.5)
    others = float(lately.compared.sum())
    if ratio >= 1 or others <= 0:
        return 0.0
    members, held = float(lately.members.sum()), back / others
    total = members + others
    found = members * math.log(1 / ratio) - total * math.log((1 + held) / (1 + held * ratio))
    _, dispersion, _, _ = scatter_of(before, since, lately)
    return found / max(dispersion, 1.0)


def _part(weeks: Weekly, usable: "np.typing.NDArray[np.bool_]", some: slice) -> Weekly:
    return Weekly(weeks.members[usable][:, some], weeks.compared[usable][:, some])


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a return would be seen from.

    Attributes:
        weekly: members a week that would come without the improvement.
        ratio: the share that is left while it holds.
        dispersion: variance of a week over its mean.
        n_before: weeks of the baseline.
        n_since: weeks since going live, before the return.
    """

    weekly: float
    ratio: float
    dispersion: float
    n_before: int
    n_since: int

    def weeks_to_see(self, share: float = 1.0) -> int | None:
        """After so many weeks a return is seen four times in five; None if not in half a year.

        Args:
            share: how much of the benefit is lost; 1 for all of it.
        """
        for n_weeks in range(1, LONGEST_WEEKS + 1):
            if self.power(share, n_weeks) >= _POWER:
                return n_weeks
        return None

    def power(self, share: float, n_weeks: int) -> float:
        """How surely a return is seen after so many weeks, from the mean and error of `likelier`.

        The error is that of the weeks since, and of both rates that have to be estimated.
        """
        if not self.weekly or self.ratio >= 1:
            return 0.0
        left = max(self.ratio, 0.5 / (self.weekly * max(self.n_since, 1)))
        back, step = left + share * (1 - left), math.log(1 / left)
        expected = self.weekly * n_weeks
        mean = expected * (back * step - (1 - left))
        by_weeks = expected * back * step**2
        by_before = (expected * (1 - left)) ** 2 / (self.weekly * max(self.n_before, 1))
        unsure = (expected * (back / left - 1)) ** 2 * left / (self.weekly * max(self.n_since, 1))
        error = math.sqrt((by_weeks + by_before + unsure) * self.dispersion)
        return float(special.ndtr((mean - math.log(LIKELIER) * self.dispersion) / error))


def watch_text(watch: Watch) -> str:
    """How soon a return would be seen, in words."""
    whole, half = watch.weeks_to_see(), watch.weeks_to_see(0.5)
    if whole is None:
        return (
            "Should it come back, that would not be seen within half a year: too few come to be "
            "missed."
        )
    told = f"Should all of it come back, that is seen after {_weeks(whole)}"
    more = f"half of it after {_weeks(half)}" if half else "half of it not within half a year"
    return f"{told}, {more} (four times in five, at the verdict after)."


def _weeks(n_weeks: int) -> str:
    return "a week" if n_weeks == 1 else f"{n_weeks} weeks"
