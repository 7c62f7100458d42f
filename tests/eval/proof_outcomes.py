"""Entries of estates with planted improvements, proven from weekly counts and from records."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from itsm.errors import MeasureError
from itsm.proof import (
    Baseline,
    Hold,
    MemberPattern,
    Proof,
    ProofPlan,
    ProofVerdict,
    Stratum,
)
from itsm.states import RecordKind
from reports.measures.data import MeasureData
from reports.measures.proof import After, freeze_entry, prove, proven
from reports.measures.proof_baseline import WEEK, frozen, week_starts
from reports.measures.proof_counts import watched_of
from reports.measures.proof_effect import watch_of
from reports.measures.proof_plan import prospect_of
from simulator.improvements import N_SERVICES, Improvements, Kind, plan_improvements
from simulator.plan import build_plan
from simulator.settings import EstateSettings
from tests.eval.estate_frames import estate_frames

DAYS = (30, 90, 180)
N_WEEKS = 65
PROMISED = 0.6
NAIVE_WEEKS = 13
LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one entry: what is true, and what was said.

    `expected` are the incidents that the 12 weeks of day 90 would have had; `returns_day` is when
    it came back, None for never; `since_return` what was to come from then to the next verdict.
    `weeks_back` are the whole weeks from the return to that verdict, and `seen_after` those after
    which the newest verdict before said that a return would be seen; None for never.
    `power_day` is the hold at which the promise of what is true was said to be provable.
    """

    kind: Kind
    ratio: float
    expected: float
    returns_day: int | None
    since_return: float
    holds: tuple[Hold, ...]
    naive_low: float
    naive_high: float
    power_day: int | None
    weeks_back: int = 0
    seen_after: int | None = None

    @property
    def is_told_seen(self) -> bool:
        """Whether a return was told, before it came, to be seen by the next verdict."""
        return self.seen_after is not None and self.seen_after <= self.weeks_back

    def at(self, day: int) -> Hold | None:
        """The hold of a day."""
        return next((one for one in self.holds if one.day == day), None)

    def is_true_until(self, day: int) -> bool:
        """Whether the ratio held up to a day."""
        return self.returns_day is None or self.returns_day >= day // 7 * 7

    def verified_by(self, day: int) -> bool:
        """Whether any verdict up to a day is verified."""
        return any(one.verdict is ProofVerdict.VERIFIED for one in self.holds if one.day <= day)

    def regressed(self) -> list[int]:
        """The days on which it was called regressed."""
        return [one.day for one in self.holds if one.verdict is ProofVerdict.REGRESSED]

    @property
    def next_verdict(self) -> int | None:
        """The first verdict after it came back."""
        back = self.returns_day
        return None if back is None else next((day for day in DAYS if day > back), None)


def settings_of(seed: int, n_incidents: int) -> EstateSettings:
    """An estate with planted improvements."""
    return EstateSettings(
        n_incidents=n_incidents, n_weeks=N_WEEKS, seed=seed, improvements=True, dirt=0.0
    )


def outcomes(seed: int, n_incidents: int, *, keeps_peak: bool = False) -> list[Outcome]:
    """Every entry of one estate, proven from weekly counts."""
    settings = settings_of(seed, n_incidents)
    planted = plan_improvements(settings)
    free = _free(planted)
    return [
        _outcome(settings, planted, free, index, keeps_peak=keeps_peak)
        for index in planted.entries.tolist()
    ]


def _free(planted: Improvements) -> np.ndarray:
    """Incidents of each service and week that belong to no entry."""
    free = planted.noise.copy()
    none = planted.kind == Kind.NONE
    for service in range(N_SERVICES):
        free[service] += planted.counts[none & (planted.service == service)].sum(0)
    return free


def plan_for(
    settings: EstateSettings, planted: Improvements, index: int, *, keeps_peak: bool = False
) -> tuple[ProofPlan, datetime]:
    """The plan of an entry, and when it goes live."""
    start = datetime.fromtimestamp(settings.start_s, UTC)
    live_at = start + int(planted.live_week[index]) * WEEK
    raised = (start + int(planted.raised_week[index]) * WEEK).date()
    plan = ProofPlan(
        number=f"CSI{index:04d}",
        pattern=MemberPattern(candidates=(f"C{index + 1:06d}",)),
        promised=PROMISED,
        raised_on=raised,
        live_on=live_at.date(),
        review_on=live_at.date() + timedelta(days=90),
        selected_from=LONG_AGO if keeps_peak else None,
        selected_until=LONG_AGO if keeps_peak else None,
    )
    return plan, live_at


def _outcome(
    settings: EstateSettings,
    planted: Improvements,
    free: np.ndarray,
    index: int,
    *,
    keeps_peak: bool,
) -> Outcome:
    plan, live_at = plan_for(settings, planted, index, keeps_peak=keeps_peak)
    live = int(planted.live_week[index])
    own, other = planted.counts[index], free[planted.service[index]]

    def part(first: int, last: int) -> tuple[Stratum, ...]:
        members, compared = own[first:last].tolist(), other[first:last].tolist()
        return (Stratum(service="its own", members=tuple(members), compared=tuple(compared)),)

    counted = Baseline(
        plan=plan,
        live_at=live_at,
        frozen_at=live_at,
        weeks=week_starts(live_at, live),
        is_used=(),
        strata=part(0, live),
    )
    after = After(strata=part(live, live + 26))
    try:
        baseline = frozen(counted)
    except MeasureError:
        return _told(planted, index, None, None)
    proof = proven(baseline, after, live_at + timedelta(days=182))
    power_day = _power_day(counted, planted.ratio[index])
    return _watched(_told(planted, index, proof, power_day), baseline)


