"""The register in the pack: ranked with reasons, moved, waiting, proven, regressed."""

from dataclasses import replace
from datetime import UTC, date, datetime

from itsm.candidates import Estimate
from itsm.proof import Effect, Hold, Proof, ProofVerdict, Spread
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import Signature
from reports.model import Opening, Section, Table
from reports.sections.register import register_rows, register_section
from tests.reports.sample_pack import sample_register

TODAY = date(2026, 8, 23)
AT = datetime(2026, 8, 20, 9, tzinfo=UTC)
NEW, SCORED, RUNNING = sample_register()


def section(*entries: RegisterEntry) -> Section:
    base = Section(id="register", title="Register", opening=Opening(sentence="."))
    return register_section(base, entries, TODAY)


def table(made: Section, caption: str) -> Table | None:
    return next((one for one in made.tables if one.caption == caption), None)


def proven(verdict: ProofVerdict) -> RegisterEntry:
    effect = Effect(
        from_at=AT, until_at=AT, ratio=0.55, low=0.4, high=0.71, n_weeks=12, observed=20.0,
        expected=40.0, spread=Spread.POISSON, dispersion=1.0, p_poisson=None,
    )  # fmt: skip
    hold = Hold(day=90, due_on=TODAY, verdict=verdict, effect=effect)
    benefit = Estimate(value=5200, low=1, high=9, unit="EUR")
    proof = Proof(
        number="CSI0003", seal="", as_of=AT, effect=effect, holds=(hold,), benefit=benefit
    )
    state = RegisterState.CLOSED
    return replace(RUNNING, state=state, proof=proof, value_per_year=8000.0)


def test_the_first_are_told_with_the_reason_for_their_place() -> None:
    lifted = replace(NEW, is_regulatory=True)
    ranked = table(section(lifted, SCORED, RUNNING), "Demand in order, and why")
    assert ranked is not None
    assert [row[1] for row in ranked.rows] == ["CSI0001", "CSI0003", "CSI0002"]
    assert ranked.rows[0][2].startswith("Lifted to the top: regulatory; no score, not known:")
    assert ranked.rows[1][2].startswith("Score 4.50 from impact 3, urgency 3, risk 3, effort 2")


def test_what_moved_this_week_is_told_and_last_week_is_not() -> None:
    moved = replace(RUNNING, state_since_at=AT)
    found = table(section(SCORED, moved), "Moved this week")
    assert found is not None
    assert found.rows == (("CSI0003", "Watch the invoice batch", "In progress"),)
    earlier = replace(moved, state_since_at=datetime(2026, 8, 16, 23, tzinfo=UTC))
    assert table(section(SCORED, earlier), "Moved this week") is None


def test_an_entry_that_waits_is_not_lost_behind_many_that_do_not() -> None:
    many = [replace(RUNNING, number=f"CSI1{n:03d}") for n in range(40)]
    late = replace(NEW, number="CSI9999", not_yet_reason="after the move")
    found = table(section(*many, late), "On hold, and not yet")
    assert found is not None
    assert [row[0] for row in found.rows] == ["CSI9999"]


def test_what_waits_says_why() -> None:
    held = replace(RUNNING, state=RegisterState.ON_HOLD, on_hold_reason="no budget")
    later = replace(SCORED, not_yet_reason="after the move")
    found = table(section(held, later), "On hold, and not yet")
    assert found is not None
    assert [row[2] for row in found.rows] == ["after the move", "no budget"]


def test_a_proof_is_told_with_its_interval_and_who_signed() -> None:
    bare = proven(ProofVerdict.VERIFIED)
    found = table(section(bare), "Proven, and not")
    assert found is not None
    assert found.rows[0][2:] == ("Verified", "55.0% (40.0% to 71.0%)", "nobody yet")
    signed = replace(bare, signature=Signature(signed_by="Cleo", at=AT))
    made = section(signed)
    found = table(made, "Proven, and not")
    assert found is not None
    assert found.rows[0][4].startswith("Cleo, ")
    assert made.notes[-1] == (
        "1 improvement with a signed proof: a benefit of 5,200 is shown so far; promised were "
        "8,000 a year."
    )
    assert section(bare).notes == (), "an unsigned proof is nothing to add up"


def test_a_regression_comes_first() -> None:
    back = replace(proven(ProofVerdict.REGRESSED), state=RegisterState.REGRESSED)
    made = section(NEW, back)
    assert made.opening.ask == "Decide what follows for CSI0003."
    assert "The benefit of CSI0003 is gone again." in made.opening.sentence


def test_the_list_has_place_and_reason() -> None:
    rows = {one.number: one for one in register_rows([NEW, SCORED, proven(ProofVerdict.FAILED)])}
    assert (rows["CSI0002"].place, rows["CSI0001"].place, rows["CSI0003"].place) == (1, 2, None)
    assert rows["CSI0002"].why.startswith("score 3.00")
    assert rows["CSI0003"].verdict == "failed"
