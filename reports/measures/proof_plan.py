"""Before approval: what could be proven of an improvement, how small, and by when.

The same arithmetic that gives the interval later is used to tell how wide it will be: from the
rate of members, how weeks scatter, the comparison beside them, and the weeks there will be.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy import optimize, special

from itsm.errors import MeasureError
from itsm.proof import HOLD_DAYS, MEMBER_RATE, Baseline, ProofPlan, Prospect
from itsm.register import RegisterEntry
from reports.measures.proof_baseline import LEAST_WEEKS, MOST_WEEKS, WEEK, usable_weeks
from reports.measures.proof_counts import weekly_of
from reports.measures.proof_return import Watch, watch_text
from reports.measures.proof_text import prospect_text
from reports.measures.rate_ratio import reach_of, scatter_of

POWER = 0.8
_UNSURE = 0.4
"""Where chance alone is at work, estimated scatter is its own error times this in the mean."""
_STRONGEST = 0.02
"""No plan counts on less being left than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a proof will be told from.

    Attributes:
        weekly: members a week of the baseline.
        compared: comparable incidents a week.
        scatter: of members between weeks beyond chance, over the squared mean.
        freedom: degrees of freedom the scatter is told from.
        n_before: weeks of the baseline.
    """

    weekly: float
    compared: float
    scatter: float
    freedom: int
    n_before: int

    def power(self, ratio: float, n_after: int) -> float:
        """How surely a true ratio would be verified with so many weeks.

        The score of no effect is the members after less those that the weeks after would have if
        all members were spread evenly; this is its mean, and its error with and without the effect.
        """
        before, after = self.weekly * self.n_before, ratio * self.weekly * n_after
        total, late = before + after, n_after / (self.n_before + n_after)
        unsure = _UNSURE * float(np.sqrt(2 / (self.freedom + n_after)))
        more = [
            1 + max(self.scatter * mean, unsure)
            for mean in (self.weekly, ratio * self.weekly, total / (self.n_before + n_after))
        ]
        even = (1 - late) * late * total
        other = even**2 * sum(1 / (self.compared * n) for n in (self.n_before, n_after))
        by_chance = even * more[2] + other
        as_true = after * more[1] * (1 - late) ** 2 + before * more[0] * late**2 + other
        reach = reach_of(self.scatter, self.freedom)
        height = late * total - after - reach * by_chance**0.5
        return float(special.ndtr(height / as_true**0.5))

    def smallest(self, n_after: int) -> float | None:
        """The ratio nearest 1 that would be verified with the power asked; None for none."""
        if self.power(_STRONGEST, n_after) < POWER:
            return None

        def missing(ratio: float) -> float:
            return self.power(ratio, n_after) - POWER

        return float(optimize.brentq(missing, _STRONGEST, 1 - 1e-9, xtol=1e-6))


def plan_of(entry: RegisterEntry, live_on: date) -> ProofPlan:
    """The plan of an entry of the register.

    Args:
        entry: of the register.
        live_on: when it is planned to go live, or does.

    Raises:
        MeasureError: it names no measure to prove it by; says what to add.
    """
    if entry.measure_id is None or entry.pattern is None or entry.pattern.is_empty:
        raise MeasureError(
            f"{entry.number}: a proof needs a measure and the incidents it is meant to prevent; "
            f"add measure_id ({MEMBER_RATE}, or a figure of docs/measures.md) and a pattern"
        )
    review_on = entry.measure_review_on or live_on + timedelta(days=HOLD_DAYS[1])
    return ProofPlan(
        number=entry.number,
        measure_id=entry.measure_id,
        pattern=entry.pattern,
        promised=entry.promised,
        raised_on=entry.raised_at.date(),
        live_on=live_on,
        review_on=review_on,
        guards=entry.guards,
        cost=entry.cost,
    )


def prospect_of(counted: Baseline) -> Prospect:
    """What the plan of an entry that is not live yet could prove.

    Args:
        counted: what was counted so far, by `counted_before` with today as the day it goes live;
            the weeks up to the day it is planned for are added.
    """
    plan = counted.plan
    used, _ = usable_weeks(counted)
    parts = weekly_of(counted.strata, used.tolist())
    own = parts.members.sum(1) > 0
    weekly = float(parts.members.sum() / max(used.sum(), 1))
    compared = float(parts.compared[own].sum() / max(used.sum(), 1))
    ahead = max((plan.live_on - counted.live_at.date()) // WEEK, 0)
    n_before = min(int(used.sum()) + ahead, MOST_WEEKS)
    scatter, dispersion, _, freedom = scatter_of(parts) if weekly else (0.0, 1.0, 1.0, 1)
    expected = Expected(
        weekly=weekly,
        compared=compared,
        scatter=scatter,
        freedom=max(freedom + ahead, 1),
        n_before=n_before,
    )
    lacking = _lacking(expected)
    earliest, smallest = (None, None) if lacking else _told(plan, expected)
    is_provable = smallest is not None if plan.promised is None else _by_review(plan, earliest)
    bare = Prospect(
        is_provable=is_provable,
        earliest_on=earliest,
        smallest=smallest,
        weekly=weekly,
        weekly_compared=compared,
        dispersion=max(dispersion, 1.0),
        n_weeks=n_before,
        text="",
    )
    later = None if lacking else _at_last(expected)
    return prospect_text(plan, bare, lacking, later, _watched(bare, plan))


def _watched(prospect: Prospect, plan: ProofPlan) -> str:
    """How soon a return would be seen, once it was verified at the first hold that can do so."""
    ratio = prospect.smallest if plan.promised is None else plan.promised
    if prospect.earliest_on is None or ratio is None or prospect.weekly is None:
        return ""
    watch = Watch(
        weekly=prospect.weekly,
        ratio=ratio,
        dispersion=prospect.dispersion,
        n_before=prospect.n_weeks,
        n_since=(prospect.earliest_on - plan.live_on).days // 7,
    )
    return watch_text(watch)


def _lacking(expected: Expected) -> str | None:
    if not expected.weekly:
        return "no incident of its pattern lies in the weeks before"
    if expected.n_before < LEAST_WEEKS:
        return (
            f"only {expected.n_before} weeks outside the time of the choice count as a baseline, "
            f"and it needs {LEAST_WEEKS}"
        )
    if expected.compared < expected.weekly:
        return "there are fewer comparable incidents than incidents of its own"
    return None


def _by_review(plan: ProofPlan, earliest: date | None) -> bool:
    return earliest is not None and earliest <= plan.review_on


def _told(plan: ProofPlan, expected: Expected) -> tuple[date | None, float | None]:
    """The first hold that could verify the promise, and the smallest effect by the review."""
    days = [(day, plan.live_on + timedelta(days=day)) for day in HOLD_DAYS]
    in_time = [day for day, due_on in days if due_on <= plan.review_on]
    smallest = expected.smallest(in_time[-1] // 7) if in_time else None
    promised = smallest if plan.promised is None else max(plan.promised, _STRONGEST)
    if promised is None:
        return None, smallest
    able = [due for day, due in days if expected.power(promised, day // 7) >= POWER - 1e-6]
    return (able[0] if able else None), smallest


def _at_last(expected: Expected) -> float | None:
    """What the last hold could prove, whenever the review is."""
    return expected.smallest(HOLD_DAYS[-1] // 7)
