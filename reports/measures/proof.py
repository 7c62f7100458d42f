"""Prove an improvement: its effect so far, the verdicts that are due, and what it is worth.

watched = watched_of(data, as_of)                            # once for all entries
prospect = prospect_of(counted_before(plan, as_of, watched)) # before approval
baseline = freeze_entry(plan, live_at, watched, others)      # once, when it goes live
proof = prove(baseline, watched, proof.holds)                # each week
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from itsm.candidates import CostModel
from itsm.clocks import ReportingWeek
from itsm.errors import MeasureError
from itsm.periods import period_of
from itsm.proof import (
    MEMBER_RATE,
    Baseline,
    Effect,
    FigureWeeks,
    Guard,
    Hold,
    MemberPattern,
    Proof,
    ProofPlan,
    Stratum,
)
from reports.measures.proof_baseline import MOST_WEEKS, WEEK, edges_of, freeze, is_selected
from reports.measures.proof_counts import Groups, Watched, strata_of, weekly_of
from reports.measures.proof_effect import Meter, RateMeter, Span, as_effect, holds_of
from reports.measures.proof_series import (
    FigureMeter,
    Weeks,
    figure_weeks,
    of_services,
    unprovable,
)
from reports.measures.proof_text import guard_text, proof_text
from reports.measures.proof_value import CostOfOne, cost_of_one, value_of
from reports.measures.rate_ratio import rate_ratio

_LEAST_KNOWN = 5
_ALIKE = (0.75, 1.33)
"""A pattern that finds less or more of what its baseline counted means something else by now."""
NEIGHBOURS = "neighbours"
"""The guard that every proof has: other incidents where the members struck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What was counted since going live, with the strata of the baseline, by week."""

    strata: tuple[Stratum, ...]
    neighbours: tuple[Stratum, ...] = ()
    figures: tuple[FigureWeeks, ...] = ()
    lacking: tuple[tuple[str, str], ...] = ()
    """Figures that cannot be had, and why."""


def freeze_entry(
    plan: ProofPlan, live_at: datetime, watched: Watched, others: Sequence[MemberPattern] = ()
) -> Baseline:
    """The sealed baseline of an entry that goes live, with the figures it needs.

    Args:
        plan: as it was approved.
        live_at: when it goes live.
        watched: the incidents known.
        others: patterns of the other entries of the register.

    Raises:
        MeasureError: its measure cannot prove it, or there is too little before; says what to do.
    """
    if plan.measure_id != MEMBER_RATE:
        reason = unprovable(plan.measure_id)
        if reason is not None:
            raise MeasureError(f"{plan.number}: {reason}")
    week = _week_before(live_at, watched.data.zone)
    figures, _ = _figures(plan, others, watched, Weeks(week, MOST_WEEKS))
    return freeze(plan, live_at, watched, others=others, figures=figures)


def prove(baseline: Baseline, watched: Watched, given: Sequence[Hold] = ()) -> Proof:
    """What is known of an improvement as of the moment that incidents are known at.

    Args:
        baseline: as frozen when it went live.
        watched: the incidents known now; mined members have to reach back to going live.
        given: the verdicts given so far, which stay as they are.

    Raises:
        MeasureError: the baseline was changed, or its members can no longer be told.
    """
    baseline.check()
    groups = Groups.of(watched, baseline.plan.pattern, baseline.others)
    check_members(baseline, watched, groups)
    one = cost_of_one(watched.data.cost, watched, groups.members)
    after = _after(baseline, watched, groups)
    return proven(baseline, after, watched.as_of, given, one=one, cost=watched.data.cost)


def proven(
    baseline: Baseline,
    after: After,
    as_of: datetime,
    given: Sequence[Hold] = (),
    *,
    one: CostOfOne | None = None,
    cost: CostModel | None = None,
) -> Proof:
    """The proof from what was counted; see `prove`."""
    baseline.check()
    meter = _meter(baseline, after)
    n_weeks = weeks_since(baseline, as_of)
    if isinstance(meter, str):
        effect: Effect | str = meter
        holds = tuple(given)
    elif n_weeks == 0:
        effect, holds = "No whole week has passed since it went live.", tuple(given)
    else:
        effect = meter.effect(Span(0, n_weeks))
        holds = holds_of(baseline, meter, as_of, given)
    guards = _guards(baseline, after, n_weeks)
    model = cost or CostModel()
    each = one or cost_of_one(model, None, None)
    told = None if isinstance(effect, str) else effect
    value = None if told is None else value_of(told, each, model.currency, baseline.plan.cost)
    bare = Proof(
        number=baseline.plan.number,
        seal=baseline.seal,
        as_of=as_of,
        effect=told,
        holds=holds,
        guards=guards,
    )
    if value is not None:
        roi, inputs = value.roi, value.inputs
        bare = replace(bare, hours=value.hours, benefit=value.benefit, roi=roi, inputs=inputs)
    return proof_text(bare, effect if isinstance(effect, str) else None)


def check_members(baseline: Baseline, watched: Watched, groups: Groups) -> None:
    """See that the pattern still finds the incidents that the baseline counted.

    A candidate that mining has given another name would otherwise seem to be gone. Weeks of which
    the records are gone, too, are not asked about.

    Raises:
        MeasureError: it finds far fewer, or far more.
    """
    edges = edges_of(baseline.weeks)
    services = [one.service for one in baseline.strata]
    now = np.sum([one.members for one in strata_of(watched, groups, edges, services)], axis=0)
    then = np.sum([one.members for one in baseline.strata], axis=0)
    kept = edges[:-1] >= watched.first_at - np.timedelta64(1, "D")
    found, counted = int(now[kept].sum()), int(then[kept].sum())
    if counted >= _LEAST_KNOWN and not _ALIKE[0] * counted <= found <= _ALIKE[1] * counted:
        raise MeasureError(
            f"{baseline.plan.number}: its pattern finds {found} of the {counted} incidents that "
            "its baseline counted, so that what came since cannot be told either; hand in the "
            "mined members of its candidates back to the baseline, or correct the pattern"
        )


def weeks_since(baseline: Baseline, as_of: datetime) -> int:
    """Whole weeks since going live."""
    return min(max((as_of - baseline.live_at) // WEEK, 0), MOST_WEEKS)


def _after(baseline: Baseline, watched: Watched, groups: Groups) -> After:
    n_weeks = weeks_since(baseline, watched.as_of)
    starts = [baseline.live_at + place * WEEK for place in range(n_weeks)]
    if not starts:
        return After(strata=baseline.strata)
    edges, services = edges_of(starts), [one.service for one in baseline.strata]
    near: tuple[Stratum, ...] = ()
    if baseline.near:
        beside = groups.beside(watched, baseline.near)
        near = strata_of(watched, beside, edges, services)
    week = _week_before(watched.as_of, watched.data.zone)
    figures, lacking = _figures(
        baseline.plan, baseline.others, watched, Weeks(week, min(n_weeks + 1, MOST_WEEKS))
    )
    strata = strata_of(watched, groups, edges, services)
    return After(strata=strata, neighbours=near, figures=figures, lacking=lacking)


def _figures(
    plan: ProofPlan, others: Sequence[MemberPattern], watched: Watched, weeks: Weeks
) -> tuple[tuple[FigureWeeks, ...], tuple[tuple[str, str], ...]]:
    """The measure, where it is a figure, and the guards; and what cannot be had, with the why."""
    found, lacking = [], []
    groups = Groups.of(watched, plan.pattern, others)
    for name in (plan.measure_id, *plan.guards):
        if name in (MEMBER_RATE, NEIGHBOURS):
            continue
        population = of_services(watched, groups, whole=name != plan.measure_id)
        try:
            found.append(figure_weeks(watched, name, population, weeks))
        except MeasureError as error:
            lacking.append((name, str(error)))
    return tuple(found), tuple(lacking)


def _meter(baseline: Baseline, after: After) -> Meter | str:
    name = baseline.plan.measure_id
    if name == MEMBER_RATE:
        return RateMeter(baseline, after.strata)
    return _figure_meter(baseline, after, name)


def _figure_meter(baseline: Baseline, after: After, name: str) -> FigureMeter | str:
    before = next((one for one in baseline.figures if one.figure_id == name), None)
    since = next((one for one in after.figures if one.figure_id == name), None)
    if before is None or since is None:
        why = dict(after.lacking).get(name, "it was not frozen with the baseline")
        return f"{name}: {why}"
    labels = [one for one in before.weeks if _is_peak(baseline.plan, one)]
    return FigureMeter(before, since, baseline.live_at, frozenset(labels))


def _is_peak(plan: ProofPlan, label: str) -> bool:
    day: date = period_of(label).first_day
    return is_selected(plan, day)


def _guards(baseline: Baseline, after: After, n_weeks: int) -> tuple[Guard, ...]:
    if not n_weeks:
        return ()
    span = Span(0, n_weeks)
    found = [guard_text(NEIGHBOURS, _neighbours(baseline, after, span))]
    for name in baseline.plan.guards:
        if name in (NEIGHBOURS, baseline.plan.measure_id):
            continue
        meter = _figure_meter(baseline, after, name)
        effect = meter if isinstance(meter, str) else meter.effect(span)
        found.append(guard_text(name, effect))
    return tuple(found)


def _neighbours(baseline: Baseline, after: After, span: Span) -> Effect | str:
    if not baseline.neighbours or not after.neighbours:
        return "no field tells where its incidents strike, or nothing else strikes there"
    before = weekly_of(baseline.neighbours, baseline.is_used)
    return as_effect(baseline, span, rate_ratio(before, span.of(after.neighbours)))


def _week_before(at: datetime, zone: str) -> ReportingWeek:
    return ReportingWeek.of(at, zone).shifted(-1)
