"""Which changes of an entry are told to the systems that mirror it."""

from dataclasses import replace

import pytest

from itsm.pushing import PushAction
from itsm.register import RegisterEntry, RegisterState
from itsm.register_pushing import mirror_intents
from tests.itsm.test_register_rules import NEW, accepted

S = RegisterState


def told(
    before: RegisterEntry, after: RegisterEntry, *, first: bool = False
) -> list[tuple[str, dict[str, str]]]:
    intents = mirror_intents(
        before,
        after,
        "desk",
        actor="ben",
        reason="because",
        first=first,
    )
    return [(one.action.value, {f.field: f.value for f in one.fields}) for one in intents]


def test_a_proposal_is_nobody_elses_business() -> None:
    assert told(NEW, replace(NEW, title="Other")) == []
    assert told(NEW, replace(NEW, state=S.CANCELED), first=True) == []


def test_an_accepted_entry_is_created_and_brought_to_its_state() -> None:
    create, move = mirror_intents(
        NEW, accepted(), "desk", actor="ben", reason="worth it", first=True
    )
    assert (create.action, move.action) == (PushAction.CREATE, PushAction.MOVE)
    assert move.needs == create.intent_id
    assert create.key == move.key == "csi:imp:CSI-1"
    assert {f.field: f.value for f in create.fields} == {"title": NEW.title, "coordinator": "ben"}
    assert move.fields[0].value == "accepted"


def test_only_what_changed_is_told() -> None:
    entry = accepted()
    assert told(entry, replace(entry, impact=5)) == [], "nobody else knows of it"
    assert told(entry, replace(entry, title="Other")) == [("update", {"title": "Other"})]
    moved = replace(entry, state=S.ASSESS)
    assert told(entry, moved) == [("move", {"state": "assess"})]


def test_a_system_that_knows_no_regression_is_told_review() -> None:
    closed = replace(accepted(), state=S.CLOSED)
    assert told(closed, replace(closed, state=S.REGRESSED)) == [("move", {"state": "review"})]


@pytest.mark.parametrize("version", [2, 3])
def test_another_version_is_another_intent(version: int) -> None:
    entry = accepted()
    (one,) = mirror_intents(
        entry, replace(entry, title="B", version=version), "desk", actor="b", reason="", first=False
    )
    (other,) = mirror_intents(
        entry, replace(entry, title="B", version=9), "desk", actor="b", reason="", first=False
    )
    assert one.intent_id != other.intent_id
