"""Proofs from records: baselines by hand, verdicts, guards, figures, value."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from itsm.candidates import CostModel
from itsm.codec import from_bytes, to_bytes
from itsm.errors import ConfigError, MeasureError
from itsm.proof import (
    Baseline,
    Effect,
    FieldIs,
    Hold,
    MemberPattern,
    Proof,
    ProofPlan,
    ProofVerdict,
    Prospect,
    Spread,
)
from itsm.records import Incident
from itsm.states import IncidentState
from reports.measures.proof import NEIGHBOURS, freeze_entry, prove
from reports.measures.proof_baseline import counted_before
from reports.measures.proof_counts import Watched, watched_of
from reports.measures.proof_effect import judged
from reports.measures.proof_plan import Expected, plan_of, prospect_of
from reports.measures.proof_series import unprovable
from tests.measures.golden_more import register
from tests.measures.measure_frames import incident, measure_data

LIVE = datetime(2026, 6, 1, tzinfo=UTC)
START = LIVE - timedelta(weeks=24)
WEEK = timedelta(days=7)
VPN = MemberPattern(fields=(FieldIs(field="category", values=("VPN",)),))
PLAN = ProofPlan(
    number="CSI0001",
    pattern=VPN,
    promised=0.6,
    raised_on=(LIVE - 2 * WEEK).date(),
    live_on=LIVE.date(),
    review_on=LIVE.date() + timedelta(days=90),
)


def _incidents(
    per_week: Sequence[int], name: str, start: datetime = START, **fields: object
) -> list[Incident]:
    """So many incidents in each week, spread over it."""
    return [
        incident(
            f"{name}{week:02d}{place:02d}",
            start + week * WEEK + timedelta(hours=1 + 160 * place / max(n, 1)),
            service=fields.get("service", "Remote access"),
            **{key: value for key, value in fields.items() if key != "service"},
        )
        for week, n in enumerate(per_week)
        for place in range(n)
    ]


def _watched(*parts: list[Incident], at: datetime, **more: object) -> Watched:
    return watched_of(measure_data([one for part in parts for one in part], **more), at)


def _desk(after: int, *, peak: int = 4) -> list[Incident]:
    """4 a week for 14 weeks, a peak for 8, 4 for 2, then what came after; 20 others a week."""
    own = [4] * 14 + [peak] * 8 + [4] * 2 + [after] * 26
    return [
        *_incidents(own, "V", category="VPN"),
        *_incidents([20] * 50, "O", category="Mail"),
    ]


DAY_90 = LIVE + timedelta(days=90)


def _proof(records: list[Incident], at: datetime = DAY_90, plan: ProofPlan = PLAN) -> Proof:
    baseline = freeze_entry(plan, LIVE, _watched(records, at=LIVE))
    return prove(baseline, _watched(records, at=at))


def test_the_golden_case_by_hand() -> None:
    """64 members in 16 weeks of the window; 2 a week since: the ratio is 2 / 4 = 0.5.

    12 weeks are over on day 90: 24 came, and 48 would have at 4 a week.
    """
    proof = _proof(_desk(2))
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(0.5, abs=1e-6)
    assert (proof.effect.observed, proof.effect.n_weeks) == (24, 12)
    assert proof.effect.expected == pytest.approx(48, abs=1e-3)
    assert proof.effect.spread is Spread.POISSON
    assert [(one.day, one.verdict) for one in proof.holds] == [
        (30, ProofVerdict.NOT_SHOWN),
        (90, ProofVerdict.VERIFIED),
    ]
    assert proof.holds[-1].due_on == date(2026, 8, 30)
    assert "24 came in 12 weeks where about 48 would have" in proof.text


def test_the_peak_that_got_it_chosen_is_no_part_of_the_baseline() -> None:
    calm, peaked = (_proof(_desk(4, peak=peak)) for peak in (4, 12))
    assert calm.effect is not None
    assert peaked.effect is not None
    assert peaked.effect.ratio == pytest.approx(calm.effect.ratio, abs=1e-6)
    kept = replace(PLAN, selected_from=date(2000, 1, 1), selected_until=date(2000, 1, 1))
    naive = _proof(_desk(4, peak=12), plan=kept)
    assert naive.effect is not None
    assert naive.effect.ratio == pytest.approx(24 * 4 / (16 * 4 + 8 * 12), abs=1e-6)


def test_weeks_before_the_cause_began_are_no_baseline() -> None:
    own = [0] * 10 + [4] * 40
    records = [
        *_incidents(own, "V", category="VPN"),
        *_incidents([20] * 50, "O", category="Mail"),
    ]
    plan = replace(PLAN, selected_from=date(2000, 1, 1), selected_until=date(2000, 1, 1))
    baseline = freeze_entry(plan, LIVE, _watched(records, at=LIVE))
    assert baseline.is_used == (False,) * 11 + (True,) * 13
    assert "11 weeks before it came for the first time" in baseline.design


def test_a_general_fall_is_not_claimed() -> None:
    own = [*_incidents([8] * 24 + [4] * 26, "V", category="VPN")]
    others = _incidents([40] * 24 + [20] * 26, "O", category="Mail")
    proof = _proof([*own, *others])
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(1.0, abs=1e-6)
    assert proof.verdict is ProofVerdict.FAILED or proof.verdict is ProofVerdict.NOT_SHOWN


def test_members_of_other_entries_are_nobodys_comparison() -> None:
    records = [*_desk(4), *_incidents([10] * 24 + [0] * 26, "P", category="Printer")]
    printers = MemberPattern(fields=(FieldIs(field="category", values=("Printer",)),))
    left_out = freeze_entry(PLAN, LIVE, _watched(records, at=LIVE), (printers,))
    taken = freeze_entry(PLAN, LIVE, _watched(records, at=LIVE))
    effects = [prove(one, _watched(records, at=DAY_90)).effect for one in (left_out, taken)]
    assert effects[0] is not None
    assert effects[1] is not None
    assert effects[0].ratio == pytest.approx(1.0, abs=1e-6)
    assert effects[1].ratio == pytest.approx(1.5, abs=1e-6)


def test_members_of_another_service_are_told_beside_its_own_incidents() -> None:
    """Both services halve what comes at all; neither has an effect of its own."""
    parts = []
    for service, n in (("Remote access", 4), ("Mail", 8)):
        half = [n] * 24 + [n // 2] * 26
        others = [10 * n] * 24 + [5 * n] * 26
        parts += _incidents(half, f"V{n}", service=service, category="VPN")
        parts += _incidents(others, f"O{n}", service=service, category="Other")
    baseline = freeze_entry(PLAN, LIVE, _watched(parts, at=LIVE))
    assert [one.service for one in baseline.strata[:-1]] == ["Mail", "Remote access"]
    proof = prove(baseline, _watched(parts, at=DAY_90))
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(1.0, abs=1e-6)


def test_test_records_and_duplicates_are_neither() -> None:
    records = _desk(2)
    doubled = [replace(one, number=f"D{one.number}", duplicate_of=one.number) for one in records]
    tests = [replace(one, number=f"T{one.number}", is_test=True) for one in records]
    assert _proof([*records, *doubled, *tests]).effect == _proof(records).effect


@pytest.mark.parametrize("by", ["candidate", "problem"])
def test_members_may_be_named_by_candidate_or_problem(by: str) -> None:
    import pandas as pd

    records = [replace(one, problem="PRB1") if one.category == "VPN" else one for one in _desk(2)]
    members = pd.DataFrame(
        [(one.source, one.number, "K7") for one in records if one.category == "VPN"],
        columns=["source", "number", "candidate_id"],
    )
    named = {
        "candidate": MemberPattern(candidates=("K7",)),
        "problem": MemberPattern(problems=("desk/PRB1",)),
    }
    plan = replace(PLAN, pattern=named[by])
    baseline = freeze_entry(plan, LIVE, _watched(records, at=LIVE, candidate_of=members))
    proof = prove(baseline, _watched(records, at=DAY_90, candidate_of=members))
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(0.5, abs=1e-6)
    if by == "candidate":
        with pytest.raises(MeasureError, match="no mined incidents were handed in"):
            prove(baseline, _watched(records, at=DAY_90))


def test_a_baseline_cannot_be_changed_unseen_and_survives_the_store() -> None:
    baseline = freeze_entry(PLAN, LIVE, _watched(_desk(2), at=LIVE))
    again = from_bytes(Baseline, to_bytes(baseline))
    again.check()
    assert again == baseline
    for changed in (
        replace(baseline, is_used=(True,) * len(baseline.is_used)),
        replace(baseline, plan=replace(PLAN, promised=0.9)),
        replace(baseline, strata=baseline.strata[:-1]),
    ):
        with pytest.raises(MeasureError, match="CSI0001: the baseline frozen at 2026-06-01"):
            prove(changed, _watched(_desk(2), at=DAY_90))


def test_a_candidate_that_has_another_name_by_now_is_not_taken_for_gone() -> None:
    import pandas as pd

    records = _desk(4)
    rows = [(one.source, one.number, "K7") for one in records if one.category == "VPN"]
    named = pd.DataFrame(rows, columns=["source", "number", "candidate_id"])
    plan = replace(PLAN, pattern=MemberPattern(candidates=("K7",)))
    baseline = freeze_entry(plan, LIVE, _watched(records, at=LIVE, candidate_of=named))
    renamed = named.assign(candidate_id="K8")
    with pytest.raises(MeasureError, match="finds 0 of the 96 incidents that its baseline"):
        prove(baseline, _watched(records, at=DAY_90, candidate_of=renamed))
    recent = [one for one in records if one.opened_at >= LIVE - 2 * WEEK]
    kept = prove(baseline, _watched(recent, at=DAY_90, candidate_of=named))
    assert kept.effect is not None
    assert kept.effect.ratio == pytest.approx(1.0, abs=1e-6)


def test_later_records_do_not_change_a_baseline() -> None:
    records = _desk(2)
    known = [one for one in records if one.opened_at < LIVE]
    early = freeze_entry(PLAN, LIVE, _watched(known, at=LIVE))
    late = freeze_entry(PLAN, LIVE, _watched(records, at=LIVE))
    assert early == late


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pattern": MemberPattern()}, "no pattern says which incidents"),
        (
            {"pattern": MemberPattern(fields=(FieldIs(field="category", values=("Fax",)),))},
            "no incident of its pattern lies in the 16 weeks",
        ),
        (
            {"pattern": MemberPattern(fields=(FieldIs(field="colour", values=("red",)),))},
            "names the field 'colour'",
        ),
        ({"selected_from": LIVE.date() - 22 * WEEK}, "baseline needs 6"),
        ({"measure_id": "csat"}, "cannot be proven with"),
    ],
)
def test_what_cannot_be_frozen_says_why(change: dict[str, object], message: str) -> None:
    plan = replace(PLAN, **change)  # type: ignore[arg-type]  # a test names the fields it needs
    with pytest.raises(MeasureError, match=message):
        freeze_entry(plan, LIVE, _watched(_desk(2), at=LIVE))


def test_a_promise_is_a_share_that_is_left() -> None:
    with pytest.raises(ConfigError, match=r"0\.6 for 40 % less"):
        replace(PLAN, promised=1.4)


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
        *_incidents(own, "V", category="VPN"),
        *_incidents([40] * 50, "O", category="Mail"),
    ]
    proof = _proof(records, LIVE + timedelta(days=181))
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
    records = _desk(1)
    baseline = freeze_entry(PLAN, LIVE, _watched(records, at=LIVE))
    before = prove(baseline, _watched(records, at=LIVE + timedelta(days=29)))
    assert before.holds == ()
    assert before.effect is not None
    assert "The first verdict is due" in before.text
    first = prove(baseline, _watched(records, at=LIVE + timedelta(days=30))).holds
    assert [one.day for one in first] == [30]
    more = [*records, *_incidents([9] * 4, "W", start=LIVE, category="VPN")]
    later = prove(baseline, _watched(more, at=DAY_90), first)
    assert later.holds[0] == first[0], "a verdict given stays, whatever comes to light later"
    assert later.holds[1].effect.observed == 12 + 36
    assert prove(baseline, _watched(records, at=LIVE)).effect is None


def test_neighbours_that_come_more_often_are_a_breached_guard() -> None:
    def desk(near_after: int) -> list[Incident]:
        return [
            *_incidents([6] * 24 + [1] * 26, "V", category="VPN", ci="gate-1"),
            *_incidents([6] * 24 + [near_after] * 26, "N", category="Token", ci="gate-1"),
            *_incidents([40] * 50, "O", category="Mail", ci="mail-1"),
        ]

    calm, moved = _proof(desk(6)), _proof(desk(14))
    for proof, is_breached in ((calm, False), (moved, True)):
        guard = proof.guards[0]
        assert guard.name == NEIGHBOURS
        assert guard.effect is not None
        assert guard.is_breached is is_breached
        assert ("the pain may only have moved" in proof.text) is is_breached
        assert proof.verdict is ProofVerdict.VERIFIED


def test_cost_avoided_and_return_by_hand() -> None:
    """24 avoided x (1.5 h x 80 + 3 users x 0.5 h x 80) = 24 x 240 = 5,760; spent were 1,440."""
    records = [replace(one, handling_h=1.5, affected_users=3) for one in _desk(2)]
    cost = CostModel(rate_per_h=80.0, told=("rate_per_h",))
    plan = replace(PLAN, cost=1_440.0)
    baseline = freeze_entry(plan, LIVE, _watched(records, at=LIVE, cost=cost))
    proof = prove(baseline, _watched(records, at=DAY_90, cost=cost))
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


# --- before approval ------------------------------------------------------------------------------


def _prospect(records: list[Incident], plan: ProofPlan = PLAN, at: datetime = LIVE) -> Prospect:
    return prospect_of(counted_before(plan, at, _watched(records, at=at)))


def test_a_prospect_names_date_and_smallest_effect() -> None:
    many = [
        *_incidents([20] * 24, "V", category="VPN"),
        *_incidents([90] * 24, "O", category="Mail"),
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
    window = _prospect(_desk(0), late)
    assert not window.is_provable
    assert window.earliest_on is None or window.earliest_on > late.review_on
    rare = [
        *_incidents([0, 1] * 12, "V", category="VPN"),
        *_incidents([20] * 24, "O", category="Mail"),
    ]
    measure = _prospect(rare)
    assert not measure.is_provable
    assert "take another measure" in measure.text
    assert _prospect(rare, replace(PLAN, promised=None)).smallest is None or measure.smallest


def test_a_plan_whose_review_comes_before_any_verdict_cannot_be_proven() -> None:
    plan = replace(PLAN, review_on=LIVE.date() + timedelta(days=20))
    found = _prospect(_desk(0), plan)
    assert (found.is_provable, found.smallest) == (False, None)


def test_weeks_up_to_the_planned_day_lengthen_the_baseline() -> None:
    soon, late = (
        _prospect(_desk(0), replace(PLAN, live_on=LIVE.date() + weeks * WEEK)) for weeks in (0, 10)
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
        for place, one in enumerate(_incidents([per_week] * 50, name, category=category)):
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
    proof = _proof(_resolved(own_h), plan=plan)
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(own_h / 8.0, rel=0.1)
    assert (proof.verdict is ProofVerdict.VERIFIED) is is_verified
    assert proof.effect.expected is None
    assert proof.benefit is None
    assert "Resolution time (MTTR) is" in proof.text


def test_a_figure_with_too_few_weeks_names_another_measure() -> None:
    plan = replace(PLAN, measure_id="resolution_time")
    proof = _proof(_resolved(4.0, n=2), plan=plan)
    assert proof.effect is None
    assert "take the rate of member incidents" in proof.text


def test_a_guard_that_is_a_figure_is_watched() -> None:
    plan = replace(PLAN, guards=("resolution_time", "csat"))
    elsewhere = _incidents([20] * 50, "E", service="Mail", category="Mail")
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
    proof = _proof([*slower, *done], plan=plan)
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
