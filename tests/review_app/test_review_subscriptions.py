"""Subscriptions in the browser: seen by those who keep them, changed with the version looked at."""

import pytest

from review_app.identity.actors import Actor
from store import Store
from tests.review_app.office import ADA, HOSTILE, OTTO, VERA, Office

FORM = {
    "name": "The board",
    "channel": "mail",
    "address": "board@example.com",
    "edition": "executive",
    "language": "en",
    "zone": "Europe/London",
    "day": "2",
    "hour": "8",
}


def test_one_is_added_changed_and_ended(store: Store) -> None:
    office = Office(store)
    assert "Nobody gets a pack yet" in office.read("/subscriptions")
    assert office.send("/subscriptions/new", FORM).status_code == 303
    page = office.read("/subscriptions")
    assert "board@example.com" in page
    assert 'value="executive" selected' in office.read("/subscriptions/SUB-0001")
    sent = {**FORM, "hour": "9", "seen": "1"}
    assert office.send("/subscriptions/SUB-0001", sent).status_code == 303
    assert "9:00" in office.read("/subscriptions")
    assert office.send("/subscriptions/SUB-0001", {"active": "0", "seen": "2"}).status_code == 303
    with store.look() as uow:
        assert not uow.subscriptions.list()
        rows = uow.journal.rows(subject="SUB-0001")
        assert {uow.journal.names().get(row.actor) for row in rows} == {"anna"}


def test_an_old_version_is_refused_and_what_was_typed_stays(store: Store) -> None:
    office = Office(store)
    office.send("/subscriptions/new", FORM)
    office.send("/subscriptions/SUB-0001", {**FORM, "hour": "9", "seen": "1"})
    again = office.send("/subscriptions/SUB-0001", {**FORM, "name": "Typed", "seen": "1"})
    assert again.status_code == 409
    assert 'value="Typed"' in again.text


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"hour": "24"}, {"day": "0"}, {"day": "x"}, {"channel": "pigeon"}],
)
def test_a_field_that_cannot_be_used_is_named(store: Store, wrong: dict[str, str]) -> None:
    answer = Office(store).send("/subscriptions/new", {**FORM, **wrong})
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.text


@pytest.mark.parametrize("who", [VERA, OTTO])
def test_addresses_are_for_those_who_keep_them(store: Store, who: Actor) -> None:
    Office(store).send("/subscriptions/new", FORM)
    for path in ("/subscriptions", "/subscriptions/SUB-0001", "/subscriptions/new"):
        assert Office(store, who).ask(path).status_code == 403
    assert Office(store, who).send("/subscriptions/new", FORM).status_code == 403


def test_an_administrator_looks_and_changes_nothing(store: Store) -> None:
    Office(store).send("/subscriptions/new", FORM)
    assert "board@example.com" in Office(store, ADA).read("/subscriptions")
    sent = {"active": "0", "seen": "1"}
    assert Office(store, ADA).send("/subscriptions/SUB-0001", sent).status_code == 403


def test_hostile_text_is_shown_as_text(store: Store) -> None:
    office = Office(store)
    office.send("/subscriptions/new", {**FORM, "name": HOSTILE})
    for path in ("/subscriptions", "/subscriptions/SUB-0001"):
        page = office.read(path)
        assert "<script>alert" not in page
        assert "\u202e" not in page
