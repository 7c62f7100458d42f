"""Items one by one and in lists, and what hangs on them: `GET /Ticket`, `GET /Ticket/12/Log`."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import Any

import orjson

from simulator.faults import FaultName
from simulator.glpi.answers import asked_range, bad, no_item, no_right, ranged
from simulator.glpi.database import Database, Row
from simulator.glpi.options import OPTIONS
from simulator.glpi.rendering import Renderer
from simulator.glpi.schema import ITEMTYPES, ITIL
from simulator.web import Answer, Request, json_answer

Places = Mapping[str, str]
TEMPLATES = "ProblemTemplateMandatoryField"
LIST_LIMIT = 20
"""Rows where nothing is said: a preference of the user."""


@dataclass(slots=True)
class Items:
    """Handlers that read items."""

    database: Database
    renderer: Callable[[Request], Renderer]

    def one(self, request: Request, places: Places) -> Answer:
        """`GET /Ticket/12`."""
        itemtype = known(places["itemtype"])
        row = self.found(itemtype, places["id"])
        shown = self._shown(request, itemtype, row)
        if request.parameters.get("get_sha1") == "true":
            return json_answer(hashlib.sha1(orjson.dumps(shown)).hexdigest())  # noqa: S324  # what the product gives
        at = row.get("date_mod")
        changed = format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True) if at else ""
        return json_answer(shown, 200, *([("Last-Modified", changed)] if changed else []))

    def several(self, request: Request, _: Places) -> Answer:
        """`GET /getMultipleItems`: one that is not there ends it all."""
        shown = []
        for n in count():
            itemtype = request.parameters.get(f"items[{n}][itemtype]")
            if itemtype is None:
                break
            row = self.found(known(itemtype), request.parameters.get(f"items[{n}][items_id]", ""))
            shown.append(self._shown(request, itemtype, row))
        if not shown:
            raise bad("input parameter must be an array of objects", "ERROR_BAD_ARRAY")
        return json_answer(shown)

    def all(self, request: Request, places: Places) -> Answer:
        """`GET /Ticket`: without the trash, or the trash alone."""
        itemtype = known(places["itemtype"])
        self.check(itemtype)
        if itemtype == TEMPLATES:
            return self._list(request, itemtype, self._demanded())
        return self._list(request, itemtype, self.database.table(itemtype).rows.values())

    def _demanded(self) -> list[Row]:
        """The mandatory fields of the one template of problems: what a fault demands."""
        policies = self.database.desk.chances.faults.of(FaultName.FIELD_MANDATORY)
        names = {word for one in policies if one.concerns("Problem") for word in one.text.split()}
        found = [one.number for one in OPTIONS["Problem"].values() if one.column in names]
        return [
            {"id": place, "problemtemplates_id": 1, "num": number}
            for place, number in enumerate(sorted(found), 1)
        ]

    def below(self, request: Request, places: Places) -> Answer:
        """`GET /Ticket/12/Log`."""
        itemtype, sub = known(places["itemtype"]), known(places["sub"])
        self.check(sub)
        row = self.found(itemtype, places["id"])
        return self._list(request, sub, self.database.linked(sub, itemtype, row["id"]))

    def found(self, itemtype: str, word: str) -> Row:
        """A row that the user may see; that in the trash, too."""
        self.check(itemtype)
        row = self.database.table(itemtype).rows.get(int(word) if word.isdecimal() else -1)
        if row is None:
            raise no_item()
        if self.hides(itemtype, row):
            raise no_right()
        return row

    def check(self, itemtype: str) -> None:
        """See that the profile may read an itemtype."""
        denied = self.database.desk.chances.faults.of(FaultName.DENIED)
        if any(itemtype in fault.tables for fault in denied):
            raise no_right()

    def hides(self, itemtype: str, row: Row) -> bool:
        """Whether a row belongs to an entity that the user does not see."""
        if itemtype not in ITIL:
            return False
        is_hidden = self.database.desk.chances.hidden(itemtype)
        return is_hidden(str(row["id"]))

    def _list(self, request: Request, itemtype: str, rows: Iterable[Row]) -> Answer:
        told = request.parameters
        columns = ITEMTYPES[itemtype].columns
        first, last, is_told = asked_range(request, LIST_LIMIT)
        order, sort = told.get("order", "ASC").upper(), told.get("sort", "id")
        if sort not in columns:
            raise bad("sort param is not a field of the table")
        if order not in {"ASC", "DESC"}:
            raise bad("order must be DESC or ASC")
        is_deleted = told.get("is_deleted") in {"true", "1"}
        with self.database.desk.lock:
            found = [row for row in rows if bool(row.get("is_deleted")) == is_deleted]
        is_hidden = self.database.desk.chances.hidden(itemtype) if itemtype in ITIL else None
        if is_hidden is not None:
            found = [row for row in found if not is_hidden(str(row["id"]))]
        for column in columns:
            if wanted := told.get(f"searchText[{column}]"):
                found = [row for row in found if like(wanted, row.get(column))]
        found.sort(key=lambda row: (row.get(sort) is not None, row.get(sort)),
                   reverse=order == "DESC")  # fmt: skip
        some = found[first : last + 1]
        if told.get("only_id") in {"true", "1"}:
            shown: list[Any] = [{"id": row["id"]} for row in some]
        else:
            shown = [self._shown(request, itemtype, row) for row in some]
        return ranged(shown, itemtype, first, last, len(found), is_told=is_told)

    def _shown(self, request: Request, itemtype: str, row: Row) -> dict[str, Any]:
        shown = self.renderer(request).row(itemtype, row)
        if request.parameters.get("get_hateoas", "true") not in {"false", "0"}:
            href = f"{request.base}/apirest.php/{itemtype}/{row['id']}/Log/"
            shown["links"] = [{"rel": "Log", "href": href}]
        return shown


def known(itemtype: str) -> str:
    """An itemtype that there is."""
    if itemtype not in ITEMTYPES:
        raise bad("resource not found or not an instance of CommonDBTM",
                  "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM")  # fmt: skip
    return itemtype


def like(wanted: str, value: object) -> bool:
    """Whether a value holds a text; `^` and `$` bind it to the beginning and the end."""
    text, word = str("" if value is None else value).casefold(), wanted.casefold()
    is_start, is_end = word.startswith("^"), word.endswith("$")
    word = word.removeprefix("^").removesuffix("$")
    if is_start and is_end:
        return text == word
    if is_start:
        return text.startswith(word)
    return text.endswith(word) if is_end else word in text
