"""Who decides on a field that two systems hold, and what the rules let an entry take over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from itsm.pushed import Difference, Standing
from itsm.pushing import STATE, PushAction
from itsm.register import RegisterState
from itsm.register_mirroring import (
    HERE,
    USUAL_OWNERS,
    FieldOwner,
    Owners,
    Verdict,
    dispute,
    editor,
    taken,
    verdict,
)
from itsm.register_rules import Act
from tests.itsm.test_register_rules import accepted

AT = datetime(2027, 1, 4, tzinfo=UTC)
ACT = Act(by=editor("desk"), at=AT, reason="as edited in desk (CIM1)")
OURS, THEIRS, SHARED = FieldOwner.OURS, FieldOwner.THEIRS, FieldOwner.SHARED


@pytest.mark.parametrize(
    ("seen", "theirs", "ours", "owner", "expected"),
    [
        ("a", "b", "a", SHARED, Verdict.TAKE),
        ("a", "b", "a", THEIRS, Verdict.TAKE),
        ("a", "b", "a", OURS, Verdict.DISPUTE),
        ("a", "b", "c", SHARED, Verdict.DISPUTE),
        ("a", "b", "c", THEIRS, Verdict.TAKE),
        ("a", "b", "c", OURS, Verdict.DISPUTE),
        ("a", "b", "b", OURS, Verdict.AGREED),
    ],
)
def test_both_sides_and_the_owner_decide(
    seen: str, theirs: str, ours: str, owner: FieldOwner, expected: Verdict
) -> None:
    one = Difference(field="title", seen=seen, theirs=theirs, ours=ours)
    assert verdict(one, owner) is expected


def test_the_system_of_record_decides_on_all_but_the_state_and_where_it_came_from() -> None:
    own = {"title": OURS, STATE: THEIRS}
    assert Owners(HERE, own).of("title", "desk") is OURS
    assert Owners(HERE).of("title", "desk") is SHARED
    handed = Owners("desk", own)
    assert {name: handed.of(name, "desk") for name in USUAL_OWNERS} == {
        **dict.fromkeys(USUAL_OWNERS, THEIRS), "origin_record": OURS,
    }  # fmt: skip
    assert handed.of("title", "other") is OURS, "another mirror is told, and not asked"
    assert Owners("desk").of(STATE, "desk") is SHARED


def test_what_the_rules_refuse_stays_and_the_rest_is_taken() -> None:
    entry = replace(accepted(), next_review_on=AT.date())
    values = {"title": "Other", "coordinator": "", "origin_record": "x", STATE: "closed"}
    found = taken(entry, values, ACT)
    assert found.fields == ("title",)
    assert found.entry == replace(entry, title="Other")
    assert found.refused.keys() == {"coordinator", "origin_record", STATE}
    assert "is not allowed" in found.refused[STATE]
    assert "'odd' is no state" in taken(entry, {STATE: "odd"}, ACT).refused[STATE]
    assert taken(entry, {STATE: "assess"}, ACT).entry.state is RegisterState.ASSESS


@pytest.mark.parametrize("state", ["canceled", "approved"])
def test_who_edits_a_record_elsewhere_neither_approves_nor_cancels(state: str) -> None:
    entry = replace(accepted(), state=RegisterState.ASSESS)
    assert "may not" in taken(entry, {STATE: state}, ACT).refused[STATE]


def test_a_dispute_holds_both_values_field_by_field() -> None:
    found = [
        Difference(field="title", seen="a", theirs="b", ours="c"),
        Difference(field=STATE, seen="assess", theirs="closed", ours="review"),
    ]
    made = dispute(accepted(), "desk", found, ACT)
    assert [intent.action for intent, _ in made] == [PushAction.UPDATE, PushAction.MOVE]
    for one, (intent, conflict) in zip(found, made, strict=True):
        assert (intent.fields[0].value, intent.fields[0].seen) == (one.ours, one.seen)
        assert (conflict.theirs, conflict.ours) == (one.theirs, one.ours)
        assert conflict.standing is Standing.THEIRS
        assert conflict.intent_id == intent.intent_id
