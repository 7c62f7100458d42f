"""The role of system of record changes hands: said before, refused while anything is open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from itsm.errors import ConfigError, RoleError, TransitionError
from tests.conformance.writer_servicenow import ServiceNowWriterFake
from tests.flows.mirror_office import MirrorOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[MirrorOffice]:
    fake = ServiceNowWriterFake()
    folder = tmp_path / "system"
    folder.mkdir()
    with fake.running(folder):
        yield MirrorOffice(tmp_path / "here", fake)


def test_handing_over_and_back_leaves_both_sides_equal(office: MirrorOffice) -> None:
    desk, number = office.desk, office.entry()
    office.edit_there(number, "title", "As it is called there")
    said = desk.said("hand-over", "--to", "there", "--dry-run", "--by", "cleo")
    change = f"{number}: title here: 'Renew certificates by themselves' -> 'As it is called there'"
    assert f"would: {change}" in said
    assert office.here(number).title == "Renew certificates by themselves"

    said = desk.said("hand-over", "--to", "there", "--reason", "one desk", "--by", "cleo")
    assert change in said
    assert office.is_equal(number)
    refused = desk.refused("edit", number, "--set", "title=Ours again", "--by", "ben")
    assert "title is decided on in there; change it there" in refused
    desk.said("edit", number, "--set", "impact=5", "--by", "ben")  # nobody else knows of it
    assert isinstance(
        desk.register("hand-over", "--to", "there", "--by", "cleo").exception, ConfigError
    )

    office.edit_there(number, "title", "Changed there")
    said = desk.said("hand-over", "--to", "here", "--reason", "back", "--by", "cleo")
    assert f"{number}: title in there: 'Changed there' -> 'As it is called there'" in said
    assert f"{number}: coordinator in there: '' -> 'ben'" in said, "nobody is called so there"
    office.push()
    assert office.there(number, "title") == "As it is called there"
    assert office.is_equal(number)
    desk.said("edit", number, "--set", "title=Ours again", "--by", "ben")
    office.push()
    assert office.is_equal(number)
    assert desk.audit("verify").exit_code == 0
    with desk.parts.store.begin() as uow:
        rows = [one.facts for one in uow.journal.rows(subject="register")]
    assert [(one["from"], one["to"]) for one in rows] == [("here", "there"), ("there", "here")]


def test_a_title_is_theirs_after_handing_over_even_if_it_was_changed_here_before(
    office: MirrorOffice,
) -> None:
    number = office.entry()
    office.desk.said("hand-over", "--to", "there", "--by", "cleo")
    office.edit_there(number, "title", "Theirs")
    assert "as edited in there" in office.push()
    assert office.here(number).title == "Theirs"


def test_nothing_is_handed_over_while_anything_is_open(office: MirrorOffice) -> None:
    desk, number = office.desk, office.entry()
    words = ("hand-over", "--to", "there", "--by", "cleo")
    desk.said("edit", number, "--set", "title=Ours", "--by", "ben")
    waits = desk.register(*words)
    assert isinstance(waits.exception, TransitionError)
    assert "1 changes wait to be written" in str(waits.exception)
    office.edit_there(number, "title", "Theirs")
    office.push()
    assert "1 fields are in conflict" in desk.refused(*words)
    office.push("--write-ours", office.conflict_id("title"), "--by", "ben")
    office.push()
    assert office.there(number, "title") == "Ours"
    by_ben = desk.register("hand-over", "--to", "there", "--by", "ben")
    assert isinstance(by_ben.exception, RoleError)
    assert "does not mirror" in desk.refused("hand-over", "--to", "nowhere", "--by", "cleo")
    desk.said(*words)
