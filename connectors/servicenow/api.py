"""Rows in, rows out: the Table API of an instance, over core's client.

Source:
    ServiceNow, Table API: https://docs.servicenow.com, "Table API - GET /now/table/{tableName}".
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from connectors.core.answers import Decode, JsonResponse
from connectors.core.auth import (
    ApiKeyHeader,
    Auth,
    BasicAuth,
    NoAuth,
    OAuth,
    client_grant,
    password_grant,
)
from connectors.core.client import HttpClient
from connectors.core.login_code import LoggedIn
from connectors.core.paging import Limit
from connectors.core.surroundings import Surroundings
from connectors.servicenow.access_login import code_ask
from connectors.servicenow.config import ServiceNowConfig
from itsm.errors import ConfigError, CutAnswerError, FatalSourceError

LOGGER = logging.getLogger(__name__)

Row = dict[str, dict[str, str]]
"""A row as the API gives it with values and labels."""

ASKED_AT_ONCE = 150
"""Ids in one query: the address stays below 8,000 characters, where servers begin to refuse."""

_TABLES = "api/now/table/"
_LENGTH_OF_TIME = len("2026-11-21 19:54:00")
_NO_TABLE = "Invalid table"


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a table; `total` counts those that meet the query, hidden ones too."""

    rows: Sequence[Row]
    total: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class FormedAnswer:
    """As `Answer`, of rows in a form."""

    rows: Sequence[Row | msgspec.Struct]
    total: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a table: conditions, order, columns."""

    table: str
    where: str = ""
    order: tuple[str, ...] = ()
    columns: tuple[str, ...] = ("sys_id",)

    @property
    def text(self) -> str:
        """The encoded query."""
        return joined(self.where, *(f"ORDERBY{column}" for column in self.order))


@dataclass(slots=True)
class TableApi:
    """An instance, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: ServiceNowConfig
    around: Surroundings
    _client: HttpClient | None = field(default=None, init=False, repr=False)

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed.

        Raises:
            ConfigError: it is not said who asks, or the address or a file of the settings cannot be
                used.
        """
        if self._client is None:
            self.config.require_credentials(self.name)
            client = HttpClient(
                self.name,
                self.config.url,
                NoAuth(),
                self.around.budget,
                self.config.http,
                self.around.sleep,
                self.around.clock,
                say=self.around.say,
            )
            client = client.with_auth(_auth(self.config, client, self.around))
            if self.config.requests_per_hour is not None:
                client.budget.learn(client.account, self.config.requests_per_hour)
            self._client = client
        return self._client

    def rows(self, query: Query, limit: int, *, offset: int = 0, counts: bool = True) -> Answer:
        """A page of a table.

        Args:
            query: what is asked.
            limit: rows that are looked at, before those are left out that the user may not see.
            offset: rows that are passed over first.
            counts: whether the total is asked for.

        Raises:
            SourceError: as `HttpClient.json`.
        """
        answer = self.client.json(_TABLES + query.table, _params(query, limit, offset, counts))
        return Answer(self._listed(query, answer, dict), _total(answer.headers), answer.asked_at)

    def formed(
        self, query: Query, limit: int, decode: Decode, *, offset: int = 0, counts: bool = True
    ) -> FormedAnswer:
        """As `rows`, with rows as `decode` makes them of the answer's bytes."""
        params = _params(query, limit, offset, counts)
        answer = self.client.json(_TABLES + query.table, params, decode=decode)
        rows = self._listed(query, answer, (dict, msgspec.Struct))
        return FormedAnswer(rows, _total(answer.headers), answer.asked_at)

    def _listed(
        self, query: Query, answer: JsonResponse, kinds: type | tuple[type, ...]
    ) -> list[Any]:
        rows = answer.value.get("result") if isinstance(answer.value, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, kinds) for row in rows):
            raise CutAnswerError(self.name, f"{query.table}: the answer holds no list of rows")
        return rows

    def whole(self, query: Query, limit: int, *, offset: int = 0, counts: bool = True) -> Answer:
        """A page as `rows` gives it, asked for again if it was cut.

        Raises:
            SourceError: as `rows`, and CutAnswerError if it is cut each time.
        """
        for _ in range(self.config.http.tries - 1):
            try:
                return self.rows(query, limit, offset=offset, counts=counts)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, query.table)
        return self.rows(query, limit, offset=offset, counts=counts)

    def count(self, query: Query) -> int | None:
        """How many rows meet a query; None where the instance does not say."""
        return self.whole(query, 1).total

    def by_value(self, query: Query, column: str, values: Sequence[str]) -> list[Row]:
        """All rows of which a column holds one of some values, asked for in parts."""
        found: list[Row] = []
        for some in parts_of(values):
            where = joined(f"{column}IN{','.join(some)}", query.where)
            asked = Query(query.table, where, query.order, query.columns)
            found.extend(self.all_rows(asked))
        return found

    def all_rows(self, query: Query) -> list[Row]:
        """All rows that meet a query, of which there are not many."""
        query = query if query.order else replace(query, order=("sys_id",))
        found: list[Row] = []
        limit, offset, total = Limit(self.config.page_size), 0, 1
        while offset < total:
            answer = limit.fetch(partial(self.rows, query, offset=offset))
            found.extend(answer.rows)
            offset += limit.used
            total = answer.total or 0
        return found