def _watched(one: Outcome, baseline: Baseline) -> Outcome:
    """With how soon its return would be seen, as the newest verdict before it said."""
    back, until = one.returns_day, one.next_verdict
    if back is None or until is None:
        return one
    before = [hold for hold in one.holds if hold.day <= back]
    watch = watch_of(baseline, before[-1].effect) if before else None
    seen_after = watch.weeks_to_see() if watch else None
    return replace(one, weeks_back=until // 7 - back // 7, seen_after=seen_after)


def _told(
    planted: Improvements,
    index: int,
    proof: Proof | None,
    power_day: int | None,
) -> Outcome:
    live, returns = int(planted.live_week[index]), int(planted.returns_week[index])
    own = planted.counts[index]
    naive = poisson_ratio(
        int(own[live - NAIVE_WEEKS : live].sum()), int(own[live : live + NAIVE_WEEKS].sum())
    )
    usual = planted.usual[index]
    back = (returns - live) * 7 if returns >= 0 else None
    until = next((day for day in DAYS if back is not None and day > back), None)
    since = usual[returns : live + until // 7].sum() if until else 0.0
    return Outcome(
        kind=Kind(planted.kind[index]),
        ratio=float(planted.ratio[index]),
        expected=float(usual[live : live + 90 // 7].sum()),
        returns_day=back,
        since_return=float(since),
        holds=proof.holds if proof else (),
        naive_low=naive[0],
        naive_high=naive[1],
        power_day=power_day,
    )


def _power_day(counted: Baseline, ratio: float) -> int | None:
    """The hold at which the true ratio was said to be provable four times in five."""
    if ratio >= 1:
        return None
    plan = replace(counted.plan, promised=float(ratio))
    prospect = prospect_of(replace(counted, plan=plan))
    if prospect.earliest_on is None:
        return None
    return (prospect.earliest_on - plan.live_on).days


def poisson_ratio(before: int, after: int) -> tuple[float, float]:
    """The usual 95 % interval of the ratio of two Poisson counts over equal times (exact)."""
    total = before + after
    if not total:
        return 0.0, float("inf")
    low = stats.beta.ppf(0.025, after, before + 1) if after else 0.0
    high = stats.beta.ppf(0.975, after + 1, before) if before else 1.0
    return float(low / (1 - low)), float(high / (1 - high)) if high < 1 else float("inf")


# --- from the records of a whole estate -----------------------------------------------------------


def outcomes_of_records(seed: int, n_incidents: int) -> list[Outcome]:
    """Every entry of one estate, proven from the records of its export."""
    settings = settings_of(seed, n_incidents)
    plan, planted = build_plan(settings), plan_improvements(settings)
    frames = estate_frames(settings, (RecordKind.INCIDENT,))
    named = np.flatnonzero(plan.cause >= 0)
    candidates = pd.DataFrame(
        {
            "source": settings.source,
            "number": [f"INC{one + 1:07d}" for one in named.tolist()],
            "candidate_id": [f"C{one + 1:06d}" for one in plan.cause[named].tolist()],
        }
    )
    data = MeasureData(frames=frames, candidate_of=candidates, zone=settings.zone)
    plans = {index: plan_for(settings, planted, index) for index in planted.entries.tolist()}
    watched = watched_of(data, settings.export_at)
    found = []
    for index, (own, live_at) in plans.items():
        others = [one.pattern for other, (one, _) in plans.items() if other != index]
        try:
            baseline = freeze_entry(own, live_at, watched, others)
        except MeasureError:
            found.append(_told(planted, index, None, None))
            continue
        proof = prove(baseline, replace(watched, as_of=live_at + timedelta(days=182)))
        found.append(_told(planted, index, proof, None))
    return found


def agreement(records: Sequence[Outcome], counts: Sequence[Outcome]) -> str:
    """What the records of estates prove, beside what their weekly counts prove."""
    pairs = [
        (one.at(day), other.at(day))
        for one, other in zip(records, counts, strict=True)
        for day in DAYS
    ]
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    same = np.mean([one.verdict is other.verdict for one, other in both])
    apart = [
        abs(np.log(one.effect.ratio / other.effect.ratio))
        for one, other in both
        if one.effect.ratio and other.effect.ratio
    ]
    return (
        f"the same verdict as from weekly counts: {same:.3f} of {len(both)}; ratios differ by "
        f"{100 * float(np.median(apart)):.1f} % in the middle"
    )


def run(
    seeds: Sequence[int], n_incidents: int, *, keeps_peak: bool = False, n_processes: int = 1
) -> list[Outcome]:
    """The entries of all seeds."""
    each = partial(outcomes, n_incidents=n_incidents, keeps_peak=keeps_peak)
    if n_processes == 1:
        return [one for seed in seeds for one in each(seed)]
    with ProcessPoolExecutor(n_processes) as pool:
        return [one for some in pool.map(each, seeds) for one in some]
