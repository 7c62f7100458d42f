"""Searches in, records out: the REST API of an instance over core's client.

Every id differs from instance to instance, so objects and fields are looked up by name, once.

Source:
    Cherwell, "CSM REST API" 10.5 and its swagger; models made of it by cherwell_pydantic_api.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.times import plain
from connectors.core.auth import Grant, NoAuth, OAuth
from connectors.core.client import HttpClient
from connectors.core.surroundings import Surroundings
from itsm.errors import CutAnswerError, FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

Values = dict[str, str]
"""The fields of a record by name; times in UTC."""
V1 = "api/V1"
REC_ID = "RecID"
UPDATED = ("LastModDateTime", "LastModifiedDateTime")
_LOCALE: Mapping[str, str | int] = {"locale": "en-US"}
_TIME = "DateTime"
_IN_BATCH = 100


@dataclass(frozen=True, slots=True)
class BusObject:
    """What an instance says of a business object.

    Attributes:
        id: of the object.
        name: of the object.
        fields: the full ids of its fields, by name.
        times: the names of those that hold times.
        required: the names of those that must be filled.
        relationships: their ids, by display name.
    """

    id: str
    name: str
    fields: Mapping[str, str]
    times: frozenset[str]
    required: frozenset[str] = frozenset()
    relationships: Mapping[str, str] = field(default_factory=dict)

    @property
    def updated(self) -> str:
        """The field that says when a record was changed last; "" if it has none."""
        return next((name for name in UPDATED if name in self.fields), "")

    def short(self, name: str) -> str:
        """The id of a field as searches are asked for it."""
        return self.fields[name].rpartition("FI:")[2]


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes:
        of: the object.
        fields: by name; all of them are there.
        filters: field, operator and value; of different fields, which are ANDed.
        order: fields, ascending.
    """

    of: BusObject
    fields: tuple[str, ...]
    filters: tuple[tuple[str, str, str], ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Records that were found, how many there are in all, and whether more are behind these."""

    records: Sequence[Values]
    total: int
    has_more: bool
    asked_at: datetime


@dataclass(slots=True)
class CherwellApi:
    """An instance, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: CherwellConfig
    around: Surroundings
    _client: HttpClient | None = field(default=None, init=False, repr=False)
    _objects: dict[str, BusObject | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed.

        Raises:
            ConfigError: it is not said who asks, or the address or a file of the settings cannot be
                used.
        """
        if self._client is None:
            self._client = _client_of(self.name, self.config, self.around)
        return self._client

    def object_named(self, name: str) -> BusObject | None:
        """An object by its name; None if the instance has none."""
        if name not in self._objects:
            self._objects[name] = self._looked_up(name)
        return self._objects[name]

    def found(self, search: Search, size: int, page: int = 1) -> Found:
        """A page of a search; fewer than asked for may come.

        Raises:
            SourceError: as `HttpClient.json`; ForbiddenError if this user may not see the object.
        """
        of = search.of
        asked: dict[str, object] = {
            "busObId": of.id,
            "includeAllFields": False,
            "includeSchema": False,
            "fields": [of.short(name) for name in search.fields],
            "filters": [
                {"fieldId": of.fields[name], "operator": operator, "value": value}
                for name, operator, value in search.filters
            ],
            "sorting": [
                {"fieldId": of.fields[name], "sortDirection": self.config.ascending}
                for name in search.order
            ],
            "pageNumber": page,
            "pageSize": size,
            "promptValues": [],
        }
        answer = self.client.json(f"{V1}/getsearchresults", _LOCALE, posted=asked)
        value = self.checked(answer.value, of.name)
        rows, total = value.get("businessObjects"), value.get("totalRows")
        if not isinstance(rows, list) or not isinstance(total, int):
            raise CutAnswerError(self.name, f"{of.name}: the answer holds no list of records")
        more = value.get("hasMoreRecords")
        has_more = more if isinstance(more, bool) else (page - 1) * size + len(rows) < total
        records = [self.values(of, row) for row in rows]
        return Found(records, total, has_more and bool(rows), answer.asked_at)

    def again(self, search: Search, size: int, page: int = 1) -> Found:
        """As `found`, asked for again where the answer was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self.found(search, size, page)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, search.of.name)
        return self.found(search, size, page)

    def by_key(self, of: BusObject, keys: Sequence[str]) -> list[Values]:
        """The records with these ids, of those that are there and may be seen."""
        found: list[Values] = []
        for begin in range(0, len(keys), _IN_BATCH):
            asked = [
                {"busObId": of.id, "busObRecId": key} for key in keys[begin : begin + _IN_BATCH]
            ]
            value = self.ask(
                "getbusinessobjectbatch", {"readRequests": asked, "stopOnError": False}
            )
            rows = value.get("responses")
            if not isinstance(rows, list) or len(rows) != len(asked):
                raise CutAnswerError(self.name, f"{of.name}: not every record was answered for")
            found += [self.values(of, row) for row in rows if not row.get("hasError")]
        return found

    def ask(self, path: str, posted: object = None) -> dict[str, Any]:
        """What is answered to a question; asked for again where it was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self._asked(path, posted)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self._asked(path, posted)

    def checked(self, value: Any, what: str) -> dict[str, Any]:  # noqa: ANN401  # JSON
        """An answer that complains of nothing.

        Raises:
            ForbiddenError: this user may not.
            FatalSourceError: it complains of anything else.
            CutAnswerError: it is no object.
        """
        if not isinstance(value, dict):
            raise CutAnswerError(self.name, f"{what}: the answer is no object")
        if value.get("hasError"):
            code = str(value.get("errorCode") or "")
            told = f"{what}: {code}: {value.get('errorMessage') or 'no reason given'}"
            if "RIGHTS" in code.upper():
                raise ForbiddenError(self.name, told)
            raise FatalSourceError(self.name, told)
        return value

    def values(self, of: BusObject, row: Mapping[str, Any]) -> Values:
        """The fields of a record by name; times in UTC."""
        zone, times = self.config.zone, of.times
        found: Values = {}
        for one in row.get("fields") or ():
            name, value = one.get("name"), one.get("value")
            if name and value:
                found[name] = plain(value, zone) if name in times else str(value)
        found[REC_ID] = str(row.get("busObRecId") or found.get(REC_ID, ""))
        return found

    def _asked(self, path: str, posted: object) -> dict[str, Any]:
        answer = self.client.json(f"{V1}/{path}", _LOCALE, posted=posted)
        return self.checked(answer.value, path.partition("/")[0])

    def _looked_up(self, name: str) -> BusObject | None:
        path = f"{V1}/getbusinessobjectsummary/busobname/{name}"
        for _ in range(self.config.http.tries):
            try:
                told = self.client.json(path, _LOCALE).value
                break
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, name)
        else:
            raise CutAnswerError(self.name, f"{name}: every answer was cut")
        if not isinstance(told, list):
            raise CutAnswerError(self.name, f"{name}: the answer is no list")
        if not told:
            return None
        number = str(told[0].get("busObId", ""))
        path = f"getbusinessobjectschema/busobid/{number}?includerelationships=true"
        return _object_of(name, number, self.ask(path))


def is_missing(error: FatalSourceError) -> bool:
    """Whether an error says that there is no such object."""
    return "answered 404" in error.message or "NOTFOUND" in error.message


def _object_of(name: str, number: str, schema: Mapping[str, Any]) -> BusObject:
    fields = [one for one in schema.get("fieldDefinitions") or () if one.get("name")]
    return BusObject(
        id=number,
        name=name,
        fields={str(one["name"]): str(one.get("fieldId", "")) for one in fields},
        times=frozenset(str(one["name"]) for one in fields if one.get("type") == _TIME),
        required=frozenset(str(one["name"]) for one in fields if one.get("required")),
        relationships={
            str(one.get("displayName", "")): str(one.get("relationshipId", ""))
            for one in schema.get("relationships") or ()
        },
    )


def _client_of(source: str, config: CherwellConfig, around: Surroundings) -> HttpClient:
    config.require_credentials(source)
    plain_client = HttpClient(
        source,
        config.api_url,
        NoAuth(),
        around.budget,
        config.http,
        around.sleep,
        around.clock,
        say=around.say,
    )
    known = {"client_id": config.client_id or "", "username": config.user or ""}
    secret = {"password": config.password or SecretStr("")}
    if config.client_secret is not None:
        secret["client_secret"] = config.client_secret
    path = "token" if config.auth_mode is None else f"token?auth_mode={config.auth_mode}"
    auth = OAuth(plain_client, path, Grant("password", known, secret), around.clock)
    client = plain_client.with_auth(auth)
    if config.requests_per_hour is not None:
        client.budget.learn(client.account, config.requests_per_hour)
    return client
