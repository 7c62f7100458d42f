"""Who edited the record of an entry in another system stands in the journal, by a pseudonym."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from itsm.journal import JournalKind
from itsm.pushing import PushKind
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_fakes import WriterFake
from tests.conformance.writer_glpi import GlpiWriterFake
from tests.flows.mirror_office import MirrorOffice, served

KEEPING = ("bmc_helix", "cherwell", "freshservice", "glpi", "jira", "jira_data_center",
           "servicenow")  # fmt: skip
"""The practice systems that keep register entries."""
PEOPLE = {"servicenow": "gwen.harper", "glpi": "Somebody Else (999)"}
"""What the history of a system calls the colleague who edits there, where it is no plain name."""


@pytest.fixture(params=KEEPING)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WriterFake]:
    with served(request.param, tmp_path) as made:
        if isinstance(made, GlpiWriterFake):
            made.add_project_states()
        yield made


def _editors(office: MirrorOffice, number: str) -> list[str]:
    """Who is behind each row that tells of an edit elsewhere; no row may hold the name itself."""
    with office.desk.parts.store.begin() as uow:
        rows = uow.journal.rows(subject=number, kinds=[JournalKind.MIRROR])
        names = uow.journal.names()
        assert not any(name in str([row.facts for row in rows]) for name in ("arper", "omebody"))
        return [names.get(row.facts.get("editor", ""), "") for row in rows]


def test_who_edited_the_title_there_is_known(tmp_path: Path, fake: WriterFake) -> None:
    office = MirrorOffice(tmp_path / "here", fake)
    number = office.entry()
    fake.edit(PushKind.REGISTER_ENTRY, office.record(number), "title", "Renew all certificates")
    office.push()
    assert office.here(number).title == "Renew all certificates"
    assert _editors(office, number) == [PEOPLE.get(fake.system, "Gwen Harper")]


@pytest.mark.parametrize("fake", ["freshservice", "glpi", "jira", "servicenow"], indirect=True)
def test_who_moved_the_state_there_is_known(tmp_path: Path, fake: WriterFake) -> None:
    office = MirrorOffice(tmp_path / "here", fake)
    number = office.entry()
    office.edit_there(number, "state", "assess")
    office.push()
    assert office.here(number).state == "assess"
    assert _editors(office, number) == [PEOPLE.get(fake.system, "Gwen Harper")]


def test_what_we_wrote_ourselves_is_nobodys_edit(tmp_path: Path, fake: WriterFake) -> None:
    office = MirrorOffice(tmp_path / "here", fake)
    number = office.entry()
    office.desk.said("edit", number, "--set", "title=Ours", "--by", "ben")
    office.push()
    assert _editors(office, number) == []


def test_the_systems_that_keep_entries_are_those() -> None:
    """Request Tracker and iTop tell no editor here, as they keep no entries without a queue."""
    assert set(WRITERS) - set(KEEPING) == {"itop", "rt"}
