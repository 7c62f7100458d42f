"""Objects of classes, found by OQL: iTop's one address for everything, over core's client.

Almost every answer has the status 200; a code in it says what became of the question.

Source:
    Combodo, "REST/JSON services", and what iTop 3.2.0 answers.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from pydantic import SecretStr

from connectors.core.auth import ApiKeyHeader, Auth, BasicAuth, NoAuth
from connectors.core.client import HttpClient
from connectors.core.local_times import LocalTimes
from connectors.core.surroundings import Surroundings
from connectors.itop.config import ItopConfig
from itsm.errors import (
    AuthError,
    CutAnswerError,
    FatalSourceError,
    ForbiddenError,
    SourceError,
    TransientSourceError,
)

LOGGER = logging.getLogger(__name__)

PATH = "webservices/rest.php"
VERSION = "1.3"
Fields = dict[str, Any]
"""The attributes of an object; its id among them as `id`."""
_MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class FoundObjects:
    """Objects that were found, and how many there are in all."""

    rows: Sequence[Fields]
    total: int
    asked_at: datetime


@dataclass(slots=True)
class ItopApi:
    """An iTop, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: ItopConfig
    around: Surroundings
    times: LocalTimes = field(init=False)
    _client: HttpClient | None = field(default=None, init=False, repr=False)
    _names: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Look the zone up.

        Raises:
            ConfigError: there is no such zone.
        """
        self.times = LocalTimes(self.config.zone)

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
                self.name, self.config.url, _auth(self.config), around.budget, self.config.http,
                around.sleep, around.clock, say=around.say,
            )  # fmt: skip
            if self.config.requests_per_hour is not None:
                self._client.budget.learn(self._client.account, self.config.requests_per_hour)
        return self._client

    def found(self, cls: str, oql: str, fields: Sequence[str], limit: int = 0) -> FoundObjects:
        """Objects that a query finds.

        Args:
            cls: their class.
            oql: the query.
            fields: the attributes that are given.
            limit: so many at most, in the order of the class; 0 for all.

        Raises:
            SourceError: as `HttpClient.json`; AuthError, ForbiddenError and FatalSourceError where
                the code says so.
        """
        asked: dict[str, Any] = {
            "operation": "core/get", "class": cls, "key": oql,
            "output_fields": ",".join(dict.fromkeys(("id", *fields))),
        }  # fmt: skip
        if limit:
            asked |= {"limit": limit, "page": 1}
        value, asked_at = self.asked(asked)
        objects, total = value.get("objects"), _total(value.get("message"))
        if objects is not None and not isinstance(objects, dict):
            raise CutAnswerError(self.name, f"{cls}: the answer holds no objects")
        rows = [_row(name, one) for name, one in (objects or {}).items()]
        if total is None:
            raise CutAnswerError(self.name, f"{cls}: the answer does not say how many there are")
        return FoundObjects(rows, total, asked_at)

    def asked(self, given: Mapping[str, object]) -> tuple[dict[str, Any], datetime]:
        """What iTop answers to an operation that may be asked for again, and when it was asked.

        Raises:
            SourceError: as `found`.
        """
        form = {"version": VERSION, "json_data": orjson.dumps(given).decode(), **self.who}
        answer = self.client.post_form(PATH, form, hidden=self.hidden)
        return checked(self.name, answer.value), answer.asked_at

    def again(self, cls: str, oql: str, fields: Sequence[str], limit: int = 0) -> FoundObjects:
        """As `found`, asked for again where the answer was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self.found(cls, oql, fields, limit)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, cls)
        return self.found(cls, oql, fields, limit)

    def names_of(self, cls: str, keys: Sequence[str]) -> Mapping[str, str]:
        """What teams and people are called, by id; those that are not told are left out."""
        new = sorted({key for key in keys if key not in {"", "0"}} - self._names.keys())
        try:
            told = self.told_of(cls, "friendlyname", new)
        except FatalSourceError:
            told = {}
        self._names |= {key: told.get(key) or key for key in new}
        return self._names

    def told_of(self, cls: str, attribute: str, keys: Sequence[str]) -> Mapping[str, str]:
        """One attribute of objects by id, of those that are there and may be seen.

        Raises:
            SourceError: as `found`; ForbiddenError and FatalSourceError where this user may not
                read them, or there is no such class or attribute.
        """
        return {
            str(row["id"]): str(row.get(attribute) or "")
            for some in parts_of(keys, _MOST_NAMES)
            for row in self.again(
                cls, f"SELECT {cls} WHERE id IN ({','.join(some)})", (attribute,)
            ).rows
        }

    @property
    def who(self) -> dict[str, str]:
        """The form fields that say who asks, where the form does."""
        if self.config.auth_kind != "form" or self.config.password is None:
            return {}
        secret = self.config.password.get_secret_value()
        return {"auth_user": self.config.user or "", "auth_pwd": secret}

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be told, should iTop repeat it."""
        password = self.config.password
        return (password.get_secret_value(),) if password is not None else ()


def checked(source: str, value: object) -> dict[str, Any]:
    """An answer whose code says that all is well.

    Raises:
        AuthError: the login is refused.
        ForbiddenError: this user may not.
        TransientSourceError: iTop is in maintenance.
        FatalSourceError: whatever else it refuses.
    """
    if not isinstance(value, dict) or "code" not in value:
        raise CutAnswerError(source, f"{PATH}: the answer has no code")
    code, said = value.get("code"), str(value.get("message") or "")[:200]
    if code == 0:
        return value
    kind: type[SourceError] = FatalSourceError
    if code == 1:
        is_login = "login" in said.lower() or "not authorized" in said.lower()
        kind = AuthError if is_login else ForbiddenError
    elif "maintenance" in said.lower():
        kind = TransientSourceError
    raise kind(source, f"{PATH} answered code {code}: {said}")


def parts_of(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Keys in parts that fit into one question."""
    return (keys[begin : begin + size] for begin in range(0, len(keys), size))


def _row(name: str, given: object) -> Fields:
    fields = given.get("fields") if isinstance(given, dict) else None
    found = dict(fields) if isinstance(fields, dict) else {}
    found.setdefault("id", name.rpartition("::")[2])
    return found


def _total(message: object) -> int | None:
    word, _, n = str(message or "").partition(": ")
    return int(n) if word == "Found" and n.isdecimal() else None


def _auth(config: ItopConfig) -> Auth:
    secret = config.password or SecretStr("")
    if config.auth_kind == "token":
        return ApiKeyHeader("Auth-Token", config.token or SecretStr(""))
    return NoAuth() if config.auth_kind == "form" else BasicAuth(config.user or "", secret)
