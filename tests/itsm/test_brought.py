"""What the programme has brought: what counts as verified, as failed, and as spent."""

from dataclasses import replace
from datetime import date

import pytest

from itsm.brought import Between, brought
from itsm.budgeting import WorkCost
from itsm.candidates import Estimate
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import Signature
from tests.itsm.test_register_rules import AT, NEW, proof

WORK = WorkCost(version="1", rate_per_day=500.0, currency="EUR")
S = RegisterState


def entry(
    state: RegisterState, verdict: ProofVerdict | None = None, **fields: object
) -> RegisterEntry:
    told = (
        None
        if verdict is None
        else replace(proof(verdict), hours=Estimate(value=60, low=40, high=90, unit="h"))
    )
    signed = Signature(signed_by="dora", at=AT, reason="seen") if verdict else None
    made = replace(NEW, state=state, proof=told, signature=signed)
    return replace(made, **fields)  # type: ignore[arg-type]  # each field fits


def test_what_is_proven_and_signed_is_returned() -> None:
    told = brought([entry(S.CLOSED, ProofVerdict.VERIFIED)], 9, 4, WORK)
    assert (told.n_asked, told.n_taken, told.n_verified, told.n_failed) == (9, 4, 1, 0)
    assert told.hours == Between(low=40, high=90) and told.money is None


def test_a_regression_counts_as_failed_also_once_it_was_reopened() -> None:
    number = NEW.number
    reopened = entry(S.ASSESS, round=2)
    assert brought([entry(S.REGRESSED, ProofVerdict.REGRESSED)], 1, 1, WORK).n_failed == 1
    assert brought([reopened], 1, 1, WORK).n_failed == 0
    assert brought([reopened], 1, 1, WORK, {number}).n_failed == 1
    again = entry(S.CLOSED, ProofVerdict.VERIFIED, round=2)
    told = brought([again], 1, 1, WORK, {number})
    assert (told.n_verified, told.n_failed) == (1, 0), "it works now"


@pytest.mark.parametrize(
    ("state", "started_on", "days"),
    [
        (S.NEW, None, 0),
        (S.ACCEPTED, None, 0),
        (S.ASSESS, None, 0),
        (S.APPROVED, None, 0),
        (S.CANCELED, None, 0),
        (S.IN_PROGRESS, None, 5),
        (S.ON_HOLD, None, 5),
        (S.CLOSED, None, 5),
        (S.ASSESS, date(2026, 3, 1), 5),
        (S.CANCELED, date(2026, 3, 1), 5),
    ],
)
def test_only_what_was_begun_is_spent(
    state: RegisterState, started_on: date | None, days: int
) -> None:
    made = entry(state, effort_days=5.0, cost=100.0, actual_start_on=started_on)
    told = brought([made], 0, 0, WORK)
    assert told.hours_spent == days * 8
    assert told.money_spent == (100 + 2_500 if days else 0)
