"""What can be proven is told before it is approved; figures that prove."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from itsm.errors import MeasureError
from itsm.proof import (
    ProofPlan,
    ProofVerdict,
    Prospect,
)
from itsm.records import Incident
from itsm.states import IncidentState
from reports.measures.proof_baseline import counted_before
from reports.measures.proof_plan import Expected, plan_of, prospect_of
from reports.measures.proof_series import unprovable
from tests.measures.golden_more import register
from tests.measures.proof_cases import (
    LIVE,
    PLAN,
    VPN,
    WEEK,
    proof_of,
    vpn_desk,
    watched_at,
    weekly,
)

# --- before approval ------------------------------------------------------------------------------


def _prospect(records: list[Incident], plan: ProofPlan = PLAN, at: datetime = LIVE) -> Prospect:
    return prospect_of(counted_before(plan, at, watched_at(records, at=at)))


def test_a_prospect_names_date_and_smallest_effect() -> None:
    many = [
        *weekly([20] * 24, "V", category="VPN"),
        *weekly([90] * 24, "O", category="Mail"),
    ]
    found = _prospect(many)
    assert found.is_provable
    assert found.weekly == pytest.approx(20)
    assert found.earliest_on == LIVE.date() + timedelta(days=30)
    assert found.smallest is not None
    assert 0.6 < found.smallest < 0.9
    assert "The earliest date at which a promised fall of 40 % can be verified is" in found.text


def test_a_prospect_asks_for_another_window_or_measure() -> None:
    late = replace(PLAN, review_on=LIVE.date() + timedelta(days=45))
    window = _prospect(vpn_desk(0), late)
    assert not window.is_provable
    assert window.earliest_on is None or window.earliest_on > late.review_on
    rare = [
        *weekly([0, 1] * 12, "V", category="VPN"),
        *weekly([20] * 24, "O", category="Mail"),
    ]
    measure = _prospect(rare)
    assert not measure.is_provable
    assert "take another measure" in measure.text
    assert _prospect(rare, replace(PLAN, promised=None)).smallest is None or measure.smallest


def test_a_plan_whose_review_comes_before_any_verdict_cannot_be_proven() -> None:
    plan = replace(PLAN, review_on=LIVE.date() + timedelta(days=20))
    found = _prospect(vpn_desk(0), plan)
    assert (found.is_provable, found.smallest) == (False, None)


def test_weeks_up_to_the_planned_day_lengthen_the_baseline() -> None:
    soon, late = (
        _prospect(vpn_desk(0), replace(PLAN, live_on=LIVE.date() + weeks * WEEK))
        for weeks in (0, 10)
    )
    assert late.n_weeks == soon.n_weeks + 10


@pytest.mark.parametrize(("weekly", "scatter"), [(4.0, 0.0), (10.0, 0.1)])
def test_the_power_told_is_the_power_there_is(weekly: float, scatter: float) -> None:
    import numpy as np

    from reports.measures.rate_ratio import Weekly, rate_ratio

    expected = Expected(weekly=weekly, compared=60, scatter=scatter, freedom=22, n_before=24)
    ratio = expected.smallest(12)
    assert ratio is not None
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        luck = rng.gamma(1 / scatter, scatter, 36) if scatter else np.ones(36)
        mean = weekly * luck * np.where(np.arange(36) < 24, 1.0, ratio)
        own = rng.poisson(mean)[None, :].astype(float)
        other = rng.poisson(60, (1, 36)).astype(float)
        found = rate_ratio(Weekly(own[:, :24], other[:, :24]), Weekly(own[:, 24:], other[:, 24:]))
        hits += found is not None and found.high < 1
    assert 0.7 <= hits / 300 <= 0.92


def test_a_plan_comes_from_an_entry_of_the_register() -> None:
    entry = replace(register()[1], measure_id="member_rate", pattern=VPN, promised=0.5, cost=900.0)
    plan = plan_of(entry, LIVE.date())
    assert (plan.number, plan.promised, plan.cost) == ("E2", 0.5, 900.0)
    assert plan.review_on == LIVE.date() + timedelta(days=90)
    with pytest.raises(MeasureError, match="E2: a proof needs a measure"):
        plan_of(replace(entry, pattern=None), LIVE.date())


# --- figures --------------------------------------------------------------------------------------


def _resolved(own_h: float, *, n: int = 8) -> list[Incident]:
    """Incidents that take hours that scatter; members are faster from going live on."""
    records = []
    for name, category, per_week in (("V", "VPN", n), ("O", "Mail", 20)):
        for place, one in enumerate(weekly([per_week] * 50, name, category=category)):
            is_faster = category == "VPN" and one.opened_at >= LIVE
            hours = (own_h if is_faster else 8.0) * (0.6 + 0.2 * (place * 7 % 5))
            done = one.opened_at + timedelta(hours=hours)
            records.append(replace(one, state=IncidentState.CLOSED, resolved_at=done))
    return records


@pytest.mark.parametrize(("own_h", "is_verified"), [(4.0, True), (8.0, False)])
def test_resolution_time_is_proven_against_comparable_incidents(
    own_h: float, is_verified: bool
) -> None:
    plan = replace(PLAN, measure_id="resolution_time")
    proof = proof_of(_resolved(own_h), plan=plan)
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(own_h / 8.0, rel=0.1)
    assert (proof.verdict is ProofVerdict.VERIFIED) is is_verified
    assert proof.effect.expected is None
    assert proof.benefit is None
    assert "Resolution time (MTTR) is" in proof.text


def test_a_figure_with_too_few_weeks_names_another_measure() -> None:
    plan = replace(PLAN, measure_id="resolution_time")
    proof = proof_of(_resolved(4.0, n=2), plan=plan)
    assert proof.effect is None
    assert "take the rate of member incidents" in proof.text


def test_a_guard_that_is_a_figure_is_watched() -> None:
    plan = replace(PLAN, guards=("resolution_time", "csat"))
    elsewhere = weekly([20] * 50, "E", service="Mail", category="Mail")
    done = [
        replace(
            one,
            state=IncidentState.CLOSED,
            resolved_at=one.opened_at + timedelta(hours=5 + place % 3),
        )
        for place, one in enumerate(elsewhere)
    ]
    slower = [
        replace(one, resolved_at=one.opened_at + timedelta(hours=30))
        if one.opened_at >= LIVE
        else one
        for one in _resolved(8.0)
    ]
    proof = proof_of([*slower, *done], plan=plan)
    named = {one.name: one for one in proof.guards}
    assert named["resolution_time"].is_breached
    assert not named["csat"].is_breached
    assert "cannot be told" in named["csat"].text


@pytest.mark.parametrize(
    ("figure_id", "words"),
    [
        ("resolution_time", None),
        ("fcr", None),
        ("backlog", "it is a stock"),
        ("resolved", "neither way is good by itself"),
        ("change_success", "not told of incidents"),
        ("nonsense", "no such figure"),
    ],
)
def test_what_cannot_prove_says_what_to_take(figure_id: str, words: str | None) -> None:
    found = unprovable(figure_id)
    if words is None:
        assert found is None
    else:
        assert found is not None
        assert words in found
        assert "take the rate of member incidents" in found
