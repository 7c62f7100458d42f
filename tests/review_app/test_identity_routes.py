"""Every address of the application, and who is refused there."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from itsm.access import AppRole
from itsm.candidates import CostModel
from review_app.access import Gate
from review_app.app import bare_app, review_app
from review_app.identity.actors import (
    MACHINE_USER,
    STRANGER,
    Actor,
    Known,
    acting_as,
    needs,
    require_rules,
    rule_of,
)
from review_app.identity.browser import Access
from review_app.identity.config import AccessConfig, OidcConfig
from review_app.parts import ReviewParts
from store import Store, open_engine
from store.reviewing import Reviewing
from store.standing import Watching
from tests.review_app.desk import HOME, PORT
from tests.review_app.route_table import EVERYBODY, ROWS

CSRF = "the-token-of-this-session"
ACTORS: Mapping[str, Actor] = {
    "stranger": STRANGER,
    "machine": MACHINE_USER,
    **{role.value: acting_as(f"a-{role}", "", [role]) for role in AppRole},
}
OIDC = OidcConfig(issuer="https://login.example", client_id="csi")


@dataclass
class Whoever:
    """Decides who is asking; the same application is asked as everybody."""

    actor: Actor = STRANGER

    def __call__(self, _asked: object) -> Known:
        return Known(actor=self.actor, csrf=CSRF, account_id="x" if self.actor.is_known else "")


@dataclass
class Place:
    """The application with everything in it."""

    gate: Gate
    routes: tuple[APIRoute, ...]
    whoever: Whoever

    def ask(self, actor: Actor, method: str, path: str, *, csrf: str = CSRF) -> httpx.Response:
        self.whoever.actor = actor

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.gate, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
                return await client.request(method, path, headers={"x-csrf-token": csrf})

        return asyncio.run(asked())


def is_refused(answer: httpx.Response) -> bool:
    """Whether somebody was turned away, or sent to log in."""
    to_login = answer.status_code == 303 and answer.headers["location"].startswith("/login")
    return answer.status_code in {401, 403} or to_login


@pytest.fixture(scope="module")
def place(empty_database: Path) -> Place:
    store = Store(open_engine(f"sqlite:///{empty_database}"))
    whoever = Whoever()
    parts = ReviewParts(
        reviewing=Reviewing.of(store),
        redact=lambda title, people: title,
        zone=ZoneInfo("Europe/London"),
        organisation="Example & Co",
        cost=CostModel(),
        identify=whoever,
        access=Access(store, AccessConfig(oidc=OIDC)),
        watching=Watching.of(store),
    )
    return Place(review_app(parts, port=PORT), bare_app(parts).state.ruled_routes, whoever)


def test_every_address_has_a_row_and_every_row_an_address(place: Place) -> None:
    found = {
        f"{method} {route.path}"
        for route in place.routes
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert found - ROWS.keys() == set(), "add them to tests/review_app/route_table.py"
    assert ROWS.keys() - found == set(), "they are gone: take them out of the table"


def test_every_address_asks_for_what_its_row_says(place: Place) -> None:
    asked = {
        f"{method} {route.path}": rule_of(route)
        for route in place.routes
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert asked == dict(ROWS)


@pytest.mark.parametrize("row", sorted(ROWS))
def test_nobody_gets_past_the_row_of_an_address(place: Place, row: str) -> None:
    method, _, path = row.partition(" ")
    address = re.sub(r"\{[^}]*\}", "x", path)
    for name, actor in ACTORS.items():
        may = ROWS[row] == EVERYBODY or actor.may(*ROWS[row])
        is_watched = address == "/metrics" and name == "stranger"
        is_personal = method != "GET" or address.startswith("/account")
        if is_personal and not actor.is_known and ROWS[row] != EVERYBODY:
            may = False
        answer = place.ask(actor, method, address)
        is_own_error = address in {"/login", "/login/oidc/callback"}
        if not is_own_error:
            assert is_refused(answer) != may or is_watched, (name, answer.status_code)


@pytest.mark.parametrize("row", sorted(row for row in ROWS if not row.startswith("GET ")))
def test_no_address_takes_a_form_of_another_site(place: Place, row: str) -> None:
    method, _, path = row.partition(" ")
    address = re.sub(r"\{[^}]*\}", "x", path)
    for actor in ACTORS.values():
        assert is_refused(place.ask(actor, method, address, csrf="guessed"))
        assert is_refused(place.ask(actor, method, address, csrf=""))


def test_a_route_without_a_rule_is_refused_before_the_application_starts() -> None:
    routes = APIRouter()

    @routes.get("/fine", dependencies=[needs(AppRole.VIEWER)])
    def fine() -> None:
        return None

    assert len(require_rules([routes])) == 1

    @routes.get("/open-by-accident")
    def forgotten() -> None:
        return None

    with pytest.raises(AssertionError, match="/open-by-accident"):
        require_rules([routes])


def test_a_refusal_says_which_role_it_takes(place: Place) -> None:
    text = place.ask(ACTORS["viewer"], "GET", "/users").text
    assert "this takes administrator" in text
