"""Objects of Assets: names behind the ids that issues hold, and kinds that are objects.

Assets is read whole each time: it has no order by update, and its tables are small.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.core.client import HttpClient
from connectors.core.mapping.raw import Cells, cell, raw_of
from connectors.core.paging import paged
from connectors.core.source import Page, Stamped
from connectors.jira.api import JiraApi, is_missing
from connectors.jira.rows import objects_in
from itsm.errors import CutAnswerError, FatalSourceError, ForbiddenError
from itsm.records import RawRecord
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

_PAGE = 100
_MOST_KEPT = 200_000
WHOLE = "whole"
"""The cursor of what is read whole each time."""

Thing = Mapping[str, Any]
"""An object as the API gives it."""


@dataclass(slots=True)
class AssetsApi:
    """Assets of a site; it has an address of its own in Cloud."""

    api: JiraApi
    _client: HttpClient | None = field(default=None, init=False, repr=False)
    _workspace: str = field(default="", init=False)
    _names: dict[str, str] = field(default_factory=dict, init=False)
    _is_denied: bool = field(default=False, init=False)

    def find(self, query: str) -> Iterator[Sequence[Thing]]:
        """The objects that a query of Assets means, page by page.

        Raises:
            SourceError: as `HttpClient.json`.
        """

        def fetch(start: int | None) -> tuple[Sequence[Thing], int | None]:
            begin = start or 0
            value = self._asked(query, begin)
            things = value.get("values", value.get("objectEntries"))
            if not isinstance(things, list):
                raise CutAnswerError(self.api.name, "assets: the answer holds no list of objects")
            total = value.get("total", value.get("totalFilterCount", 0))
            is_last = value.get("isLast", begin + len(things) >= int(total))
            following = begin + _PAGE
            return things, None if is_last or not things else following

        yield from paged(self.api.name, fetch)

    def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """The names of objects by id; those that cannot be read have none."""
        new = sorted({key for key in ids if key not in self._names and key.isdecimal()})
        if len(self._names) > _MOST_KEPT:
            self._names.clear()
        for begin in range(0, len(new), _PAGE):
            some = new[begin : begin + _PAGE]
            self._names.update(dict.fromkeys(some, ""))
            self._names.update(self._asked_names(some))
        return self._names

    def names_in(
        self, issues: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> Mapping[str, str]:
        """The names of all objects that some fields of issues hold."""
        return self.names(
            key
            for issue in issues
            for name in fields
            for key in objects_in(issue["fields"].get(name))
        )

    def _asked_names(self, ids: Sequence[str]) -> dict[str, str]:
        if self._is_denied:
            return {}
        try:
            pages = self.find(f"objectId in ({', '.join(ids)})")
            return {str(one["id"]): str(one["label"]) for things in pages for one in things}
        except FatalSourceError as error:
            if not isinstance(error, ForbiddenError) and not is_missing(error):
                raise
            self._is_denied = True
            LOGGER.warning(
                "%s: the user may not read Assets, so items are known by their ids only",
                self.api.name,
            )
            return {}

    def _asked(self, query: str, start: int) -> Mapping[str, Any]:
        client = self._connected()
        for _ in range(self.api.config.http.tries - 1):
            try:
                return self._answer(client, query, start)
            except CutAnswerError:
                LOGGER.info("%s: assets: the answer was cut; asked again", self.api.name)
        return self._answer(client, query, start)

    def _answer(self, client: HttpClient, query: str, start: int) -> Mapping[str, Any]:
        if self.api.config.is_cloud:
            path = f"workspace/{self._workspace}/v1/object/aql"
            params: dict[str, str | int] = {"startAt": start, "maxResults": _PAGE}
            value = client.json(path, params, posted={"qlQuery": query}).value
        else:
            params = {"qlQuery": query, "page": start // _PAGE + 1, "resultPerPage": _PAGE}
            value = client.json("aql/objects", params).value
        return value if isinstance(value, dict) else {}

    def _connected(self) -> HttpClient:
        """A client for Assets; in Cloud the site says which workspace is its own."""
        if self._client is None:
            config = self.api.config
            if config.is_cloud:
                told = self.api.desk("assets/workspace") or {}
                values = told.get("values") or ()
                if not values:
                    raise ForbiddenError(self.api.name, "the site has no workspace of Assets")
                self._workspace = str(values[0]["workspaceId"])
            self._client = self.api.unchecked(config.assets_address)
        return self._client


@dataclass(frozen=True, slots=True)
class ObjectReader:
    """Reads the records of one kind out of objects of one type."""

    assets: AssetsApi
    kind: RecordKind
    type: str
    make: Callable[[Thing], Sequence[tuple[str, Cells]]]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """All objects, whatever the cursor."""
        for things in self.assets.find(self._query()):
            yield Page(self._raw(things), WHOLE)

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """The keys of all records, ascending."""
        found = {raw.key for page in self.pages(None) for raw in page.records}
        yield [Stamped(key, None) for key in sorted(found)]

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many records there are, or of some keys."""
        there = {one.key for some in self.keys() for one in some}
        return len(there if keys is None else there & set(keys))

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys."""
        wanted = set(keys)
        pages = self.pages(None)
        return [raw for page in pages for raw in page.records if raw.key in wanted]

    def _query(self) -> str:
        return f'objectType = "{self.type}"'

    def _raw(self, things: Sequence[Thing]) -> list[RawRecord]:
        name = self.assets.api.name
        return [
            raw_of(name, self.kind, key, cells) for one in things for key, cells in self.make(one)
        ]


def object_cells(thing: Thing) -> Sequence[tuple[str, Cells]]:
    """An object as a row: its label, type and time of update, and its attributes by name."""
    kind = thing.get("objectType") or {}
    cells: Cells = {"label": cell(str(thing.get("label", "")))}
    cells["objectType"] = cell(str(kind.get("id", "")), str(kind.get("name", "")))
    cells["updated"] = cell(str(thing.get("updated", "")))
    for name, values in _attributes(thing):
        if values:
            first = values[0]
            shown = str(first.get("displayValue") or first.get("value") or "")
            cells.setdefault(name, cell(str(first.get("value") or shown), shown))
    return [(str(thing["id"]), cells)]


def relation_cells(thing: Thing) -> Sequence[tuple[str, Cells]]:
    """What an object refers to besides its service, team and so on, as rows of relations."""
    found = []
    for name, values in _attributes(thing):
        if not name.casefold().startswith(("depend", "uses", "runs on", "hosted", "needs")):
            continue
        for one in values:
            other = one.get("referencedObject") or {}
            if other:
                cells: Cells = {
                    "parent": cell(str(thing["id"]), str(thing.get("label", ""))),
                    "child": cell(str(other.get("id", "")), str(other.get("label", ""))),
                    "relation": cell(name),
                    "updated": cell(str(thing.get("updated", ""))),
                }
                found.append((f"{thing['id']}.{other.get('id', '')}", cells))
    return found


def _attributes(thing: Thing) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    for one in thing.get("attributes") or ():
        kind = one.get("objectTypeAttribute") or {}
        yield str(kind.get("name", "")), one.get("objectAttributeValues") or ()
