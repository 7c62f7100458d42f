"""Items in, items out: the REST API of a GLPI, over core's client.

Source:
    GLPI, `apirest.md` of versions 10 and 11 (there below /api.php/v1, too).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from connectors.core.answers import JsonResponse
from connectors.core.client import HttpClient
from connectors.core.local_times import FORM, LocalTimes
from connectors.core.surroundings import Surroundings
from connectors.glpi.config import GlpiConfig
from connectors.glpi.connecting import client_of
from itsm.errors import CutAnswerError, FatalSourceError

LOGGER = logging.getLogger(__name__)

Row = dict[str, Any]
"""An item, or a row of a search: values by column."""
DATE_MOD, ID = 19, 2
"""The search options of the time of change and of the id, alike for all itemtypes."""
_BEYOND = "ERROR_RANGE_EXCEED_TOTAL"
_GONE = "ERROR_ITEM_NOT_FOUND"


class Criterion(NamedTuple):
    """One condition of a search."""

    field: int
    kind: str
    value: str
    link: str = "AND"


@dataclass(frozen=True, slots=True)
class Query:
    """A search.

    Attributes:
        columns: the search options that are shown.
        sort: those it is sorted by, ascending.
        trash: whether only what lies in the trash is meant; else it is left out.
    """

    itemtype: str
    criteria: tuple[Criterion, ...] = ()
    columns: tuple[int, ...] = (ID, DATE_MOD)
    sort: tuple[int, ...] = (DATE_MOD, ID)
    trash: bool = False

    def parameters(self, first: int, n: int) -> dict[str, str | int]:
        """What is put on the URL for some rows."""
        told: dict[str, str | int] = {"range": f"{first}-{first + n - 1}"}
        for place, one in enumerate(self.criteria):
            told[f"criteria[{place}][field]"] = one.field
            told[f"criteria[{place}][searchtype]"] = one.kind
            told[f"criteria[{place}][value]"] = one.value
            if place or one.link != "AND":
                told[f"criteria[{place}][link]"] = one.link
        for place, number in enumerate(self.columns):
            told[f"forcedisplay[{place}]"] = number
        for place, number in enumerate(self.sort):
            told[f"sort[{place}]"] = number
            told[f"order[{place}]"] = "ASC"
        if self.trash:
            told["is_deleted"] = 1
        return told


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, how many there are in all, and when they were asked for by the server's clock."""

    rows: Sequence[Row]
    total: int
    asked_at: datetime


@dataclass(slots=True)
class GlpiApi:
    """A GLPI, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: GlpiConfig
    around: Surroundings
    _client: HttpClient | None = field(default=None, init=False, repr=False)
    _times: LocalTimes | None = field(default=None, init=False, repr=False)
    _options: dict[str, Mapping[int, Mapping[str, Any]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed.

        Raises:
            ConfigError: it is not said who asks, or the address or a file cannot be used.
        """
        if self._client is None:
            self._client = client_of(self.name, self.config, self.around)
        return self._client

    def search(self, query: Query, n: int, first: int = 0, *, asks_again: bool = False) -> Found:
        """Some rows of what a search finds.

        Args:
            query: what is searched.
            n: how many rows at most.
            first: the place of the first.
            asks_again: if an answer was cut; without, whoever asks had better ask for less.

        Raises:
            SourceError: as `HttpClient.json`; CutAnswerError if it is no answer to a search.
        """
        ask = self.whole if asks_again else self.client.json
        answer = ask(f"search/{query.itemtype}", query.parameters(first, n))
        told = answer.value
        if not isinstance(told, dict) or not isinstance(told.get("totalcount"), int):
            raise CutAnswerError(self.name, f"search/{query.itemtype}: the answer tells no total")
        rows = told.get("data") or []
        if not isinstance(rows, list):
            raise CutAnswerError(self.name, f"search/{query.itemtype}: the answer holds no list")
        return Found(rows, told["totalcount"], answer.asked_at)

    def listed(self, path: str, n: int, first: int = 0, sort: str = "id", order: str = "ASC",
               *, trash: bool = False) -> Found:  # fmt: skip
        """Some items of a type, or of those that hang on an item, as `Ticket/12/Log`.

        A range that begins behind the last one holds nothing.

        Raises:
            SourceError: as `HttpClient.json`; CutAnswerError if it is no list.
        """
        told: dict[str, str | int] = {
            "range": f"{first}-{first + n - 1}",
            "sort": sort,
            "order": order,
            "expand_dropdowns": "false",
            "get_hateoas": "false",
        }
        if trash:
            told["is_deleted"] = "true"
        try:
            answer = self.whole(path, told)
        except FatalSourceError as error:
            if _BEYOND not in error.message:
                raise
            return Found([], first, self.around.clock())
        rows = answer.value
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            raise CutAnswerError(self.name, f"{path}: the answer holds no list of items")
        return Found(rows, _total(answer, first + len(rows)), answer.asked_at)

    def all(self, path: str, sort: str = "id") -> Iterator[Sequence[Row]]:
        """All items of a type, or of those that hang on an item; pages overlap a little.

        Rows may move up between two pages where others are purged.
        """
        first, seen = 0, set[int]()
        while True:
            found = self.listed(path, self.config.page_size, first, sort)
            yield [row for row in found.rows if row["id"] not in seen]
            seen.update(row["id"] for row in found.rows)
            n = len(found.rows)
            if not n or first + n >= found.total:
                return
            first += n - min(_OVERLAP, n // 2)

    def below(self, path: str) -> list[Row] | None:
        """All that hangs on an item; None if that was purged since it was found."""
        try:
            return [row for some in self.all(path) for row in some]
        except FatalSourceError as error:
            if _GONE not in error.message:
                raise
            return None

    def whole(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonResponse:
        """As `HttpClient.json`, asked for again if the answer was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self.client.json(path, params)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self.client.json(path, params)

    def options(self, itemtype: str) -> Mapping[int, Mapping[str, Any]]:
        """The search options of an itemtype by number, asked for once."""
        if itemtype not in self._options:
            told = self.whole(f"listSearchOptions/{itemtype}").value
            if not isinstance(told, dict):
                raise CutAnswerError(self.name, f"listSearchOptions/{itemtype}: no options")
            self._options[itemtype] = {
                int(key): one
                for key, one in told.items()
                if key.isdecimal() and isinstance(one, dict)
            }
        return self._options[itemtype]

    @property
    def times(self) -> LocalTimes:
        """Reads the times of the session's zone."""
        if self._times is None:
            self._times = LocalTimes(self.config.zone)
        return self._times

    def told(self, at: datetime, seconds: int = 0) -> str:
        """A moment as the server compares it: what the clock of the session's zone shows.

        So many seconds later or earlier by that clock, which goes back an hour in autumn.
        """
        shown = at.astimezone(ZoneInfo(self.config.zone)).replace(tzinfo=None)
        return f"{shown + timedelta(seconds=seconds):{FORM}}"

    def moment(self, told: object) -> datetime | None:
        """The moment that a time of the session's zone means; None where there is none."""
        return self.times.read(told) if isinstance(told, str) and told else None


_OVERLAP = 20


def _total(answer: JsonResponse, otherwise: int) -> int:
    """How many there are in all, from Content-Range: `0-99/812`; the end in it is not relied on."""
    told = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return int(told) if told.isdecimal() else otherwise
