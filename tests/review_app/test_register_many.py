"""Doing something to several improvements at once: to all of them or none, and taking it back."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from itsm.register import RegisterState
from store import Store
from tests.review_app.office import OTTO, SVEN, TODAY, VERA, Office, improvement, owned, register

ACCEPT = {"deed": "accept", "coordinator": "otto", "next_review_on": "2027-01-15", "reason": "yes"}


def page_of(office: Office, deed: str, *numbers: str) -> str:
    chosen = "".join(f"&on={number}" for number in numbers)
    return office.read(f"/register/many?deed={deed}{chosen}")


def seen(**versions: str) -> dict[str, str]:
    return {f"seen:CSI-{name[1:]}": version for name, version in versions.items()}


def test_the_form_names_who_is_left_out_and_why(store: Store) -> None:
    register(store, [improvement("CSI-0001"), owned("CSI-0002"), improvement("CSI-0003")])
    page = page_of(Office(store), "accept", "CSI-0001", "CSI-0002", "CSI-0003")
    assert "<h1>Accept: 2 improvements</h1>" in page
    assert sorted(re.findall(r'name="seen:(CSI-\d+)" value="1"', page)) == ["CSI-0001", "CSI-0003"]
    out = page.partition("Nothing is done to")[2]
    assert "CSI-0002" in out and "it cannot go there from its state" in out


def test_all_of_them_are_accepted_and_taken_back(store: Store) -> None:
    mine = {"coordinator": "anna", "next_review_on": TODAY}
    register(store, [improvement("CSI-0001"), improvement("CSI-0002", **mine)])
    office = Office(store)
    done = office.send("/register/many", {**ACCEPT, **seen(n0001="1", n0002="1")})
    assert [office.entry(f"CSI-000{n}").state for n in (1, 2)] == [RegisterState.ACCEPTED] * 2
    assert [office.entry(f"CSI-000{n}").coordinator for n in (1, 2)] == ["otto", "anna"]
    page = office.read(done.headers["location"])
    assert "Accept: done to 2 improvements." in page
    undo = page.partition('action="/register/many"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', undo))
    back = office.send("/register/many", sent)
    assert office.entry("CSI-0002").state is RegisterState.NEW
    assert dict(parse_qsl(urlsplit(back.headers["location"]).query))["done"] == "undo"


def test_one_that_refuses_keeps_all_as_they_are(store: Store) -> None:
    register(store, [improvement("CSI-0001"), owned("CSI-0002")])
    office = Office(store)
    answer = office.send("/register/many", {**ACCEPT, **seen(n0001="1", n0002="1")})
    assert answer.status_code == 422 and "CSI-0002" in answer.text
    assert "Nothing was changed." in answer.text
    assert office.entry("CSI-0001").state is RegisterState.NEW


def test_who_was_overtaken_is_told_and_finds_what_they_typed(store: Store) -> None:
    register(store, [improvement("CSI-0001"), improvement("CSI-0002")])
    office = Office(store)
    office.send("/register/CSI-0002/edit", {"title": "Another", "seen": "1"})
    answer = office.send("/register/many", {**ACCEPT, **seen(n0001="1", n0002="1")})
    assert answer.status_code == 409 and "CSI-0002 was changed in the meantime" in answer.text
    assert 'value="2027-01-15"' in answer.text and "yes</textarea>" in answer.text
    assert office.entry("CSI-0001").version == 1


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        ({"deed": "cancel", "reason": "not now"}, RegisterState.CANCELED),
        ({"deed": "not-yet", "review_on": "2027-03-01", "reason": "no money"}, RegisterState.NEW),
        ({"deed": "own", "coordinator": "otto"}, RegisterState.NEW),
    ],
)
def test_what_else_can_be_done(store: Store, sent: dict[str, str], state: RegisterState) -> None:
    register(store, [improvement("CSI-0001"), improvement("CSI-0002")])
    office = Office(store)
    assert "2 improvements</h1>" in page_of(office, sent["deed"], "CSI-0001", "CSI-0002")
    office.send("/register/many", {**sent, **seen(n0001="1", n0002="1")})
    for number in ("CSI-0001", "CSI-0002"):
        entry = office.entry(number)
        assert (entry.version, entry.state) == (2, state)
        assert sent.get("coordinator") == entry.coordinator
        assert sent.get("review_on", "None") == str(entry.next_review_on)


def test_a_reason_is_needed_where_the_rules_need_one(store: Store) -> None:
    register(store, [improvement("CSI-0001")])
    answer = Office(store).send("/register/many", {"deed": "cancel", **seen(n0001="1")})
    assert answer.status_code == 422 and "say why" in answer.text


@pytest.mark.parametrize(
    "sent", [{"deed": "approve", "seen:CSI-0001": "1"}, {"deed": "cancel"}, {}, {"deed": "sign"}]
)
def test_nothing_else_is_done_to_several(store: Store, sent: dict[str, str]) -> None:
    register(store, [improvement("CSI-0001")])
    answer = Office(store).send("/register/many", sent)
    assert answer.status_code == 422
    assert Office(store).entry().version == 1


def test_only_what_one_sees_can_be_chosen_and_only_by_those_who_may(store: Store) -> None:
    register(store, [improvement("CSI-0001")])
    assert Office(store, SVEN).ask("/register/many?deed=own&on=CSI-0001").status_code == 403
    assert Office(store, VERA).ask("/register/many?deed=own&on=CSI-0001").status_code == 403
    assert 'name="on"' not in Office(store, VERA).read("/register")
    assert Office(store).ask("/register/many?deed=own&on=CSI-0009").status_code == 404
    answer = Office(store, OTTO).send("/register/many", {**ACCEPT, **seen(n0001="1")})
    assert answer.status_code == 403 and "may not" in answer.text
