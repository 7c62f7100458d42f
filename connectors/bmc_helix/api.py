"""Entries in, entries out: forms of an AR server over core's client.

Source:
    BMC, Remedy AR System 9.1 and 20.02 documentation, "Operations on entry objects" and "General
    REST API guidelines".
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.connecting import Token, client_of
from connectors.core.answers import JsonResponse
from connectors.core.client import HttpClient
from connectors.core.surroundings import Surroundings
from itsm.errors import CutAnswerError, FatalSourceError, TransientSourceError

LOGGER = logging.getLogger(__name__)

Values = dict[str, Any]
"""The fields of an entry, as the API gives them."""
ROOT = "api/arsys/v1/entry"
_MOST_LACKING = 200
_NO_FIELD = "does not exist on current form"
_NO_FORM = re.compile(r"form does not exist", re.IGNORECASE)
_LACKING = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form is asked for.

    Attributes:
        form: its name.
        fields: by name; those that the form does not have are left out.
        where: a qualification.
        order: fields, ascending.
    """

    form: str
    fields: tuple[str, ...]
    where: str = ""
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Entries that were found, and whether there are more behind them."""

    entries: Sequence[Values]
    has_more: bool
    asked_at: datetime


@dataclass(slots=True)
class ArApi:
    """A server, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: BmcHelixConfig
    around: Surroundings
    lacking: dict[str, set[str]] = field(default_factory=dict, init=False)
    """The fields that forms turned out not to have."""
    _client: HttpClient | None = field(default=None, init=False, repr=False)

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed.

        Raises:
            ConfigError: it is not said who asks, or the address or a file of the settings cannot be
                used.
        """
        if self._client is None:
            self._client = client_of(self.name, self.config, self.around)
        return self._client

    def close(self) -> None:
        """Give the token back, if there is one."""
        if self._client is not None and isinstance(self._client.auth, Token):
            self._client.auth.give_up()

    def found(self, asked: Asked, limit: int, offset: int = 0) -> Found:
        """A page of the entries that meet a qualification; fewer than the limit may come.

        Raises:
            SourceError: as `HttpClient.json`; CutAnswerError if the search took too long.
        """
        value, at = self._answer(asked, limit, offset)
        entries = value.get("entries") if isinstance(value, dict) else None
        if not isinstance(entries, list):
            raise CutAnswerError(self.name, f"{asked.form}: the answer holds no list of entries")
        rows = [one.get("values") for one in entries if isinstance(one, dict)]
        links = value.get("_links")
        has_more = bool(isinstance(links, dict) and links.get("next"))
        return Found([one for one in rows if isinstance(one, dict)], has_more, at)

    def some(self, asked: Asked, limit: int = 500) -> list[Values]:
        """All entries that meet a qualification, which are not many; asked again where cut."""
        rows: list[Values] = []
        while True:
            page = self._again(asked, limit, len(rows))
            rows += page.entries
            if not page.has_more or not page.entries:
                return rows

    def first(self, asked: Asked, limit: int) -> Found:
        """As `found`, asked for again where the answer was cut."""
        return self._again(asked, limit, 0)

    def has(self, form: str, field_: str) -> bool:
        """Whether a form has a field, as far as it was asked."""
        return field_ not in self.lacking.get(form, ())

    def _again(self, asked: Asked, limit: int, offset: int) -> Found:
        for _ in range(self.config.http.tries - 1):
            try:
                return self.found(asked, limit, offset)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, asked.form)
        return self.found(asked, limit, offset)

    def _answer(self, asked: Asked, limit: int, offset: int) -> tuple[Any, datetime]:
        for _ in range(_MOST_LACKING):
            path, params = address(asked.form), self._params(asked, limit, offset)
            try:
                answer: JsonResponse = self.client.json(path, params)
                return answer.value, answer.asked_at
            except TransientSourceError as error:
                if "imeout during" in error.message:
                    raise CutAnswerError(self.name, f"{asked.form}: {error.message}") from None
                raise
            except FatalSourceError as error:
                if _NO_FIELD not in error.message or not self._learn(asked, path, params):
                    raise
        raise FatalSourceError(self.name, f"{asked.form} has hardly any of the fields asked for")

    def _params(self, asked: Asked, limit: int, offset: int) -> dict[str, str | int]:
        lacking = self.lacking.get(asked.form, set())
        names = ",".join(name for name in asked.fields if name not in lacking)
        params: dict[str, str | int] = {"fields": f"values({names})", "limit": limit}
        if offset:
            params["offset"] = offset
        if asked.where:
            params["q"] = asked.where
        if asked.order:
            params["sort"] = ",".join(f"{name}.asc" for name in asked.order)
        return params

    def _learn(self, asked: Asked, path: str, params: dict[str, str | int]) -> bool:
        """Find out which field a form does not have; whether it can do without."""
        answer = self.client.get(path, params, accept={400, 404})
        if answer.status == 200:
            return True
        try:
            told = str(orjson.loads(answer.body)[0].get("messageAppendedText", ""))
        except orjson.JSONDecodeError:
            return True
        except (LookupError, AttributeError):
            return False
        match = _LACKING.search(told)
        name = match[1].strip() if match is not None else told.rpartition(":")[2].strip()
        if name not in asked.fields or name in asked.order:
            return False
        LOGGER.info("%s: %s has no field %s; it is left out", self.name, asked.form, name)
        self.lacking.setdefault(asked.form, set()).add(name)
        return True


def address(form: str, key: str | None = None) -> str:
    """The path of a form, or of one of its entries."""
    path = f"{ROOT}/{quote(form, safe=':')}"
    return path if key is None else f"{path}/{quote(key, safe='')}"


def quoted(text: str) -> str:
    """A text as qualifications write it."""
    return '"' + text.replace('"', '""') + '"'


def both(*conditions: str) -> str:
    """A qualification that all of these meet."""
    given = [one.strip() for one in conditions if one.strip()]
    return given[0] if len(given) == 1 else " AND ".join(f"({one})" for one in given)


def either(name: str, values: Sequence[str]) -> str:
    """A qualification that a field, by name or number, has one of some values."""
    return " OR ".join(f"'{name}' = {quoted(value)}" for value in values)


def moment(value: object) -> datetime | None:
    """A time of an answer, in UTC and whole seconds; servers may tell seconds since 1970."""
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    return at.replace(microsecond=0) if at.microsecond else at


def is_missing(error: FatalSourceError) -> bool:
    """Whether an error says that there is no such form."""
    return "answered 404" in error.message or _NO_FORM.search(error.message) is not None