def parts_of(values: Sequence[str], longest: int = ASKED_AT_ONCE) -> list[Sequence[str]]:
    """Values in parts that fit into one query each."""
    return [values[start : start + longest] for start in range(0, len(values), longest)]


def joined(*clauses: str) -> str:
    """Clauses that all must be met, as one encoded query."""
    return "^".join(filter(None, clauses))


def is_no_table(error: FatalSourceError) -> bool:
    """Whether an error says that there is no such table."""
    return _NO_TABLE in error.message


def value_of(row: Mapping[str, Any], column: str) -> str:
    """The value of a cell; "" where it is empty or missing."""
    try:
        value = row[column]["value"]
    except (KeyError, TypeError):
        return ""
    return value if type(value) is str else "" if value is None else str(value)


def label_of(row: Mapping[str, Any], column: str) -> str:
    """What people see in a cell; "" where it is empty or missing."""
    return _side(row, column, "display_value")


def _side(row: Mapping[str, Any], column: str, side: str) -> str:
    try:
        value = row[column][side]
    except (KeyError, TypeError):
        return ""
    return "" if value is None else str(value)


def instant(text: str) -> datetime | None:
    """A time as the API writes it, which is UTC; None if it is none."""
    try:
        return datetime.fromisoformat(f"{text}+00:00") if len(text) == _LENGTH_OF_TIME else None
    except ValueError:
        return None


def written(at: datetime) -> str:
    """A time as a query has to say it, in whole seconds of UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _params(query: Query, limit: int, offset: int, counts: bool) -> dict[str, str | int]:
    params: dict[str, str | int] = {
        "sysparm_query": query.text,
        "sysparm_fields": ",".join(query.columns),
        "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true",
        "sysparm_suppress_pagination_header": "true",
        "sysparm_limit": limit,
    }
    if offset:
        params["sysparm_offset"] = offset
    if not counts:
        params["sysparm_no_count"] = "true"
    return params


def _total(headers: Mapping[str, str]) -> int | None:
    told = headers.get("X-Total-Count", "")
    return int(told) if told.isdecimal() else None


def _auth(config: ServiceNowConfig, client: HttpClient, around: Surroundings) -> Auth:
    if config.auth_kind == "api_key" and config.api_key is not None:
        return ApiKeyHeader("x-sn-apikey", config.api_key)
    if config.auth_kind == "basic" and config.user is not None and config.password is not None:
        return BasicAuth(config.user, config.password)
    if config.auth_kind == "oauth_code":
        return LoggedIn(code_ask(config, client), around.clock)
    if config.client_id is None or config.client_secret is None:
        raise ConfigError("auth: the settings do not say who asks")
    if config.auth_kind == "oauth_client" or config.user is None or config.password is None:
        grant = client_grant(config.client_id, config.client_secret)
    else:
        grant = password_grant(config.client_id, config.client_secret, config.user, config.password)
    return OAuth(client, "oauth_token.do", grant, around.clock)
