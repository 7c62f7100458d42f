"""A browser with its cookies, at an installation where people have accounts."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import httpx

from itsm.access import AppRole
from itsm.candidates import CostModel
from review_app.app import review_app
from review_app.identity.administering import Administering, Wanted
from review_app.identity.browser import SESSION, Access
from review_app.identity.config import AccessConfig
from review_app.identity.logging_in import start_session
from review_app.identity.passwords import hashed
from review_app.parts import ReviewParts
from store import Store
from store.reviewing import Reviewing
from store.standing import Watching
from tests.review_app.desk import HOME, PORT

PASSWORD = "four plain words here"
START = datetime(2026, 11, 23, 7, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class House:
    """An installation: its store, who is let in, and the application."""

    store: Store
    config: AccessConfig = field(default_factory=AccessConfig)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.access = Access(self.store, self.config, self.clock)
        self.desk = Administering(self.store, "", self.clock)
        self.app = review_app(
            ReviewParts(
                reviewing=Reviewing.of(self.store),
                redact=lambda title, people: title,
                zone=ZoneInfo("Europe/London"),
                organisation="Example & Co",
                cost=CostModel(),
                identify=self.access.identify,
                access=self.access,
                watching=Watching.of(self.store),
            ),
            port=PORT,
        )

    def person(self, name: str, *roles: AppRole, services: tuple[str, ...] = ()) -> "Browser":
        """Somebody with a password of their own, who has logged in."""
        wanted = Wanted(roles=frozenset(roles), services=frozenset(services))
        given = self.desk.add(name, wanted).account
        own = replace(given, password=_hash(), must_change=False, password_until=None)
        with self.store.begin() as uow:
            account = uow.accounts.put(own, name, seen=given.version, at=self.clock())
            uow.commit()
        browser = Browser(self)
        entered = start_session(self.access, account, "", said="password")
        browser.set_cookie(self.access.cookie_name(SESSION), entered.cookie)
        return browser


@cache
def _hash() -> str:
    """The hash of everybody's password; one takes a quarter of a second."""
    return hashed(PASSWORD)


class Browser:
    """Keeps its cookies, and fills in forms as they are on the page."""

    def __init__(self, house: House, base: str = HOME, client: str = "127.0.0.1") -> None:
        self.house = house
        self.cookies = httpx.Cookies()
        self._base = base
        self._client = client

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        """One request; no redirect is followed."""
        return asyncio.run(self._ask(path, method, headers, form))

    def read(self, path: str) -> str:
        """The page at a path, which is there."""
        answer = self.ask(path)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("location"))
        return answer.text

    def send(self, path: str, form: Mapping[str, object], *, page: str) -> httpx.Response:
        """Send the form of a page, with the token that stands in it."""
        return self.ask(path, method="POST", form={"csrf": self.csrf(page), **form})

    def csrf(self, page: str) -> str:
        """The token in the forms of a page."""
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.ask(page).text)
        assert found is not None, f"{page} has no form with a token"
        return found[1]

    def set_cookie(self, name: str, value: str) -> None:
        """Plant a cookie, as if one of our answers had set it."""
        if name in self.cookies:
            self.cookies.delete(name)
        self.cookies.set(name, value, domain=httpx.URL(self._base).host, path="/")

    def log_in(self, name: str, password: str = PASSWORD, back: str = "") -> httpx.Response:
        """Fill in the log-in page."""
        form = {"name": name, "password": password, "back": back}
        return self.send("/login", form, page="/login")

    def is_in(self) -> bool:
        """Whether the pages know who this is."""
        return self.ask("/account").status_code == 200

    async def _ask(
        self,
        path: str,
        method: str,
        headers: Mapping[str, str] | None,
        form: Mapping[str, object] | None,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(
            app=self.house.app, raise_app_exceptions=False, client=(self._client, 50_000)
        )
        async with httpx.AsyncClient(
            transport=transport, base_url=self._base, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, headers=headers, data=form)
            self.cookies = client.cookies
            return answer
