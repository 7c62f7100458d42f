"""Verdicts of a proof, its guards and what it is worth."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from itsm.candidates import CostModel
from itsm.proof import (
    Effect,
    Hold,
    ProofVerdict,
    Spread,
)
from itsm.records import Incident
from reports.measures.proof import NEIGHBOURS, freeze_entry, prove
from reports.measures.proof_effect import judged
from tests.measures.proof_cases import DAY_90, LIVE, PLAN, proof_of, vpn_desk, watched_at, weekly


def _effect(low: float, ratio: float, high: float) -> Effect:
    return Effect(
        from_at=LIVE,
        until_at=DAY_90,
        ratio=ratio,
        low=low,
        high=high,
        n_weeks=12,
        observed=10,
        expected=20,
        spread=Spread.POISSON,
        dispersion=1.0,
        p_poisson=0.5,
    )


@pytest.mark.parametrize(
    ("effect", "promised", "verdict"),
    [
        (_effect(0.4, 0.6, 0.99), 0.6, ProofVerdict.VERIFIED),
        (_effect(0.7, 0.8, 0.95), 0.6, ProofVerdict.VERIFIED),
        (_effect(0.4, 0.7, 1.0), 0.6, ProofVerdict.NOT_SHOWN),
        (_effect(0.6, 0.8, 1.2), 0.6, ProofVerdict.NOT_SHOWN),
        (_effect(0.61, 0.9, 1.2), 0.6, ProofVerdict.FAILED),
        (_effect(0.61, 0.9, 1.2), None, ProofVerdict.NOT_SHOWN),
        (_effect(1.01, 1.3, 1.7), None, ProofVerdict.FAILED),
    ],
)
def test_verdicts_are_as_defined(
    effect: Effect, promised: float | None, verdict: ProofVerdict
) -> None:
    assert judged(promised, effect) is verdict


@pytest.mark.parametrize(
    ("later", "change", "verdict"),
    [
        (_effect(0.7, 1.0, 1.4), _effect(1.2, 2.0, 3.0), ProofVerdict.REGRESSED),
        (_effect(0.7, 1.0, 1.4), _effect(0.9, 2.0, 4.0), ProofVerdict.VERIFIED),
        (_effect(0.4, 0.6, 0.9), _effect(1.1, 1.2, 1.3), ProofVerdict.VERIFIED),
        (None, None, ProofVerdict.VERIFIED),
    ],
)
def test_regressed_excludes_what_was_verified_allowing_for_both(
    later: Effect | None, change: Effect | None, verdict: ProofVerdict
) -> None:
    was = Hold(
        day=30,
        due_on=date(2026, 7, 1),
        verdict=ProofVerdict.VERIFIED,
        effect=_effect(0.3, 0.5, 0.8),
    )
    assert judged(0.6, _effect(0.5, 0.7, 0.9), was, later, change) is verdict
    unproven = judged(0.6, _effect(0.5, 0.7, 0.9), None, later, change)
    assert unproven is ProofVerdict.VERIFIED


def test_a_regression_is_raised_at_the_next_verdict_and_says_so() -> None:
    own = [8] * 24 + [1] * 12 + [8] * 14
    records = [
        *weekly(own, "V", category="VPN"),
        *weekly([40] * 50, "O", category="Mail"),
    ]
    proof = proof_of(records, LIVE + timedelta(days=181))
    assert [one.verdict for one in proof.holds] == [
        ProofVerdict.VERIFIED,
        ProofVerdict.VERIFIED,
        ProofVerdict.REGRESSED,
    ]
    assert proof.verdict is ProofVerdict.REGRESSED
    assert "It was verified on day 90" in proof.text
    since = LIVE + timedelta(weeks=12)
    assert f"From {since:%Y-%m-%d} on the rate is" in proof.text, "since when, to the week"
    assert "Should all of it come back, that is seen after" in proof.holds[1].text


def test_verdicts_are_given_on_their_day_and_stay() -> None:
    records = vpn_desk(1)
    baseline = freeze_entry(PLAN, LIVE, watched_at(records, at=LIVE))
    before = prove(baseline, watched_at(records, at=LIVE + timedelta(days=29)))
    assert before.holds == ()
    assert before.effect is not None
    assert "The first verdict is due" in before.text
    first = prove(baseline, watched_at(records, at=LIVE + timedelta(days=30))).holds
    assert [one.day for one in first] == [30]
    more = [*records, *weekly([9] * 4, "W", start=LIVE, category="VPN")]
    later = prove(baseline, watched_at(more, at=DAY_90), first)
    assert later.holds[0] == first[0], "a verdict given stays, whatever comes to light later"
    assert later.holds[1].effect.observed == 12 + 36
    assert prove(baseline, watched_at(records, at=LIVE)).effect is None


def test_neighbours_that_come_more_often_are_a_breached_guard() -> None:
    def desk(near_after: int) -> list[Incident]:
        return [
            *weekly([6] * 24 + [1] * 26, "V", category="VPN", ci="gate-1"),
            *weekly([6] * 24 + [near_after] * 26, "N", category="Token", ci="gate-1"),
            *weekly([40] * 50, "O", category="Mail", ci="mail-1"),
        ]

    calm, moved = proof_of(desk(6)), proof_of(desk(14))
    for proof, is_breached in ((calm, False), (moved, True)):
        guard = proof.guards[0]
        assert guard.name == NEIGHBOURS
        assert guard.effect is not None
        assert guard.is_breached is is_breached
        assert ("the pain may only have moved" in proof.text) is is_breached
        assert proof.verdict is ProofVerdict.VERIFIED


def test_cost_avoided_and_return_by_hand() -> None:
    """24 avoided x (1.5 h x 80 + 3 users x 0.5 h x 80) = 24 x 240 = 5,760; spent were 1,440."""
    records = [replace(one, handling_h=1.5, affected_users=3) for one in vpn_desk(2)]
    cost = CostModel(rate_per_h=80.0, told=("rate_per_h",))
    plan = replace(PLAN, cost=1_440.0)
    baseline = freeze_entry(plan, LIVE, watched_at(records, at=LIVE, cost=cost))
    proof = prove(baseline, watched_at(records, at=DAY_90, cost=cost))
    assert proof.benefit is not None
    assert proof.hours is not None
    assert proof.roi is not None
    assert proof.benefit.value == pytest.approx(5_760, rel=1e-4)
    assert proof.hours.value == pytest.approx(24 * 3.0, rel=1e-4)
    assert proof.roi.value == pytest.approx(3.0, rel=1e-3)
    assert proof.benefit.low < 5_760 < proof.benefit.high
    named = {one.name: (one.value, one.is_assumed) for one in proof.inputs}
    assert named["hours of handling one, as records tell"] == (1.5, False)
    assert named["hours one user loses"] == (0.5, True)
    assert named["cost of the improvement"] == (1_440.0, False)
    assert proof.roi.assumed == ("hours one user loses",)
    assert "assumed and not measured: hours one user loses" in proof.text
