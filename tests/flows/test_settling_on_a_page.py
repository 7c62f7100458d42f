"""A conflict about a mirrored entry that is settled in the review app ends on both sides."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.works import works_of
from itsm.errors import TransitionError
from itsm.pushed import Choice
from itsm.register_roles import Person, Role
from store.conflicts import Resolution
from tests.conformance.writer_servicenow import ServiceNowWriterFake
from tests.flows.mirror_office import MirrorOffice

VERA = Person(name="vera", roles=frozenset({Role.MANAGER, Role.COORDINATOR}))
"""Somebody the settings do not name: their roles are those of the review app."""
PIA = Person(name="pia", roles=frozenset({Role.STAKEHOLDER}))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[MirrorOffice]:
    fake = ServiceNowWriterFake()
    (tmp_path / "system").mkdir()
    with fake.running(tmp_path / "system"):
        yield MirrorOffice(tmp_path / "here", fake)


def disputed(office: MirrorOffice) -> str:
    """An entry whose title both sides changed."""
    number = office.entry()
    office.desk.said("edit", number, "--set", "title=Ours", "--by", "ben")
    office.edit_there(number, "title", "Theirs")
    office.push()
    assert office.conflicts() == {"title": ("Theirs", "Ours")}
    return number


def settle(office: MirrorOffice, by: Person, choice: Choice, value: str | None = None) -> None:
    """As the page does."""
    parts, name = office.desk.parts, office.conflict_id("title")
    chosen = Resolution(
        choice=choice, actor=by.name, at=datetime.now(UTC), reason="as agreed", value=value
    )
    with parts.store.begin() as uow:
        works_of(parts).settle(uow, name, chosen, by)
        uow.commit()


@pytest.mark.parametrize(
    ("choice", "value", "title"),
    [
        (Choice.WRITE_OTHER, "A third", "A third"),
        (Choice.WRITE_OTHER, "Theirs", "Theirs"),
        (Choice.WRITE_OTHER, "Ours", "Ours"),
        (Choice.KEEP_THEIRS, None, "Theirs"),
        (Choice.WRITE_OURS, None, "Ours"),
    ],
)
def test_both_sides_hold_what_was_chosen(
    office: MirrorOffice, choice: Choice, value: str | None, title: str
) -> None:
    number = disputed(office)
    settle(office, VERA, choice, value)
    office.push()
    assert office.here(number).title == title
    assert office.there(number, "title") == title
    assert office.conflicts() == {}
    version = office.here(number).version
    office.push()
    assert office.here(number).version == version, "nothing goes back and forth"


def test_who_may_not_edit_the_entry_settles_nothing(office: MirrorOffice) -> None:
    number = disputed(office)
    with pytest.raises(TransitionError, match="may not edit"):
        settle(office, PIA, Choice.WRITE_OTHER, "A third")
    assert office.conflicts() == {"title": ("Theirs", "Ours")}
    assert office.here(number).title == "Ours"
