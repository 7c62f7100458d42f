"""What other sites can try: forms, redirects, names, sizes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network

import httpx
import pytest
from starlette.requests import HTTPConnection

from itsm.access import AppRole
from itsm.accounts import Account
from review_app.identity.config import AccessConfig
from review_app.identity.origins import client_of, is_loopback, safe_next
from store import Store
from tests.review_app.browser import Browser, House
from tests.review_app.desk import HOME

MANAGER = AppRole.PROBLEM_MANAGER
PUBLIC = "https://csi.example.com"


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_a_form_without_the_token_of_its_session_changes_nothing(house: House) -> None:
    ada, eve = house.person("ada", AppRole.ADMINISTRATOR), house.person("eve", AppRole.VIEWER)
    form = {"name": "new", "roles": "administrator"}
    for token in ("", "0" * 64, eve.csrf("/account"), ada.csrf("/account")[:-1]):
        answer = ada.ask("/users", method="POST", form={**form, "csrf": token})
        assert answer.status_code == 403 and "nothing was changed" in answer.text
    assert "new" not in {one.name for one in accounts(house)}
    assert ada.send("/users", form, page="/users").status_code == 200
    assert "new" in {one.name for one in accounts(house)}


def test_the_token_may_stand_in_a_header_but_not_in_the_address(house: House) -> None:
    ada = house.person("ada", AppRole.ADMINISTRATOR)
    token = ada.csrf("/account")
    sent = ada.ask("/logout/everywhere?csrf=" + token, method="POST")
    assert sent.status_code == 403
    sent = ada.ask("/logout/everywhere", method="POST", headers={"x-csrf-token": token})
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303)]
)
def test_a_browser_that_says_the_form_is_from_elsewhere_is_believed(
    house: House, site: str, status: int
) -> None:
    ada = house.person("ada", AppRole.ADMINISTRATOR)
    headers = {"x-csrf-token": ada.csrf("/account"), "sec-fetch-site": site}
    assert ada.ask("/logout", method="POST", headers=headers).status_code == status


def test_logging_in_takes_a_token_too(house: House) -> None:
    house.person("ben", MANAGER)
    form = {"name": "ben", "password": "four plain words here"}
    browser = Browser(house)
    assert browser.ask("/login", method="POST", form=form).status_code == 403
    other = Browser(house)
    stolen = {**form, "csrf": other.csrf("/login")}
    assert browser.ask("/login", method="POST", form=stolen).status_code == 403


@pytest.mark.parametrize(
    ("asked", "to"),
    [
        ("/register?x=1&y=%20", "/register?x=1&y=%20"),
        ("/candidates/PC-1", "/candidates/PC-1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        (" //evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/x\u202e", "/"),
        ("/login?next=/login", "/"),
        ("/logout", "/"),
        ("///evil.example", "/"),
        ("evil.example", "/"),
        ("/" + "x" * 3_000, "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_a_log_in_leads_back_to_our_own_pages_only(
    house: House, asked: str | None, to: str
) -> None:
    assert safe_next(asked) == to


def test_a_log_in_with_an_address_of_another_site_goes_to_the_first_page(house: House) -> None:
    house.person("ben", MANAGER)
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        assert Browser(house).log_in("ben", back=back).headers["location"] == "/"


def test_only_the_configured_name_is_answered(store: Store) -> None:
    house = House(store, AccessConfig(address=PUBLIC))
    for base, status in (
        (PUBLIC, 200),
        ("https://csi.example.com.evil.example", 421),
        ("http://127.0.0.1:8321", 421),
        ("https://evil.example", 421),
    ):
        assert Browser(house, base).ask("/login").status_code == status
    assert Browser(house).ask("/healthz").status_code == 200


def test_where_people_reach_the_pages_nobody_looks_without_logging_in(store: Store) -> None:
    assert Browser(House(store)).ask("/").status_code == 200
    public = Browser(House(store, AccessConfig(address=PUBLIC)), PUBLIC).ask("/")
    assert (public.status_code, public.headers["location"]) == (303, "/login")


def test_a_form_that_is_too_large_is_refused_before_it_is_read(house: House) -> None:
    ada = house.person("ada", AppRole.ADMINISTRATOR)
    form = {"csrf": ada.csrf("/account"), "name": "x" * 3_000_000}
    assert ada.ask("/users", method="POST", form=form).status_code == 413


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.5", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.5", "203.0.113.1, 198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("10.0.0.5", "10.0.0.8", "10.0.0.8"),
        ("10.0.0.5", "nonsense", "unknown"),
        ("::ffff:10.0.0.5", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    peer: str, told: str, client: str
) -> None:
    headers = [(b"x-forwarded-for", told.encode())] if told else []
    scope = {"type": "http", "headers": headers, "client": (peer, 1)}
    assert client_of(HTTPConnection(scope), [ip_network("10.0.0.0/24")]) == client


@pytest.mark.parametrize(
    ("peer", "host", "further", "is_here"),
    [
        ("127.0.0.1", "127.0.0.1:8321", (), True),
        ("::1", "[::1]:8321", (), True),
        ("127.0.0.1", "csi.example.com", (), False),
        ("127.0.0.1", "127.0.0.1:8321", ((b"x-forwarded-for", b"127.0.0.1"),), False),
        ("192.0.2.1", "127.0.0.1:8321", (), False),
    ],
)
def test_a_request_that_was_handed_on_is_not_of_this_machine(
    peer: str, host: str, further: tuple[tuple[bytes, bytes], ...], is_here: bool
) -> None:
    headers = [(b"host", host.encode()), *further]
    scope = {"type": "http", "headers": headers, "client": (peer, 1)}
    assert is_loopback(HTTPConnection(scope)) == is_here


def accounts(house: House) -> tuple[Account, ...]:
    with house.store.look() as uow:
        return uow.accounts.list()


def test_a_form_that_does_not_say_how_large_it_is_is_cut_off(house: House) -> None:
    def endless() -> Iterator[bytes]:
        yield b"name="
        for _ in range(40):
            yield b"x" * 100_000

    browser = Browser(house)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = asyncio.run(_sent(browser, headers, endless()))
    assert answer.status_code == 400


async def _sent(
    browser: Browser, headers: dict[str, str], content: Iterator[bytes]
) -> httpx.Response:
    async def parts() -> AsyncIterator[bytes]:
        for part in content:
            yield part

    transport = httpx.ASGITransport(app=browser.house.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
        return await client.post("/login", headers=headers, content=parts())
