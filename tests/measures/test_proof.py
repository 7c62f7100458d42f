"""Baselines of a proof: what is frozen, what is left out, what survives."""

from dataclasses import replace
from datetime import date

import pytest

from itsm.codec import from_bytes, to_bytes
from itsm.errors import ConfigError, MeasureError
from itsm.proof import (
    Baseline,
    FieldIs,
    MemberPattern,
    ProofVerdict,
    Spread,
)
from reports.measures.proof import freeze_entry, prove
from tests.measures.proof_cases import (
    DAY_90,
    LIVE,
    PLAN,
    WEEK,
    proof_of,
    vpn_desk,
    watched_at,
    weekly,
)


def test_the_golden_case_by_hand() -> None:
    """64 members in 16 weeks of the window; 2 a week since: the ratio is 2 / 4 = 0.5.

    12 weeks are over on day 90: 24 came, and 48 would have at 4 a week.
    """
    proof = proof_of(vpn_desk(2))
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
    calm, peaked = (proof_of(vpn_desk(4, peak=peak)) for peak in (4, 12))
    assert calm.effect is not None
    assert peaked.effect is not None
    assert peaked.effect.ratio == pytest.approx(calm.effect.ratio, abs=1e-6)
    kept = replace(PLAN, selected_from=date(2000, 1, 1), selected_until=date(2000, 1, 1))
    naive = proof_of(vpn_desk(4, peak=12), plan=kept)
    assert naive.effect is not None
    assert naive.effect.ratio == pytest.approx(24 * 4 / (16 * 4 + 8 * 12), abs=1e-6)


def test_weeks_before_the_cause_began_are_no_baseline() -> None:
    own = [0] * 10 + [4] * 40
    records = [
        *weekly(own, "V", category="VPN"),
        *weekly([20] * 50, "O", category="Mail"),
    ]
    plan = replace(PLAN, selected_from=date(2000, 1, 1), selected_until=date(2000, 1, 1))
    baseline = freeze_entry(plan, LIVE, watched_at(records, at=LIVE))
    assert baseline.is_used == (False,) * 11 + (True,) * 13
    assert "11 weeks before it came for the first time" in baseline.design


def test_a_general_fall_is_not_claimed() -> None:
    own = [*weekly([8] * 24 + [4] * 26, "V", category="VPN")]
    others = weekly([40] * 24 + [20] * 26, "O", category="Mail")
    proof = proof_of([*own, *others])
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(1.0, abs=1e-6)
    assert proof.verdict is ProofVerdict.FAILED or proof.verdict is ProofVerdict.NOT_SHOWN


def test_members_of_other_entries_are_nobodys_comparison() -> None:
    records = [*vpn_desk(4), *weekly([10] * 24 + [0] * 26, "P", category="Printer")]
    printers = MemberPattern(fields=(FieldIs(field="category", values=("Printer",)),))
    left_out = freeze_entry(PLAN, LIVE, watched_at(records, at=LIVE), (printers,))
    taken = freeze_entry(PLAN, LIVE, watched_at(records, at=LIVE))
    effects = [prove(one, watched_at(records, at=DAY_90)).effect for one in (left_out, taken)]
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
        parts += weekly(half, f"V{n}", service=service, category="VPN")
        parts += weekly(others, f"O{n}", service=service, category="Other")
    baseline = freeze_entry(PLAN, LIVE, watched_at(parts, at=LIVE))
    assert [one.service for one in baseline.strata[:-1]] == ["Mail", "Remote access"]
    proof = prove(baseline, watched_at(parts, at=DAY_90))
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(1.0, abs=1e-6)


def test_test_records_and_duplicates_are_neither() -> None:
    records = vpn_desk(2)
    doubled = [replace(one, number=f"D{one.number}", duplicate_of=one.number) for one in records]
    tests = [replace(one, number=f"T{one.number}", is_test=True) for one in records]
    assert proof_of([*records, *doubled, *tests]).effect == proof_of(records).effect


@pytest.mark.parametrize("by", ["candidate", "problem"])
def test_members_may_be_named_by_candidate_or_problem(by: str) -> None:
    import pandas as pd

    records = [
        replace(one, problem="PRB1") if one.category == "VPN" else one for one in vpn_desk(2)
    ]
    members = pd.DataFrame(
        [(one.source, one.number, "K7") for one in records if one.category == "VPN"],
        columns=["source", "number", "candidate_id"],
    )
    named = {
        "candidate": MemberPattern(candidates=("K7",)),
        "problem": MemberPattern(problems=("desk/PRB1",)),
    }
    plan = replace(PLAN, pattern=named[by])
    baseline = freeze_entry(plan, LIVE, watched_at(records, at=LIVE, candidate_of=members))
    proof = prove(baseline, watched_at(records, at=DAY_90, candidate_of=members))
    assert proof.effect is not None
    assert proof.effect.ratio == pytest.approx(0.5, abs=1e-6)
    if by == "candidate":
        with pytest.raises(MeasureError, match="no mined incidents were handed in"):
            prove(baseline, watched_at(records, at=DAY_90))


def test_a_baseline_cannot_be_changed_unseen_and_survives_the_store() -> None:
    baseline = freeze_entry(PLAN, LIVE, watched_at(vpn_desk(2), at=LIVE))
    again = from_bytes(Baseline, to_bytes(baseline))
    again.check()
    assert again == baseline
    for changed in (
        replace(baseline, is_used=(True,) * len(baseline.is_used)),
        replace(baseline, plan=replace(PLAN, promised=0.9)),
        replace(baseline, strata=baseline.strata[:-1]),
    ):
        with pytest.raises(MeasureError, match="CSI0001: the baseline frozen at 2026-06-01"):
            prove(changed, watched_at(vpn_desk(2), at=DAY_90))


def test_a_candidate_that_has_another_name_by_now_is_not_taken_for_gone() -> None:
    import pandas as pd

    records = vpn_desk(4)
    rows = [(one.source, one.number, "K7") for one in records if one.category == "VPN"]
    named = pd.DataFrame(rows, columns=["source", "number", "candidate_id"])
    plan = replace(PLAN, pattern=MemberPattern(candidates=("K7",)))
    baseline = freeze_entry(plan, LIVE, watched_at(records, at=LIVE, candidate_of=named))
    renamed = named.assign(candidate_id="K8")
    with pytest.raises(MeasureError, match="finds 0 of the 96 incidents that its baseline"):
        prove(baseline, watched_at(records, at=DAY_90, candidate_of=renamed))
    recent = [one for one in records if one.opened_at >= LIVE - 2 * WEEK]
    kept = prove(baseline, watched_at(recent, at=DAY_90, candidate_of=named))
    assert kept.effect is not None
    assert kept.effect.ratio == pytest.approx(1.0, abs=1e-6)


def test_later_records_do_not_change_a_baseline() -> None:
    records = vpn_desk(2)
    known = [one for one in records if one.opened_at < LIVE]
    early = freeze_entry(PLAN, LIVE, watched_at(known, at=LIVE))
    late = freeze_entry(PLAN, LIVE, watched_at(records, at=LIVE))
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
        freeze_entry(plan, LIVE, watched_at(vpn_desk(2), at=LIVE))


def test_a_promise_is_a_share_that_is_left() -> None:
    with pytest.raises(ConfigError, match=r"0\.6 for 40 % less"):
        replace(PLAN, promised=1.4)
