"""The programme: what counts as proven, what was returned, and how long entries stood where."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.candidates import Estimate
from itsm.programme import is_proven, programme, times_in_state
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import ClosureCode, Signature
from tests.itsm.test_register_rules import AT, NEW, proof

S = RegisterState
LATER = AT + timedelta(days=400)


def closed(number: str, verdict: ProofVerdict | None, *, is_signed: bool = True) -> RegisterEntry:
    measured = proof(verdict) if verdict else None
    if measured:
        benefit = Estimate(value=1000, low=0, high=2000, unit="EUR")
        hours = Estimate(value=30, low=0, high=60, unit="h")
        measured = replace(measured, benefit=benefit, hours=hours)
    return replace(
        NEW,
        number=number,
        state=S.CLOSED,
        closure_code=ClosureCode.SUCCESSFUL,
        proof=measured,
        signature=Signature(signed_by="cleo", at=AT) if is_signed else None,
        value_per_year=1500.0,
    )


def test_only_a_signed_verified_benefit_that_still_holds_counts() -> None:
    proven = closed("A", ProofVerdict.VERIFIED)
    entries = [
        proven,
        closed("B", ProofVerdict.VERIFIED, is_signed=False),
        closed("C", ProofVerdict.NOT_SHOWN),
        closed("D", ProofVerdict.FAILED),
        replace(closed("E", ProofVerdict.REGRESSED), state=S.REGRESSED),
        replace(closed("F", None), waiver=Signature(signed_by="cleo", at=AT)),
        replace(closed("G", None), closure_code=ClosureCode.WITHDRAWN),
        replace(proven, number="H", state=S.REVIEW),
        replace(NEW, number="I"),
    ]
    told = programme(entries, {}, LATER)
    assert [one.number for one in entries if is_proven(one)] == ["A"]
    assert (told.n_closed, told.n_verified, told.n_waived) == (7, 1, 1)
    assert (told.n_unsuccessful, told.n_regressed) == (1, 1)
    assert told.verified_share == pytest.approx(1 / 7)
    assert (told.expected, told.verified, told.hours) == (1500, 1000, 30)
    assert told.avoided == pytest.approx(20), "40 were to be expected, and 20 came"


def test_nothing_closed_is_no_share() -> None:
    told = programme([NEW], {}, LATER)
    assert (told.verified_share, told.expected, told.verified) == (None, None, None)


def test_a_stay_ends_with_the_next_state_and_edits_do_not_end_it() -> None:
    def version(day: int, state: RegisterState) -> tuple[datetime, RegisterEntry]:
        return AT + timedelta(days=day), replace(NEW, state=state)

    way = [
        version(0, S.NEW), version(3, S.NEW), version(10, S.ACCEPTED), version(12, S.ASSESS),
        version(20, S.APPROVED), version(21, S.ASSESS),
    ]  # fmt: skip
    other = [version(0, S.NEW), version(20, S.CANCELED)]
    told = {
        one.state: one for one in times_in_state({"A": way, "B": other}, AT + timedelta(days=30))
    }
    assert (told[S.NEW].n_ended, told[S.NEW].median_days, told[S.NEW].longest_days) == (2, 15, 20)
    assess = told[S.ASSESS]
    assert (assess.n_ended, assess.median_days) == (1, 8)
    assert (assess.n_there, assess.longest_there, assess.longest_there_days) == (1, "CSI-1", 9)
    assert told[S.CANCELED].n_there == 1
    earlier = {one.state for one in times_in_state({"A": way}, AT + timedelta(days=11))}
    assert earlier == {S.NEW, S.ACCEPTED}


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(RegisterState)), min_size=1))
def test_all_stays_together_are_the_life_of_an_entry(
    steps: list[tuple[int, RegisterState]],
) -> None:
    at, way = AT, []
    for days, state in steps:
        at += timedelta(days=days)
        way.append((at, replace(NEW, state=state)))
    told = times_in_state({"A": way}, at + timedelta(days=1))
    going = [one for one in told if one.n_there]
    assert [one.state for one in going] == [steps[-1][1]]
    n_stays = sum(one.n_ended + one.n_there for one in told)
    assert n_stays == 1 + sum(a[1] != b[1] for a, b in itertools.pairwise(steps))
