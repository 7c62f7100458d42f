"""Both sides of a mirrored register: edits of people come back, and nothing is written over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from itsm.register import RegisterState
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_fakes import WriterFake
from tests.conformance.writer_glpi import GlpiWriterFake
from tests.flows.mirror_office import MirrorOffice, served

MIRRORING = [name for name, one in WRITERS.items() if one.edit_entry is not WriterFake.edit_entry]
"""The systems that keep register entries, and whose people can edit them here."""


def test_the_systems_that_mirror_are_among_them() -> None:
    assert {"servicenow", "jira", "freshservice", "glpi"} <= set(MIRRORING)


@pytest.fixture(params=MIRRORING)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WriterFake]:
    with served(request.param, tmp_path) as made:
        if isinstance(made, GlpiWriterFake):
            made.add_project_states()
        yield made


def test_from_creation_to_the_end_both_sides_agree_and_nothing_is_written_over(
    tmp_path: Path, fake: WriterFake
) -> None:
    office = MirrorOffice(tmp_path / "here", fake)
    desk, number = office.desk, office.entry()
    assert office.is_equal(number)

    office.edit_there(number, "title", "Renew all certificates")  # somebody there
    told = office.push()
    assert f"{number}: title as edited in there" in told
    assert office.here(number).title == "Renew all certificates"
    version = office.here(number).version
    assert "as edited" not in office.push()
    assert office.here(number).version == version, "an edit is taken over once"

    desk.said("edit", number, "--set", "description=Every quarter", "--by", "ben")  # and here
    office.edit_there(number, "title", "Renew all of them")  # both, another field each
    office.push()
    assert office.is_equal(number)
    assert office.here(number).title == "Renew all of them"
    assert office.there(number, "description") == "Every quarter"

    desk.said("edit", number, "--set", "title=Ours", "--by", "ben")  # both, the same field
    office.edit_there(number, "title", "Theirs")
    office.push()
    assert office.conflicts() == {"title": ("Theirs", "Ours")}
    assert (office.there(number, "title"), office.here(number).title) == ("Theirs", "Ours")
    office.push("--keep-theirs", office.conflict_id("title"), "--by", "ben")
    office.push()
    assert office.here(number).title == "Theirs"
    assert office.is_equal(number)
    assert office.conflicts() == {}

    office.edit_there(number, "state", "assess")  # allowed by the rules
    office.push()
    assert office.here(number).state is RegisterState.ASSESS
    office.edit_there(number, "state", "closed")  # not allowed by them
    told = office.push()
    assert "assess -> closed is not allowed" in told
    assert office.conflicts() == {"state": ("closed", "assess")}
    assert office.push("--conflicts").count("state") == 1
    refused = office.run("push", "--keep-theirs", office.conflict_id("state"), "--by", "cleo")
    assert "is not allowed" in str(refused.exception)
    assert office.here(number).state is RegisterState.ASSESS
    office.edit_there(number, "state", "assess")  # they see it, and put it back
    office.push()
    assert office.conflicts() == {}

    desk.said("answer", number, "approved", "--by", "cleo")
    for state in ("approved", "in_progress", "review"):
        desk.said("move", number, state, "--reason", "x", "--by", "cleo")
    desk.said("sign", number, "waiver", "--reason", "too small", "--by", "anna")
    desk.said("move", number, "closed", "--as", "successful", "--reason", "done", "--by", "cleo")
    office.push()
    assert office.is_equal(number)
    assert office.there(number, "state") == "closed"
    office.push()
    assert office.is_equal(number)
    assert desk.audit("verify").exit_code == 0
    with desk.parts.store.begin() as uow:
        rows = [row for row in uow.journal.rows(subject=number) if row.kind == "mirror"]
    assert [row.facts["fields"] for row in rows[:2]] == ["title", "title"]
    assert {row.facts.get("source") for row in rows} == {"there"}
