"""Records in, records out: version 2 of Freshservice's API, over core's client.

Source:
    Freshworks, https://api.freshservice.com.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from connectors.core.answers import JsonResponse
from connectors.core.auth import BasicAuth
from connectors.core.client import HttpClient
from connectors.core.paging import next_link
from connectors.core.surroundings import Surroundings
from connectors.freshservice.config import FreshserviceConfig
from itsm.errors import CutAnswerError, FatalSourceError

LOGGER = logging.getLogger(__name__)

Row = dict[str, Any]
"""A record as the API gives it."""
MOST = 100
"""Records in a page at most."""
_CAPPED = "cannot access"
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A page: its records, whether more follow, and when it was asked for."""

    rows: Sequence[Row]
    has_more: bool
    asked_at: datetime


@dataclass(slots=True)
class FreshserviceApi:
    """An account, as one agent sees it; nothing is sent before it is asked for something."""

    name: str
    config: FreshserviceConfig
    around: Surroundings
    _client: HttpClient | None = field(default=None, init=False, repr=False)

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed; limits count by the minute.

        Raises:
            ConfigError: there is no key, or the address or a file of the settings cannot be used.
        """
        if self._client is None:
            self.config.require_credentials(self.name)
            key = self.config.api_key or SecretStr("")
            around = self.around
            client = HttpClient(
                self.name,
                f"{self.config.url}/api/v2",
                _KeyAuth(key.get_secret_value(), SecretStr("X")),
                around.budget,
                self.config.http,
                around.sleep,
                around.clock,
                limit_window_s=_MINUTE,
                say=around.say,
            )
            if self.config.requests_per_hour is not None:
                client.budget.learn(client.account, self.config.requests_per_hour)
            self._client = client
        return self._client

    def page(self, path: str, name: str, params: Mapping[str, str | int]) -> Found:
        """A page of a list, of all workspaces or the one that is configured.

        Raises:
            SourceError: as `HttpClient.json`; CutAnswerError if it is no list.
        """
        asked = {**params, "workspace_id": self.config.workspace}
        answer = self.client.json(path, asked)
        rows = answer.value.get(name) if isinstance(answer.value, dict) else None
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            raise CutAnswerError(self.name, f"{path}: the answer holds no list of {name}")
        return Found(rows, next_link(answer.headers) is not None, answer.asked_at)

    def all(self, path: str, name: str) -> Iterator[Sequence[Row]]:
        """All pages of a list that is not restricted by time."""
        number = 1
        while True:
            found = self._whole_page(path, name, {"page": number, "per_page": MOST})
            yield found.rows
            if not found.has_more:
                return
            number += 1

    def one(
        self, path: str, name: str, params: Mapping[str, str | int] | None = None
    ) -> Row | None:
        """What is at a path; None if there is nothing."""
        try:
            value = self.whole(path, params).value
        except FatalSourceError as error:
            if is_missing(error):
                return None
            raise
        found = value.get(name) if isinstance(value, dict) else None
        return found if isinstance(found, dict) else None

    def whole(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonResponse:
        """As `HttpClient.json`, asked for again if the answer was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self.client.json(path, params)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self.client.json(path, params)

    def _whole_page(self, path: str, name: str, params: Mapping[str, str | int]) -> Found:
        for _ in range(self.config.http.tries - 1):
            try:
                return self.page(path, name, params)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self.page(path, name, params)


class _KeyAuth(BasicAuth):
    """An API key, which goes where a user's name would."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, as it is and as it goes."""
        return (self.user, *super().secrets[1:])


def is_missing(error: FatalSourceError) -> bool:
    """Whether an error says that there is nothing at an address."""
    return "answered 404" in error.message


def is_capped(error: FatalSourceError) -> bool:
    """Whether an error says that so late a page is not given."""
    return "answered 400" in error.message and _CAPPED in error.message
