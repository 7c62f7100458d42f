"""The effect of an improvement on the incidents it is meant to prevent, and the verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from itsm.proof import HOLD_DAYS, Baseline, Effect, Hold, ProofVerdict, Spread, Stratum
from reports.measures.proof_counts import weekly_of
from reports.measures.proof_return import Watch, watch_text, week_of_return
from reports.measures.proof_text import hold_text
from reports.measures.rate_ratio import MOST, RateRatio, Weekly, rate_ratio

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """Whole weeks since going live: from the first, not including the last."""

    first: int
    last: int

    def of(self, strata: Sequence[Stratum]) -> Weekly:
        """The counts of these weeks."""
        return weekly_of(strata, slice(self.first, self.last))


def span_until(day: int) -> Span:
    """The whole weeks that are over so many days after going live."""
    return Span(0, day // 7)


class Meter(Protocol):
    """What tells the effect of any weeks since going live."""

    def effect(self, span: Span) -> Effect | str:
        """Some weeks against the baseline; why, where it cannot be told."""

    def change(self, held: Span, later: Span) -> Effect | str:
        """Later weeks against those in which it held, allowing for what both do not know."""

    def back(self, span: Span) -> Span | None:
        """The last weeks of a span, in which it seems to have come back; None: in none."""


@dataclass(frozen=True, slots=True)
class RateMeter:
    """The rate of members; `after` are weekly counts since, with the strata of the baseline."""

    baseline: Baseline
    after: tuple[Stratum, ...]

    @property
    def _before(self) -> Weekly:
        return weekly_of(self.baseline.strata, self.baseline.is_used)

    def effect(self, span: Span) -> Effect | str:
        """Some weeks against the baseline; why, where it cannot be told."""
        return as_effect(self.baseline, span, rate_ratio(self._before, span.of(self.after)))

    def change(self, held: Span, later: Span) -> Effect | str:
        """Later weeks against those in which it held, allowing for what both do not know."""
        parts = (held.of(self.after), later.of(self.after), self._before)
        found = rate_ratio(*parts)
        return as_effect(self.baseline, later, found, is_bounded=False)

    def back(self, span: Span) -> Span | None:
        """The last weeks of a span, in which it seems to have come back; None: in none."""
        since = Span(0, span.last).of(self.after)
        week = week_of_return(self._before, since, span.first)
        return None if week is None else Span(week, span.last)


def as_effect(
    baseline: Baseline, span: Span, found: RateRatio | None, *, is_bounded: bool = True
) -> Effect | str:
    """A ratio as an effect; why there is none, where nothing bounds it as it has to be."""
    if found is None or found.low >= MOST or (is_bounded and found.high >= MOST):
        return "too few incidents of its kind or comparable ones to tell a ratio"
    is_chance = found.scatter <= 0
    return Effect(
        from_at=baseline.live_at + span.first * WEEK,
        until_at=baseline.live_at + span.last * WEEK,
        ratio=found.ratio,
        low=found.low,
        high=found.high,
        n_weeks=span.last - span.first,
        observed=found.observed,
        expected=found.expected,
        spread=Spread.POISSON if is_chance else Spread.NEGATIVE_BINOMIAL,
        dispersion=found.dispersion,
        p_poisson=found.p_poisson,
    )


def judged(
    promised: float | None,
    effect: Effect,
    verified: Hold | None = None,
    later: Effect | None = None,
    change: Effect | None = None,
) -> ProofVerdict:
    """The verdict of a hold, as docs/proof.md defines it.

    Args:
        promised: the ratio promised; None counts any fall.
        effect: from going live to the hold.
        verified: the newest hold before that verified; None where none did.
        later: the weeks in which it seems to have come back, against the baseline.
        change: the same weeks against those before them; None where it does not seem so.
    """
    if verified is not None and later is not None and change is not None:
        is_excluded = later.low > verified.effect.ratio
        if is_excluded and change.low > 1:
            return ProofVerdict.REGRESSED
    if effect.high < 1:
        return ProofVerdict.VERIFIED
    if effect.low > (1.0 if promised is None else promised):
        return ProofVerdict.FAILED
    return ProofVerdict.NOT_SHOWN


def holds_of(
    baseline: Baseline, meter: Meter, as_of: datetime, given: Sequence[Hold] = ()
) -> tuple[Hold, ...]:
    """The verdicts due by a moment; those already given stay as they are."""
    holds = {one.day: one for one in given}
    for day in HOLD_DAYS:
        if day not in holds and baseline.live_at + timedelta(days=day) <= as_of:
            earlier = [holds[one] for one in HOLD_DAYS if one < day and one in holds]
            hold = _hold(baseline, meter, day, earlier)
            if hold is not None:
                holds[day] = hold
    return tuple(one for _, one in sorted(holds.items()))


def _hold(baseline: Baseline, meter: Meter, day: int, earlier: Sequence[Hold]) -> Hold | None:
    effect = meter.effect(span_until(day))
    if isinstance(effect, str):
        return None
    later = change = None
    verified = next(
        (one for one in reversed(earlier) if one.verdict is ProofVerdict.VERIFIED), None
    )
    if earlier:
        span = Span(span_until(earlier[-1].day).last, span_until(day).last)
        back = None if verified is None else meter.back(span)
        later = _known(meter.effect(back or span))
        if back is not None:
            change = _known(meter.change(Span(0, back.first), back))
    hold = Hold(
        day=day,
        due_on=(baseline.live_at + timedelta(days=day)).date(),
        verdict=judged(baseline.plan.promised, effect, verified, later, change),
        effect=effect,
        later=later,
        change=change,
    )
    watch = watch_of(baseline, effect)
    return hold_text(baseline.plan, hold, verified, watch_text(watch) if watch else "")


def watch_of(baseline: Baseline, effect: Effect) -> Watch | None:
    """What a return would be seen from, as is known at a hold; None for a figure."""
    if effect.expected is None:
        return None
    return Watch(
        weekly=effect.expected / effect.n_weeks,
        ratio=effect.ratio,
        dispersion=max(effect.dispersion, 1.0),
        n_before=sum(baseline.is_used),
        n_since=effect.n_weeks,
    )


def _known(effect: Effect | str) -> Effect | None:
    return None if isinstance(effect, str) else effect
