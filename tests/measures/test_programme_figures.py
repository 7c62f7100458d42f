"""What the register's proofs say of the whole programme, by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from itsm.candidates import Estimate
from itsm.clocks import ReportingWeek
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.proof import Effect, Hold, Proof, ProofVerdict, Spread
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import ClosureCode, Signature
from tests.measures.golden_more import register
from tests.measures.measure_frames import at, figure, figures_of, incident, measure_data, pick

WEEK = ReportingWeek.parse("2026-W13")
NOW = datetime(2026, 3, 30, tzinfo=UTC)


def _effect(observed: float, expected: float, low: float, high: float) -> Effect:
    return Effect(
        from_at=at("01-05 00:00"),
        until_at=NOW,
        ratio=observed / expected,
        low=low,
        high=high,
        n_weeks=12,
        observed=observed,
        expected=expected,
        spread=Spread.POISSON,
        dispersion=1.0,
        p_poisson=0.5,
    )


def _proof(verdict: ProofVerdict, effect: Effect, hours_each: float) -> Proof:
    avoided = effect.avoided
    assert avoided is not None
    hold = Hold(day=30, due_on=date(2026, 2, 4), verdict=verdict, effect=effect)
    ends = (avoided.value * hours_each, avoided.low * hours_each, avoided.high * hours_each)
    hours = Estimate(value=ends[0], low=ends[1], high=ends[2], unit="hours", assumed=("users",))
    money = Estimate(value=50 * ends[0], low=50 * ends[1], high=50 * ends[2], unit="EUR")
    return Proof(
        number="E", seal="s", as_of=NOW, effect=effect, holds=(hold,), hours=hours, benefit=money
    )


SIGNED = Signature(signed_by="Robin", at=at("02-05 00:00"))
GOOD = _proof(ProofVerdict.VERIFIED, _effect(40, 100, 0.3, 0.6), 2.0)
ALSO = _proof(ProofVerdict.VERIFIED, _effect(10, 40, 0.1, 0.5), 1.0)
VAIN = _proof(ProofVerdict.NOT_SHOWN, _effect(18, 20, 0.5, 1.4), 2.0)


def _closed(number: str, proof: Proof | None, **more: object) -> RegisterEntry:
    entry = replace(register()[3], number=number, proof=proof, closure_code=ClosureCode.SUCCESSFUL)
    return replace(entry, **more)  # type: ignore[arg-type]  # a test names the fields it needs


def _figures(*entries: RegisterEntry) -> tuple[FigureResult, ...]:
    data = measure_data([incident("I1", "03-24 09:00")], register=entries)
    return figures_of(data, WEEK)


ENTRIES = (
    _closed("E1", GOOD, signature=SIGNED, promised=0.5),
    _closed("E2", ALSO, signature=SIGNED),
    _closed("E3", VAIN, promised=0.5),
    _closed("E4", None),
    _closed("E5", ALSO, signature=SIGNED, state=RegisterState.REGRESSED),
    _closed("E6", GOOD, state=RegisterState.REVIEW),
)


def test_success_is_verified_and_signed_of_all_that_were_closed() -> None:
    """E1 and E2 of E1 to E5; E5 fell back, E6 is not closed yet."""
    found = figure(_figures(*ENTRIES), "programme_success")
    assert found.value == pytest.approx(2 / 5)
    assert found.n == 5
    assert found.rows == ("E1", "E2")


def test_benefit_stands_beside_what_all_with_a_proof_had_promised() -> None:
    """Verified: 60 x 2 h + 30 x 1 h = 150. Promised: half of 100 x 2 h, and half of 20 x 2 h."""
    found = figure(_figures(*ENTRIES), "programme_benefit")
    assert found.value == pytest.approx(150)
    assert found.companions["expected"] == pytest.approx(100 + 20)
    assert found.companions["in money"] == pytest.approx(7_500)
    assert found.companions["low"] == pytest.approx(150 - ((60 - 40) ** 2 * 4 + 10**2) ** 0.5)
    assert found.companions["high"] == pytest.approx(150 + ((70 - 60) ** 2 * 4 + 6**2) ** 0.5)
    assert found.note == (
        "Assumed, not measured: users. 2 of 4 entries promised nothing that can be compared."
    )


def test_incidents_prevented_are_those_of_verified_effects() -> None:
    """E1 60, E2 30, E6 60; E3 is not shown, and E5 fell back."""
    found = figure(_figures(*ENTRIES), "incidents_prevented")
    assert found.value == pytest.approx(150)
    assert found.rows == ("E1", "E2", "E6")
    assert dict(found.excluded) == {"not verified": 2}


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((), "no improvement is closed yet"),
        ((_closed("E4", None),), "the entries hold no proof"),
    ],
)
def test_without_proofs_nothing_is_claimed(entries: tuple[RegisterEntry, ...], reason: str) -> None:
    found = _figures(*entries)
    for name in ("programme_success", "programme_benefit"):
        told = pick(found, name)
        assert isinstance(told, NotAvailable)
        assert told.reason == reason
    assert isinstance(pick(found, "incidents_prevented"), NotAvailable)


def test_closed_with_a_proof_that_shows_nothing_is_no_success() -> None:
    found = _figures(_closed("E3", VAIN))
    assert isinstance(pick(found, "programme_success"), Figure)
    assert figure(found, "programme_success").value == 0.0
    assert isinstance(pick(found, "programme_benefit"), NotAvailable)
