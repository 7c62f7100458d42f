"""What no writer may do: closed records, fields of others, notes for customers, other systems.

Each test runs for the systems whose abilities it is about;
`writer_fakes.py` says what a fake needs.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from itsm.errors import ConfigError
from itsm.pushing import IntentState, key_of
from simulator.faults import Fault, FaultName
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_desk import FULL, A, Desk, K, creation, intent
from tests.conformance.writer_fakes import WriterFake

_F = FaultName
HOSTILE = "<b>VPN</b> & {{x}} 😀 \x00tail\r\n\r\n=1+1\n  indented\nlast "
EVERY = pytest.mark.parametrize("system", sorted(WRITERS))
Start = Callable[[str], WriterFake]


@EVERY
def test_a_closed_record_is_left_alone_unless_set(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    fake.close(K.PROBLEM, made.key)
    wanted = intent(A.UPDATE, K.PROBLEM, fields={"title": "ours"})
    outcome = desk.deliver(wanted)
    assert (outcome.state, outcome.n_writes) == (IntentState.REFUSED, 0)
    assert "closed" in outcome.said
    assert fake.shown(K.PROBLEM, made.key, "title") == "VPN drops"
    note = desk.deliver(intent(A.NOTE, K.PROBLEM, text="a word"))
    assert (note.state, fake.notes(made.key)) == (IntentState.REFUSED, [])
    allowed = Desk(fake.delivery(replace(FULL, on_closed=True)))
    allowed.known = desk.known
    assert allowed.deliver(wanted).state is IntentState.DONE


@EVERY
def test_a_field_that_cannot_be_written_is_refused_before_anything_is_sent(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    desk.create()
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"colour": "blue"}))
    assert (outcome.state, outcome.n_writes) == (IntentState.REFUSED, 0)
    assert "no field colour" in outcome.said


@EVERY
def test_what_the_system_has_no_word_for_is_left_out_of_what_is_created(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    outcome = desk.deliver(creation(service="No such service", team="No such team"))
    assert outcome.state is IntentState.DONE
    assert {"service", "team"} <= set(outcome.said.replace(",", " ").split())
    assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1"))) == 1


@EVERY
def test_a_field_that_is_not_ours_is_written_at_creation_and_never_again(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery(replace(FULL, owns={K.PROBLEM: ("title",)})))
    made = desk.create(description="first")
    wanted = {"title": "ours", "description": "second"}
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields=wanted))
    assert [one.field for one in outcome.written] == ["title"]
    assert fake.shown(K.PROBLEM, made.key, "description") == "first"


@EVERY
def test_a_note_is_internal_and_written_once(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    note = intent(A.NOTE, K.PROBLEM, text="Looks like {problem}.")
    tables = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.LOST_REPLY, ordinals=frozenset({1}), tables=tables))
    assert desk.deliver(note, made).state is IntentState.SENDING
    fake.time.sleep(desk.delivery.writer.abilities.settles_s + 1)
    assert desk.deliver(note, made).state is IntentState.DONE
    assert desk.deliver(note, made).state is IntentState.DONE
    ((text, is_internal),) = fake.notes(made.key)
    assert is_internal
    assert text.startswith(f"Looks like {made.number}.")


@EVERY
def test_an_incident_is_linked_to_the_problem_once(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    key, number = fake.incidents()[0]
    by_id = intent(A.LINK, K.INCIDENT, record=key, needs="PI-1")
    assert desk.deliver(by_id, made).state is IntentState.DONE
    by_number = intent(A.LINK, K.INCIDENT, number=number, needs="PI-1")
    again = desk.deliver(by_number, made)
    assert (again.state, again.n_writes) == (IntentState.DONE, 0)
    incident = desk.delivery.writer.read(K.INCIDENT, key)
    assert incident is not None
    assert incident.problems == (made.number,)
    undone = desk.deliver(intent(A.UNLINK, K.INCIDENT, record=key, undoes=by_id.intent_id), made)
    assert undone.state is IntentState.DONE
    incident = desk.delivery.writer.read(K.INCIDENT, key)
    assert incident is not None
    assert incident.problems == ()


@EVERY
def test_a_link_that_a_person_made_is_not_replaced(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    if not desk.delivery.writer.abilities.has_one_problem:
        pytest.skip("an incident may have several problems there")
    made, other = desk.create(), desk.create("C-2")
    key, _ = fake.incidents()[0]
    fake.edit(K.INCIDENT, key, "problem", other.number)
    outcome = desk.deliver(intent(A.LINK, K.INCIDENT, record=key, needs="PI-1"), made)
    assert outcome.state is IntentState.CONFLICT
    assert [(one.theirs, one.ours) for one in outcome.conflicts] == [(other.number, made.number)]
    incident = desk.delivery.writer.read(K.INCIDENT, key)
    assert incident is not None
    assert incident.problems == (other.number,)


@EVERY
def test_a_record_is_moved_as_far_as_the_system_lets_it(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    desk.create()
    target = sorted(desk.delivery.writer.abilities.states[K.PROBLEM] - {"new", "closed"})[0]
    moved = desk.deliver(intent(A.MOVE, K.PROBLEM, fields={"state": target}, text="because"))
    assert moved.state is IntentState.DONE, moved.said
    assert moved.remote is not None
    assert moved.remote.state == target
    wrong = desk.deliver(intent(A.MOVE, K.PROBLEM, fields={"state": "floating"}))
    assert wrong.state is IntentState.REFUSED


@EVERY
def test_a_move_that_the_system_ignores_is_told(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    tables = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.MOVE_IGNORED, tables=tables))
    target = sorted(desk.delivery.writer.abilities.states[K.PROBLEM] - {"new", "closed"})[0]
    outcome = desk.deliver(intent(A.MOVE, K.PROBLEM, fields={"state": target}, text="because"))
    assert outcome.state is IntentState.REFUSED
    assert outcome.said
    still = desk.delivery.writer.read(K.PROBLEM, made.key)
    assert still is not None
    assert still.state == made.state


@EVERY
def test_a_write_that_is_not_allowed_is_refused_with_the_systems_words(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    fake.misbehave(Fault(name=_F.WRITE_DENIED, tables=frozenset({fake.tables[K.PROBLEM]})))
    outcome = desk.deliver(creation())
    assert outcome.state is IntentState.REFUSED
    assert outcome.said
    assert fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1")) == []


@EVERY
def test_a_field_that_is_taken_and_not_kept_is_told(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    if fake.policy is None or not fake.ignores_fields:
        pytest.skip("the system refuses what it does not keep")
    column, name = fake.policy
    desk = Desk(fake.delivery())
    made = desk.create()
    tables = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.FIELD_IGNORED, text=column, tables=tables))
    value = {"1": "2"}.get(made.fields[name], "1")
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={name: value}))
    assert outcome.state is IntentState.REFUSED
    assert name in outcome.said


@EVERY
def test_a_field_that_a_policy_demands_is_told(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    if fake.policy is None:
        pytest.skip("the practice system demands nothing")
    column, _ = fake.policy
    desk = Desk(fake.delivery())
    tables = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.FIELD_MANDATORY, text=column, tables=tables))
    outcome = desk.deliver(creation())
    assert outcome.state is IntentState.REFUSED
    assert column in outcome.said


@EVERY
def test_nothing_is_written_to_another_installation(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    fake.delivery().require_instance()
    other = fake.delivery(replace(FULL, instance="production"))
    with pytest.raises(ConfigError, match="nothing was written"):
        other.require_instance()
    with pytest.raises(ConfigError, match="say which installation"):
        fake.delivery(replace(FULL, instance="")).require_instance()


@EVERY
def test_a_created_record_is_taken_back_if_nobody_touched_it(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    end = "canceled"
    desk.create()
    back = {"text": "Taken back.", "undoes": "PI-1"}
    outcome = desk.deliver(intent(A.MOVE, K.PROBLEM, fields={"state": end}, **back))
    assert outcome.state is IntentState.DONE, outcome.said
    assert outcome.remote is not None
    assert outcome.remote.state == end
    touched = desk.create("C-2")
    fake.edit(K.PROBLEM, touched.key, "description", "a person works on it")
    kept = desk.deliver(intent(A.MOVE, K.PROBLEM, "C-2", fields={"state": end}, **back))
    assert (kept.state, kept.n_writes) == (IntentState.REFUSED, 0)
    assert "a person has changed it" in kept.said


@EVERY
def test_a_register_entry_is_created_and_updated(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    if K.REGISTER_ENTRY not in desk.delivery.writer.abilities.fields:
        pytest.skip("the system has no register")
    made = desk.create("CSI-1", K.REGISTER_ENTRY)
    fake.edit(K.REGISTER_ENTRY, made.key, "description", "a person's words")
    wanted = {"title": "Cut repeats", "description": "ours"}
    outcome = desk.deliver(intent(A.UPDATE, K.REGISTER_ENTRY, "CSI-1", fields=wanted))
    assert outcome.state is IntentState.CONFLICT
    assert [one.field for one in outcome.written] == ["title"]
    assert fake.shown(K.REGISTER_ENTRY, made.key, "description") == "a person's words"
    moved = desk.deliver(
        intent(A.MOVE, K.REGISTER_ENTRY, "CSI-1", fields={"state": "canceled"}, text="because")
    )
    assert moved.state is IntentState.DONE, moved.said
