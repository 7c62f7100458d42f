"""Weekly reviews and accepted records in the database, told in the journal."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from itsm.access import Sight
from itsm.errors import NotThereError, StaleDecisionError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.meetings import ActionStatus, MeetingAction, MeetingDecision, carried, closed
from itsm.records import Quarantined
from itsm.register_roles import Person, Role
from itsm.states import RecordKind
from store import Store
from store.bulk import upsert
from store.landing import Override
from store.meeting_tables import MEETING_ACTIONS
from store.waiting_for import waits_for

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ACTION = MeetingAction(
    action_id="",
    week="2026-W46",
    section="changes",
    text="Anna Berg asks the vendor",
    owner="anna",
    due_on=date(2026, 11, 20),
    raised_by="ben",
    raised_at=AT,
)
DECISION = MeetingDecision(
    decision_id="", week="2026-W46", section="changes", text="We wait", decided_by="ben",
    decided_at=AT,
)  # fmt: skip
OVERRIDE = Override(
    source="desk", kind=RecordKind.INCIDENT, key="k1", rule="r", actor="anna",
    reason="Anna says so", at=AT,
)  # fmt: skip


def set_aside(store: Store, rule: str = "r") -> None:
    item = Quarantined(
        source="desk", kind=RecordKind.INCIDENT, key="k1", field="f", reason="x", remedy="y",
        rule=rule,
    )  # fmt: skip
    with store.begin() as uow:
        uow.quarantine.put([item], AT)
        uow.commit()


def given(store: Store) -> MeetingAction:
    with store.begin() as uow:
        kept = uow.meetings.add(ACTION, "manager")
        uow.meetings.decide(DECISION, "manager")
        uow.commit()
    return kept


def test_what_was_asked_and_decided_is_vouched_for(store: Store) -> None:
    kept = given(store)
    assert kept == replace(ACTION, action_id="A1")
    with store.begin() as uow:
        done = closed(kept, ActionStatus.DONE, said="they answered", today=TODAY)
        uow.meetings.put(done, seen=1, actor="anna", at=AT, reason="they answered")
        uow.commit()
    with store.look() as uow:
        assert uow.meetings.actions("2026-W46") == (replace(done, version=2),)
        assert uow.meetings.actions("2026-W47") == ()
        assert [one.decision_id for one in uow.meetings.decisions()] == ["D1"]
        kinds = [row.kind for row in uow.journal.rows(subject="2026-W46")]
        assert kinds == [JournalKind.MEETING] * 3
        assert uow.audit.verify() == ()


def test_two_who_close_one_action_do_not_overwrite_each_other(store: Store) -> None:
    kept = given(store)
    done = closed(kept, ActionStatus.DONE, said="", today=TODAY)
    with store.begin() as uow:
        uow.meetings.put(done, seen=1, actor="anna", at=AT)
        uow.commit()
    with store.begin() as uow, pytest.raises(StaleDecisionError, match="it is done"):
        uow.meetings.put(done, seen=1, actor="ben", at=AT)
    with store.begin() as uow, pytest.raises(NotThereError, match="A9"):
        uow.meetings.action("A9")


def test_a_tampered_action_is_found(store: Store) -> None:
    given(store)
    with store.begin() as uow:
        changed = replace(uow.meetings.action("A1"), text="Nobody asks the vendor", version=2)
        row = tuple(getattr(changed, column.name) for column in MEETING_ACTIONS.columns)
        upsert(uow.meetings._connection, MEETING_ACTIONS, [row])
        uow.commit()
    with store.look() as uow:
        assert [one.what for one in uow.audit.verify()] == ["meeting/A1 was changed"]


def test_a_person_is_erased_from_reviews_and_acceptances(store: Store) -> None:
    given(store)
    set_aside(store)
    with store.begin() as uow:
        uow.quarantine.accept(OVERRIDE)
        note = JournalNote(kind=JournalKind.ERASURE, subject="a person", at=AT, actor="cleo")
        uow.erasing.person(["anna", "Anna", "Anna Berg"], note)
        uow.commit()
    with store.look() as uow:
        (action,) = uow.meetings.actions()
        (override,) = uow.quarantine.overrides()
        told = f"{action} {override}"
        assert "nna" not in told
        assert uow.audit.verify() == ()


def test_a_record_is_accepted_for_the_rule_it_was_set_aside_for(store: Store) -> None:
    set_aside(store)
    with store.begin() as uow:
        uow.quarantine.accept(OVERRIDE, role="manager")
        uow.commit()
    with store.look() as uow:
        held = uow.quarantine.accepted("desk", RecordKind.INCIDENT, ["k1", "k2"])
        assert held == {"k1": {"r"}}
        assert uow.quarantine.accepted("other", RecordKind.INCIDENT, ["k1"]) == {}
    with store.begin() as uow, pytest.raises(StaleDecisionError, match="look at it again"):
        uow.quarantine.accept(replace(OVERRIDE, rule="another"))
    with store.begin() as uow, pytest.raises(TransitionError, match="say why"):
        uow.quarantine.accept(replace(OVERRIDE, reason=" "))
    with store.begin() as uow:
        uow.quarantine.withdraw(OVERRIDE)
        with pytest.raises(NotThereError):
            uow.quarantine.withdraw(OVERRIDE)


def test_the_next_review_begins_with_what_is_open_or_was_closed_since() -> None:
    old = replace(ACTION, action_id="A1", week="2026-W44", status=ActionStatus.DONE)
    still = replace(ACTION, action_id="A2", week="2026-W44")
    last = replace(ACTION, action_id="A3", week="2026-W45", status=ActionStatus.DROPPED)
    own = replace(ACTION, action_id="A4", week="2026-W46")
    found = carried([old, still, last, own], "2026-W46")
    assert [one.action_id for one in found] == ["A2", "A3"]


def test_what_waits_is_read_without_waiting_for_a_writer(store: Store) -> None:
    given(store)
    person = Person(name="anna", roles=frozenset({Role.STAKEHOLDER}))
    with store.begin() as writer:
        writer.meetings.decide(DECISION, "manager")
        with store.look() as uow:
            (item,) = waits_for(uow, person, Sight(), TODAY)
    assert (item.about, item.is_late) == ("A1", True)
    assert item.told == "Your action from the weekly review: A1, due 2026-11-20, late"
