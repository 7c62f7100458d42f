"""Tickets, transactions and assets in pages: REST 2 of a tracker, over core's client.

Source:
    Best Practical, "RT::REST2", and what RT 5.0.3 of Debian answers.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from connectors.core.answers import JsonResponse
from connectors.core.auth import Auth, BasicAuth, BearerToken
from connectors.core.client import HttpClient
from connectors.core.local_times import LocalTimes
from connectors.core.mapping.html_text import plain_of
from connectors.core.surroundings import Surroundings
from connectors.rt.config import RtConfig
from itsm.errors import CutAnswerError, FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

ROOT = "REST/2.0"
Item = dict[str, Any]
"""A record as a list gives it."""
MOST = 100
"""Records in a page at most; RT cuts longer ones silently."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class FoundItems:
    """Records that were found; `total` where this user may see all there are."""

    items: Sequence[Item]
    has_more: bool
    total: int | None
    asked_at: datetime


@dataclass(slots=True)
class RtApi:
    """A tracker, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: RtConfig
    around: Surroundings
    _client: HttpClient | None = field(default=None, init=False, repr=False)
    _times: LocalTimes | None = field(default=None, init=False, repr=False)
    _names: dict[str, dict[str, str]] = field(default_factory=dict, init=False, repr=False)

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed.

        Raises:
            ConfigError: it is not said who asks, or the address or a file of the settings cannot be
                used.
        """
        if self._client is None:
            self.config.require_credentials(self.name)
            around = self.around
            self._client = HttpClient(
                self.name,
                self.config.url,
                _auth(self.config),
                around.budget,
                self.config.http,
                around.sleep,
                around.clock,
                say=around.say,
            )
            if self.config.requests_per_hour is not None:
                self._client.budget.learn(self._client.account, self.config.requests_per_hour)
        return self._client

    def found(
        self,
        path: str,
        query: str,
        params: Mapping[str, str | int] | None = None,
        *,
        orders: Sequence[str] = (),
    ) -> FoundItems:
        """A page of what a query finds.

        Args:
            path: tickets, transactions, assets.
            query: TicketSQL or its like.
            params: fields, page and the like.
            orders: the fields that it is ordered by, ascending.

        Raises:
            SourceError: as `HttpClient.json`.
        """
        ordered: dict[str, list[str]] = {}
        if orders:
            ordered = {"orderby": list(orders), "order": ["ASC"] * len(orders)}
        asked: dict[str, Any] = {"query": query, **(params or {}), **ordered}
        return self._page(path, self.client.json(f"{ROOT}/{path}", asked))

    def some(self, path: str, query: str, params: Mapping[str, str | int]) -> list[Item]:
        """All that a query finds, a hundred at a time; asked for again where it was cut."""
        found: list[Item] = []
        page = 1
        while True:
            answer = self._whole(path, query, {**params, "per_page": MOST, "page": page})
            found += answer.items
            if not answer.has_more:
                return found
            page += 1

    def texts(self, transactions: Sequence[str]) -> dict[str, str]:
        """The texts of transactions, by their ids; plain text before HTML."""
        found: dict[str, Item] = {}
        for some in parts_of(transactions):
            for item in self._attachments(some):
                key, kind = str(item.get("TransactionId", "")), str(item.get("ContentType", ""))
                is_text = kind.startswith("text/") and not item.get("Filename")
                is_better = key not in found or (
                    kind == "text/plain" and found[key]["ContentType"] != "text/plain"
                )
                if is_text and is_better and item.get("Content"):
                    found[key] = item
        return {key: _text(item) for key, item in found.items()}

    def one(self, path: str) -> Item | None:
        """A record by its address; None if there is none.

        Raises:
            SourceError: as `HttpClient.json`; ForbiddenError if it is hidden.
        """
        try:
            value = self.again(path).value
        except FatalSourceError as error:
            if is_missing(error):
                return None
            raise
        return value if isinstance(value, dict) else None

    def again(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonResponse:
        """An answer, asked for again where it was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self.client.json(f"{ROOT}/{path}", params)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self.client.json(f"{ROOT}/{path}", params)

    def user_name(self, key: str) -> str:
        """The name of a user by number; "" for nobody, the number where it is not told."""
        return self._name("user", key, ("RealName", "Name"))

    def field_name(self, key: str) -> str:
        """The name of a custom field by number."""
        return self._name("customfield", key, ("Name",))

    def queue_name(self, key: str) -> str:
        """The name of a queue by number."""
        return self._name("queue", key, ("Name",))

    def times(self) -> LocalTimes:
        """How times are written in queries: in the user's zone, which is tried out first.

        RT passes over zones that a query names (5.0.3 does so in every form), so a wrong zone would
        lose what changed in the hours between.

        Raises:
            FatalSourceError: RT reads times in another zone.
        """
        if self._times is None:
            times = LocalTimes(self.config.zone or self._told_zone() or "UTC")
            if not any(self._reads(times) for _ in range(3)):
                raise FatalSourceError(
                    self.name,
                    f"times in queries are not read in the zone {times.zone}: set the time zone of "
                    "this user to UTC in RT, or name the right one as zone in the configuration",
                )
            self._times = times
        return self._times

    def _told_zone(self) -> str | None:
        if self.config.user is None:
            return None
        try:
            told = self.one(f"user/{self.config.user}") or {}
        except ForbiddenError:
            return None
        return str(told.get("Timezone") or "") or None

    def _reads(self, times: LocalTimes) -> bool:
        """Whether the newest ticket is found by its time of update; it may change meanwhile."""
        newest = self._whole(
            "tickets", "id > 0",
            {"orderby": "LastUpdated", "order": "DESC", "per_page": 1, "fields": "LastUpdated"},
        ).items  # fmt: skip
        at = moment(newest[0].get("LastUpdated")) if newest else None
        if at is None:
            return True
        since, until = times.since(at), times.until(at + _SECOND)
        query = f"id = {newest[0]['id']} AND LastUpdated >= '{since}' AND LastUpdated < '{until}'"
        return bool(self._whole("tickets", query, {"per_page": 1}).items)

    def _name(self, what: str, key: str, names: Sequence[str]) -> str:
        known = self._names.setdefault(what, {})
        if key not in known:
            try:
                told = self.one(f"{what}/{key}") or {}
            except ForbiddenError:
                told = {}
            is_nobody = what == "user" and told.get("Name") == "Nobody"
            named = (str(told[name]) for name in names if told.get(name))
            known[key] = "" if is_nobody else next(named, key)
        return known[key]

    def _attachments(self, transactions: Sequence[str]) -> Iterator[Item]:
        limits = [{"field": "TransactionId", "value": key} for key in transactions]
        params: dict[str, str | int] = {
            "fields": "Content,ContentType,TransactionId,Filename", "per_page": MOST,
            "orderby": "id", "page": 1,
        }  # fmt: skip
        while True:
            answer = self._posted("attachments", limits, params)
            yield from answer.items
            if not answer.has_more:
                return
            params["page"] = int(params["page"]) + 1

    def _posted(self, path: str, limits: object, params: Mapping[str, str | int]) -> FoundItems:
        for _ in range(self.config.http.tries - 1):
            try:
                return self._page(path, self.client.json(f"{ROOT}/{path}", params, posted=limits))
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self._page(path, self.client.json(f"{ROOT}/{path}", params, posted=limits))

    def _whole(self, path: str, query: str, params: Mapping[str, str | int]) -> FoundItems:
        return self._page(path, self.again(path, {"query": query, **params}))

    def _page(self, path: str, answer: JsonResponse) -> FoundItems:
        value = answer.value if isinstance(answer.value, dict) else {}
        items, total = value.get("items"), value.get("total")
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise CutAnswerError(self.name, f"{path}: the answer holds no list of items")
        has_more = bool(value.get("next_page"))
        return FoundItems(
            items, has_more, total if isinstance(total, int) else None, answer.asked_at
        )


def parts_of(keys: Sequence[str], size: int = MOST) -> Iterator[Sequence[str]]:
    """Keys in parts that fit into one question."""
    return (keys[begin : begin + size] for begin in range(0, len(keys), size))


def either(name: str, values: Sequence[str]) -> str:
    """A condition that a field has one of some values."""
    told = [f"{name} = {quoted(value)}" for value in values]
    return told[0] if len(told) == 1 else f"({' OR '.join(told)})"


def quoted(value: str) -> str:
    """A value as queries write it."""
    text = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def moment(text: object) -> datetime | None:
    """A time of an answer; RT tells 1970 where there is none."""
    if not isinstance(text, str) or not text or text.startswith("1970-01-01"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def is_missing(error: FatalSourceError) -> bool:
    """Whether an error says that there is nothing at an address."""
    return "answered 404" in error.message


def _auth(config: RtConfig) -> Auth:
    if config.auth_kind == "token":
        return BearerToken(config.token or SecretStr(""), "token")
    return BasicAuth(config.user or "", config.password or SecretStr(""))


def _text(item: Item) -> str:
    text = str(item["Content"])
    return text if item.get("ContentType") == "text/plain" else plain_of(text)
