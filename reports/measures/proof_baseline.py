"""The baseline of an improvement: what was before it went live, without the peak it was picked for.

Whoever picks what has just peaked sees it fall by itself. The weeks that made somebody choose a
candidate are therefore left out; those before them, and those between the choice and going live,
nobody chose.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from itsm.errors import MeasureError
from itsm.proof import MEMBER_RATE, Baseline, FigureWeeks, MemberPattern, ProofPlan
from reports.measures.data import Flags, Numbers, Times
from reports.measures.proof_counts import Groups, Watched, near_of, services_of, strata_of
from reports.measures.proof_text import design_of
from reports.measures.weeks import instant

WEEK = timedelta(days=7)
MOST_WEEKS = 52
"""No baseline looks back farther: older weeks tell of another time."""
LEAST_WEEKS = 6
"""Fewer weeks that count give no baseline."""
SELECTION_WEEKS = 8
"""Where nobody says what made a candidate be picked, so many weeks up to its entry did."""
_SURELY_LATER = 0.001
"""Weeks before the first member count unless chance leaves as many without one this seldom."""


def week_starts(live_at: datetime, n_weeks: int) -> tuple[datetime, ...]:
    """The first instants of the weeks of seven days up to going live, oldest first."""
    start = live_at.astimezone(UTC)
    return tuple(start - back * WEEK for back in range(n_weeks, 0, -1))


def edges_of(weeks: Sequence[datetime]) -> Times:
    """The first instant of each week, and the end of the last."""
    return np.array([*map(instant, weeks), instant(weeks[-1] + WEEK)], dtype="datetime64[us]")


def freeze(
    plan: ProofPlan,
    live_at: datetime,
    watched: Watched,
    *,
    others: Sequence[MemberPattern] = (),
    figures: Sequence[FigureWeeks] = (),
) -> Baseline:
    """The baseline of an entry that goes live, sealed.

    Args:
        plan: as it was approved.
        live_at: when it goes live; what came later does not count.
        watched: the incidents.
        others: patterns of the other entries of the register.
        figures: the weeks before of the measure, where it is a figure, and of the guards.

    Raises:
        MeasureError: there is too little before, or nothing to compare with; says what to do.
    """
    return frozen(counted_before(plan, live_at, watched, others=others, figures=figures))


def counted_before(
    plan: ProofPlan,
    live_at: datetime,
    watched: Watched,
    *,
    others: Sequence[MemberPattern] = (),
    figures: Sequence[FigureWeeks] = (),
) -> Baseline:
    """What was counted before going live, not yet judged or sealed; see `freeze`.

    Raises:
        MeasureError: the records tell of too few weeks.
    """
    known = instant(live_at) - watched.first_at + np.timedelta64(1, "D")
    whole = max(int(known / np.timedelta64(7, "D")), 0)
    weeks = week_starts(live_at, min(whole, MOST_WEEKS))
    if len(weeks) < LEAST_WEEKS:
        raise MeasureError(_too_short(plan, len(weeks), "The records begin too late."))
    edges = edges_of(weeks)
    groups = Groups.of(watched, plan.pattern, others)
    services = services_of(watched, groups, edges)
    near = near_of(watched, groups, edges)
    beside = strata_of(watched, groups.beside(watched, near), edges, services) if near else ()
    return Baseline(
        plan=plan,
        live_at=live_at,
        frozen_at=watched.as_of,
        weeks=weeks,
        is_used=(),
        strata=strata_of(watched, groups, edges, services),
        near=near,
        neighbours=beside,
        figures=tuple(figures),
        others=tuple(others),
    )


def frozen(counted: Baseline) -> Baseline:
    """A baseline from what was counted: says which weeks count and why, and seals it.

    Raises:
        MeasureError: as `freeze`.
    """
    used, reasons = usable_weeks(counted)
    if used.sum() < LEAST_WEEKS:
        why = f"The others are {_listed(reasons)}."
        raise MeasureError(_too_short(counted.plan, int(used.sum()), why))
    if counted.plan.measure_id == MEMBER_RATE:
        _check_counts(counted, used)
    marked = replace(counted, is_used=tuple(used.tolist()))
    return replace(marked, design=design_of(marked, reasons)).sealed()


def selection_of(plan: ProofPlan) -> tuple[date, date]:
    """The first and the last day of the time that made somebody pick the candidate."""
    until = plan.selected_until or plan.raised_on
    return plan.selected_from or until - SELECTION_WEEKS * WEEK, until


def is_selected(plan: ProofPlan, first_day: date) -> bool:
    """Whether the week of seven days from a day on has a day of the time of the choice."""
    start, end = selection_of(plan)
    return first_day < end and first_day + WEEK > start


def usable_weeks(counted: Baseline) -> tuple[Flags, dict[str, int]]:
    """Which weeks count, and how many do not, by reason."""
    peak = np.array([is_selected(counted.plan, one.date()) for one in counted.weeks], dtype=bool)
    early = np.zeros(len(counted.weeks), dtype=bool)
    if counted.plan.measure_id == MEMBER_RATE:
        total = np.array([one.members for one in counted.strata], dtype=np.float64).sum(0)
        early[: _began(total, peak)] = True
    reasons = {
        "weeks of the choice, which may be a peak": int(peak.sum()),
        "weeks before it came for the first time": int((early & ~peak).sum()),
    }
    return ~peak & ~early, reasons


def _began(total: Numbers, peak: Flags) -> int:
    """How many weeks lie before the cause began; its first week is not whole."""
    came = np.flatnonzero(total)
    if not len(came):
        return 0
    first = int(came[0])
    calm = total[first:][~peak[first:]]
    usual = calm if len(calm) >= LEAST_WEEKS else total[first:]
    chance = np.exp(-first * usual.mean())
    return first + 1 if first and chance < _SURELY_LATER else 0


def _check_counts(counted: Baseline, used: Flags) -> None:
    number = counted.plan.number
    if counted.plan.pattern.is_empty:
        raise MeasureError(
            f"{number}: no pattern says which incidents it is meant to prevent; name the "
            "candidate, the problem, or fields such as service and category"
        )
    members = sum(np.array(one.members)[used].sum() for one in counted.strata)
    compared = sum(np.array(one.compared)[used].sum() for one in counted.strata if any(one.members))
    if not members:
        raise MeasureError(
            f"{number}: no incident of its pattern lies in the {int(used.sum())} weeks of the "
            "baseline; widen the pattern, or take another measure"
        )
    if compared < members:
        raise MeasureError(
            f"{number}: {compared} comparable incidents stand beside {members} of its own, too few "
            "to tell a general trend; narrow the pattern, or take another measure"
        )


def _too_short(plan: ProofPlan, n_weeks: int, why: str) -> str:
    return (
        f"{plan.number}: {n_weeks} weeks before going live count, and a baseline needs "
        f"{LEAST_WEEKS}. {why} Go live later, or import older records"
    )


def _listed(reasons: dict[str, int]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in reasons.items() if n) or "not there"
