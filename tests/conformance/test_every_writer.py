"""What every writer must survive: lost replies, late commits, people who edit meanwhile.

Each test runs for the systems whose abilities it is about;
`writer_fakes.py` says what a fake needs.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.core.reading_back import read_back
from connectors.registry import REGISTRY
from itsm.pushed import Standing, taken_over
from itsm.pushing import IntentState, key_of
from simulator.faults import Fault, FaultName
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_desk import A, Desk, K, creation, intent
from tests.conformance.writer_fakes import WriterFake

_F = FaultName
HOSTILE = "<b>VPN</b> & {{x}} 😀 \x00tail\r\n\r\n=1+1\n  indented\nlast "
EVERY = pytest.mark.parametrize("system", sorted(WRITERS))
Start = Callable[[str], WriterFake]


def test_every_system_that_is_written_to_has_a_fake() -> None:
    writing = {name for name, one in REGISTRY.items() if one.make_writer is not None}
    assert {fake.system for fake in WRITERS.values()} == writing
    assert writing == {name for name, one in REGISTRY.items() if one.capabilities.writes}


@EVERY
def test_what_is_created_is_found_by_its_key_and_reads_as_it_was_written(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create(title="VPN drops", description=HOSTILE)
    writer = desk.delivery.writer
    held = writer.held(K.PROBLEM, {"title": "VPN drops", "description": HOSTILE})
    assert {name: made.fields[name] for name in held} == held
    assert writer.held(K.PROBLEM, held) == held
    assert [one.key for one in writer.find(K.PROBLEM, key_of(K.PROBLEM, "C-1"))] == [made.key]
    assert writer.numbered(K.PROBLEM, made.number) == made
    assert writer.read(K.PROBLEM, made.key) == made
    assert made.fields.keys() >= writer.abilities.fields[K.PROBLEM]


@EVERY
def test_creating_twice_makes_one_record(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    made = Desk(fake.delivery()).create()
    again = Desk(fake.delivery()).create()
    assert again == made
    assert fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1")) == [made.key]


@EVERY
def test_a_megabyte_of_description_is_cut_and_not_refused(system: str, start_writer: Start) -> None:
    desk = Desk(start_writer(system).delivery())
    made = desk.create(title="t" * 5_000, description="word " * 200_000)
    assert made.fields["title"].startswith("ttt")
    assert made.fields["description"].startswith("word word")


@EVERY
def test_a_lost_reply_to_a_create_makes_no_twin(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    fake.misbehave(
        Fault(
            name=_F.LOST_REPLY, ordinals=frozenset({1}), tables=frozenset({fake.tables[K.PROBLEM]})
        )
    )
    first = desk.deliver(creation())
    assert first.state is IntentState.SENDING
    fake.time.sleep(desk.delivery.writer.abilities.settles_s + 1)
    second = desk.deliver(creation())
    assert (second.state, second.is_created) == (IntentState.DONE, True)
    assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1"))) == 1


@EVERY
def test_a_create_that_is_done_late_makes_no_twin(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    problems = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.LATE_COMMIT, ordinals=frozenset({1}), rows=3, tables=problems))
    outcome = desk.deliver(creation())
    for _ in range(8):
        assert fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1")) == [] or outcome.remote is None
        outcome = desk.deliver(creation())
        fake.time.sleep(1)
        if outcome.state is IntentState.DONE:
            break
        assert outcome.state is IntentState.SENDING
        assert outcome.unsure_until is not None
        assert outcome.unsure_until > fake.time.now - timedelta(seconds=2)
    fake.time.sleep(desk.delivery.writer.abilities.settles_s + 1)
    assert desk.deliver(creation()).state is IntentState.DONE
    assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1"))) == 1


@EVERY
def test_a_create_that_never_arrived_is_made_once_it_is_sure(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    problems = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.LATE_COMMIT, ordinals=frozenset({1}), rows=9999, tables=problems))
    assert desk.deliver(creation()).state is IntentState.SENDING
    assert desk.deliver(creation()).state is IntentState.SENDING
    fake.time.sleep(desk.delivery.writer.abilities.settles_s + 1)
    assert desk.deliver(creation()).state is IntentState.DONE
    assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1"))) == 1


@EVERY
def test_a_storm_of_429_makes_one_record(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    fake.misbehave(Fault(name=_F.RATE_LIMIT, ordinals=frozenset(range(1, 9)), seconds=2))
    Desk(fake.delivery()).create()
    assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, "C-1"))) == 1


@EVERY
def test_a_field_is_updated_and_the_others_are_left(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "VPN drops daily"}))
    assert outcome.state is IntentState.DONE
    assert [(one.field, one.before, one.after) for one in outcome.written] == [
        ("title", "VPN drops", "VPN drops daily")
    ]
    assert fake.shown(K.PROBLEM, made.key, "title") == "VPN drops daily"
    assert outcome.remote is not None
    assert outcome.remote.fields == {**made.fields, "title": "VPN drops daily"}
    again = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "VPN drops daily"}))
    assert (again.state, again.written, again.n_writes) == (IntentState.DONE, (), 0)


@EVERY
def test_what_a_person_changed_before_is_not_overwritten(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    fake.edit(K.PROBLEM, made.key, "title", "a person's title")
    wanted = {"title": "ours", "description": "ours, too"}
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields=wanted))
    assert outcome.state is IntentState.CONFLICT
    (conflict,) = outcome.conflicts
    assert (conflict.field, conflict.seen, conflict.theirs, conflict.ours, conflict.standing) == (
        "title",
        "VPN drops",
        "a person's title",
        "ours",
        Standing.THEIRS,
    )
    assert fake.shown(K.PROBLEM, made.key, "title") == "a person's title"
    assert fake.shown(K.PROBLEM, made.key, "description") == "ours, too"


@EVERY
def test_an_edit_between_compare_and_write_is_found(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    if not desk.delivery.writer.abilities.tells_edits:
        pytest.skip("the system tells no history of problems: nobody can know")
    made = desk.create()
    problems = frozenset({fake.tables[K.PROBLEM]})
    title = fake.columns["title"]
    fake.misbehave(
        Fault(name=_F.PERSON_EDITS, ordinals=frozenset({1}), text=title, tables=problems)
    )
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "ours"}))
    (edit,) = fake.edits()
    theirs = fake.in_our_words(edit.after)
    assert outcome.state is IntentState.CONFLICT
    (conflict,) = outcome.conflicts
    assert (conflict.theirs, conflict.ours) == (theirs, "ours")
    shown = fake.shown(K.PROBLEM, made.key, "title")
    assert shown == {Standing.THEIRS: theirs, Standing.OURS: "ours"}[conflict.standing]
    if desk.delivery.writer.abilities.locks:
        assert conflict.standing is Standing.THEIRS


@EVERY
def test_an_edit_of_another_field_meanwhile_is_no_conflict(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    problems, column = frozenset({fake.tables[K.PROBLEM]}), fake.columns["description"]
    fake.misbehave(
        Fault(name=_F.PERSON_EDITS, ordinals=frozenset({1}), text=column, tables=problems)
    )
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "ours"}))
    (edit,) = fake.edits()
    assert (outcome.state, outcome.conflicts) == (IntentState.DONE, ())
    assert fake.shown(K.PROBLEM, made.key, "title") == "ours"
    assert fake.shown(K.PROBLEM, made.key, "description") == fake.in_our_words(edit.after)


@EVERY
def test_a_lost_reply_to_an_update_is_found_to_be_done(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    problems = frozenset({fake.tables[K.PROBLEM]})
    fake.misbehave(Fault(name=_F.LOST_REPLY, ordinals=frozenset({1}), tables=problems))
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "ours"}))
    assert outcome.state is IntentState.DONE
    assert [one.after for one in outcome.written] == ["ours"]
    assert fake.shown(K.PROBLEM, made.key, "title") == "ours"


@EVERY
def test_a_link_that_a_person_makes_between_compare_and_write_is_found(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    if not desk.delivery.writer.abilities.has_one_problem:
        pytest.skip("an incident may have several problems there")
    made = desk.create()
    key, _ = fake.incidents()[0]
    incidents, column = frozenset({fake.tables[K.INCIDENT]}), fake.columns["problem"]
    fake.misbehave(
        Fault(name=_F.PERSON_EDITS, ordinals=frozenset({1}), text=column, tables=incidents)
    )
    outcome = desk.deliver(intent(A.LINK, K.INCIDENT, record=key, needs="PI-1"), made)
    (edit,) = fake.edits()
    assert outcome.state is IntentState.CONFLICT
    (conflict,) = outcome.conflicts
    tells_edits = desk.delivery.writer.abilities.tells_edits
    theirs = fake.in_our_words(edit.after) if tells_edits else None
    assert (conflict.theirs, conflict.ours) == (theirs, made.number)


@EVERY
def test_what_people_changed_comes_back_and_may_be_written_over_once_it_was_taken_over(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    desk = Desk(fake.delivery())
    made = desk.create()
    fake.edit(K.PROBLEM, made.key, "description", "a person's words")
    key = K.PROBLEM, key_of(K.PROBLEM, "C-1")
    (told,) = read_back(desk.delivery.writer, [desk.known[key]])
    assert [(one.field, one.seen, one.theirs) for one in told.changes] == [
        ("description", "Found in 14 incidents", "a person's words")
    ]
    assert told.remote is not None
    desk.known[key] = taken_over(told.known, told.remote, ["description"])
    wanted = intent(A.UPDATE, K.PROBLEM, fields={"description": "ours"})
    assert desk.deliver(wanted).state is IntentState.DONE
    (told,) = read_back(desk.delivery.writer, [desk.known[key]])
    assert told.changes == ()
