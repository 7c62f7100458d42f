"""What comes back from a mirror: by the owner of each field, once, and never half."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.mirror_reading import MirrorReading
from flows.pushing import deliveries
from itsm.errors import StoreError
from itsm.journal import JournalKind
from itsm.register import RegisterState
from tests.conformance.writer_jira import JiraWriterFake
from tests.conformance.writer_servicenow import ServiceNowWriterFake, value
from tests.flows.mirror_office import ENTRY, MirrorOffice, source_table
from tests.flows.test_hand_over import office
from tests.flows.test_problem_notes import AT

__all__ = ["office"]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[ServiceNowWriterFake]:
    fake = ServiceNowWriterFake()
    (tmp_path / "system").mkdir()
    with fake.running(tmp_path / "system"):
        yield fake


def test_a_field_that_is_ours_is_not_taken_over_and_one_that_is_theirs_always(
    tmp_path: Path, instance: ServiceNowWriterFake
) -> None:
    owners = 'owners = { title = "ours", state = "theirs" }'
    office = MirrorOffice(tmp_path / "here", instance, owners)
    number = office.entry()
    office.edit_there(number, "title", "Theirs")
    told = office.push("--dry-run")
    assert f"would: {number}: title: 'Theirs' in there" in told
    assert office.conflicts() == {}, "a dry run changes nothing"
    office.push()
    assert office.conflicts() == {"title": ("Theirs", "Renew certificates by themselves")}
    office.push()
    assert len(office.conflicts()) == 1
    office.push("--write-ours", office.conflict_id("title"), "--by", "ben")
    office.push()
    assert office.is_equal(number)
    assert office.there(number, "title") == "Renew certificates by themselves"
    office.edit_there(number, "state", "assess")
    office.push()
    assert office.here(number).state is RegisterState.ASSESS


def test_an_edit_in_one_mirror_reaches_the_other(
    tmp_path: Path, instance: ServiceNowWriterFake
) -> None:
    jira = JiraWriterFake()
    (tmp_path / "jira").mkdir()
    with jira.running(tmp_path / "jira"):
        office = MirrorOffice(tmp_path / "here", instance)
        config = office.desk.config
        text = config.read_text().replace('mirrors = ["there"]', 'mirrors = ["there", "jira"]')
        config.write_text(text + source_table("jira", jira))
        number = office.entry()
        office.edit_there(number, "title", "From the instance")
        office.push()
        (issue,) = jira.carrying(ENTRY, f"csi:imp:{number}")
        assert jira.shown(ENTRY, issue, "title") == "From the instance"
        jira.edit_entry(issue, "title", "From the site")
        office.push()
        office.push()
        assert office.there(number, "title") == "From the site"
        assert office.here(number).title == "From the site"
        assert office.conflicts() == {}
        version = office.here(number).version
        office.push()
        assert office.here(number).version == version, "it does not go round in circles"


def test_a_reading_that_breaks_off_changes_nothing_and_is_made_again(office: MirrorOffice) -> None:
    number = office.entry()
    before = office.here(number), office.known(number)
    office.edit_there(number, "title", "Theirs")
    parts = office.desk.parts
    run = deliveries(parts)

    database = sqlite3.connect(office.desk.config.parent / "csi.sqlite")
    database.execute(
        "CREATE TRIGGER breaks BEFORE UPDATE ON push_records "
        "BEGIN SELECT RAISE(ABORT, 'broken off'); END"
    )
    with pytest.raises(StoreError, match="broken off"):  # after the entry was changed
        MirrorReading(parts, run.doors, AT).run()
    database.execute("DROP TRIGGER breaks")
    database.close()
    assert (office.here(number), office.known(number)) == before
    assert len(MirrorReading(parts, run.doors, AT).run()) == 1
    assert MirrorReading(parts, run.doors, AT).run() == []
    assert office.here(number).title == "Theirs"
    with parts.store.begin() as uow:
        rows = [one for one in uow.journal.rows(subject=number) if one.kind == "mirror"]
        reasons = [detail.text for detail in uow.journal.details().values()]
    assert [one.facts["fields"] for one in rows] == ["title"]
    assert any("as edited in there" in one for one in reasons)


def test_another_installation_is_not_read_and_a_record_that_is_gone_is_named(
    office: MirrorOffice,
) -> None:
    number = office.entry()
    office.edit_there(number, "title", "Theirs")
    config = office.desk.config
    right = config.read_text()
    config.write_text(right.replace('instance = "practice"', 'instance = "production"'))
    done = office.run("push")
    assert done.exit_code == 1
    assert "not read back" in done.output
    assert office.here(number).title == "Renew certificates by themselves"
    config.write_text(right)
    known = office.known(number)
    with office.desk.parts.store.begin() as uow:
        gone = replace(known, remote=replace(known.remote, key="0" * 32))
        uow.outbox.note(gone, AT)
        uow.commit()
    assert f"{number}: its record" in office.push()
    assert office.here(number).title == "Renew certificates by themselves"


def test_people_go_and_come_by_the_name_the_settings_give_them(
    tmp_path: Path, instance: ServiceNowWriterFake
) -> None:
    users = instance.served.truth("sys_user")
    first, second = [user for user in users if value(user, "name")][:2]
    office = MirrorOffice(tmp_path / "here", instance)
    config = office.desk.config
    text = config.read_text().replace("Anna Berg", value(first, "name"))
    ben = f'roles = ["coordinator"]\nfull_name = "{value(second, "name")}"'
    config.write_text(text.replace('roles = ["coordinator"]', ben))
    number = office.entry()
    assert office.here(number).coordinator == "ben"
    assert office.there(number, "coordinator") == value(second, "name")
    record, anna = office.record(number), value(first, "sys_id")
    instance.served.edit("sn_cim_register", record, "assigned_to", anna)
    office.push()
    assert office.here(number).coordinator == "anna"
    assert office.conflicts() == {}


def test_who_edited_the_record_there_is_in_the_journal_by_a_pseudonym(
    tmp_path: Path, instance: ServiceNowWriterFake
) -> None:
    office = MirrorOffice(tmp_path / "here", instance)
    number = office.entry()
    office.edit_there(number, "title", "From the instance")
    office.push()
    with office.desk.parts.store.begin() as uow:
        row = uow.journal.rows(subject=number, kinds=[JournalKind.MIRROR])[-1]
        assert uow.journal.names()[row.facts["editor"]] == "gwen.harper"
        assert "gwen" not in str(row.facts)
    assert "by gwen.harper" not in office.push("--conflicts")


def test_who_wrote_the_other_value_of_a_conflict_is_told(
    tmp_path: Path, instance: ServiceNowWriterFake
) -> None:
    office = MirrorOffice(tmp_path / "here", instance, 'owners = { title = "ours" }')
    number = office.entry()
    office.edit_there(number, "title", "Theirs")
    office.push()
    with office.desk.parts.store.begin() as uow:
        (queued,) = uow.conflicts.list(subject=number)
    assert queued.conflict.by == "gwen.harper"
