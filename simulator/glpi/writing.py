"""Writing to a practice GLPI: what is added, changed and deleted, and what history keeps of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from itsm.errors import RefusedRequestError
from simulator.glpi.answers import bad, no_item, no_right, refused
from simulator.glpi.changing import Changes
from simulator.glpi.database import Database, Row
from simulator.glpi.items import Items, known
from simulator.glpi.logs import CREATED, log_row
from simulator.glpi.options import ASSIGNED
from simulator.glpi.rendering import Renderer
from simulator.glpi.schema import INT, ITEMTYPES, ITIL, TIME, key_to
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

Places = Mapping[str, str]
_PAIRS = {"Problem_Ticket": ("problems_id", "tickets_id"),
          "Change_Ticket": ("changes_id", "tickets_id"),
          "Itil_Project": ("projects_id", "itemtype", "items_id")}  # fmt: skip
"""Links that may be there once only."""
_SOLVED, _CLOSED = 5, 6


@dataclass(slots=True)
class Writing:
    """Handlers that write."""

    database: Database
    items: Items
    changes: Changes
    renderer: Callable[[Request], Renderer]

    def add(self, request: Request, places: Places) -> Answer:
        """`POST /Problem` with one input or several."""
        itemtype, given = known(places["itemtype"]), _input(request)
        if isinstance(given, dict):
            made = self._added(itemtype, given, request)
            if not made["id"]:
                return refused(400, "ERROR_GLPI_ADD", made["message"])
            location = f"{request.base}/apirest.php/{itemtype}/{made['id']}"
            return json_answer(made, 201, ("Location", location))
        told = [self._added(itemtype, one, request) for one in given]
        return _bulk(told, "ADD", [bool(one["id"]) for one in told], 201)

    def update(self, request: Request, places: Places) -> Answer:
        """`PUT /Problem/42`, or `PUT /Problem` with ids in the input."""
        itemtype, given = known(places["itemtype"]), _input(request)
        inputs = [given] if isinstance(given, dict) else given
        told: list[dict[str, object]] = []
        done: list[bool] = []
        for one in inputs:
            key = int(places.get("id") or one.get("id") or 0)
            try:
                self._changed(itemtype, key, one, self.renderer(request))
            except RefusedRequestError:
                told.append({str(key): False, "message": "Item not found"})
                done.append(False)
            else:
                told.append({str(key): True, "message": ""})
                done.append(True)
        if isinstance(given, dict) and not all(done):
            return refused(400, "ERROR_GLPI_UPDATE", "Item not found")
        return _bulk(told, "UPDATE", done, 200)

    def delete(self, request: Request, places: Places) -> Answer:
        """`DELETE /Problem/42`: into the trash where there is one, or out of it for good."""
        itemtype = known(places["itemtype"])
        self._check(itemtype)
        is_purged = request.parameters.get("force_purge") in {"true", "1"}
        told = []
        for key in [places["id"]] if "id" in places else _ids(request):
            row = self.items.found(itemtype, key)
            self.changes.remove(itemtype, row, is_purged=is_purged)
            told.append({key: True, "message": "Item successfully deleted"})
        return json_answer(told)

    def _added(self, itemtype: str, given: Mapping[str, Any], request: Request) -> dict[str, Any]:
        self._check(itemtype)
        renderer = self.renderer(request)
        if missing := self._refusals.missing(itemtype, given, is_new=True):
            told = f"Mandatory fields are not filled. Please correct: {missing}"
            return {"id": False, "message": told}
        row = _values(itemtype, given, renderer)
        columns, now = ITEMTYPES[itemtype].columns, self.database.desk.now_s()
        for column in ("date", "date_creation", "date_mod"):
            if column in columns:
                row.setdefault(column, now)
        for column, form in columns.items():
            if form == INT and column != "id":
                row.setdefault(column, 1 if itemtype in ITIL and column == "status" else 0)
        with self.database.desk.lock:
            pair = _PAIRS.get(itemtype, ())
            if pair and self._is_there(itemtype, row, pair):
                return {"id": False, "message": "Item already linked"}
            made = self.changes.link(itemtype, row)
            key = made["id"]
            if itemtype in ITIL:
                self.database.put("Log", log_row(itemtype, key, now, self.changes.user, 0,
                                                 linked_action=CREATED))  # fmt: skip
                self._assign(itemtype, key, given)
            if itemtype == "ITILSolution":
                owner = self.database.table(row["itemtype"]).rows.get(row["items_id"])
                if owner is not None:
                    solved = {"status": _SOLVED, "solvedate": now}
                    self.changes.change(row["itemtype"], owner, solved)
        name = row.get("name", "")
        return {"id": key, "message": f"Item successfully added: {name} ({key})" if name else ""}

    def _assign(self, itemtype: str, key: int, given: Mapping[str, Any]) -> None:
        """The actors that are named with a new item."""
        of = key_to(itemtype)
        groups = {"Ticket": "Group_Ticket", "Problem": "Group_Problem", "Change": "Change_Group"}
        if given.get("_groups_id_assign"):
            self.changes.link(groups[itemtype], {of: key, "type": ASSIGNED,
                                         "groups_id": int(given["_groups_id_assign"])})  # fmt: skip

    def _is_there(self, itemtype: str, row: Row, pair: tuple[str, ...]) -> bool:
        return any(all(one.get(column) == row.get(column) for column in pair)
                   for one in self.database.table(itemtype).rows.values())  # fmt: skip

    def _changed(
        self, itemtype: str, key: int, given: Mapping[str, Any], renderer: Renderer
    ) -> None:
        self._check(itemtype)
        with self.database.desk.lock:
            row = self.database.table(itemtype).rows.get(key)
            if row is None or self.items.hides(itemtype, row):
                raise no_item()
            values = self._allowed(itemtype, _values(itemtype, given, renderer))
            if itemtype in ITIL and values.get("status") in {_SOLVED, _CLOSED}:
                stamp = "solvedate" if values["status"] == _SOLVED else "closedate"
                values.setdefault(stamp, self.database.desk.now_s())
            self.changes.change(itemtype, row, values)

    def _check(self, itemtype: str) -> None:
        if self._refusals.is_denied(itemtype):
            raise no_right()

    @property
    def _refusals(self) -> Refusals:
        return Refusals(self.database.desk.chances)

    def _allowed(self, itemtype: str, values: Row) -> Row:
        """What is kept of values: some fields, and states, may be dropped without a word."""
        refusals = self._refusals
        dropped = set(refusals.ignored(itemtype))
        if refusals.ignores_moves(itemtype):
            dropped |= {"status", "projectstates_id"}
        return {name: value for name, value in values.items() if name not in dropped}


def _input(request: Request) -> dict[str, Any] | list[dict[str, Any]]:
    try:
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise bad("JSON payload seems not valid", "ERROR_JSON_PAYLOAD_INVALID") from None
    found = given.get("input") if isinstance(given, dict) else None
    if isinstance(found, dict) or (isinstance(found, list) and found):
        return found
    raise bad("input parameter must be an array of objects", "ERROR_BAD_ARRAY")


def _values(itemtype: str, given: Mapping[str, Any], renderer: Renderer) -> Row:
    """The columns of an input; those that there are not are dropped without a word."""
    values: Row = {}
    for column, form in ITEMTYPES[itemtype].columns.items():
        if column in given and column != "id":
            value = given[column]
            if form == TIME:
                value = renderer.moment(value) if value else None
            elif form == INT:
                value = int(value or 0) if str(value or 0).lstrip("-").isdecimal() else 0
            values[column] = value
    return values


def _ids(request: Request) -> list[str]:
    """The ids of an input."""
    given = _input(request)
    return [str(one.get("id", "")) for one in (given if isinstance(given, list) else [given])]


def _bulk(told: Sequence[Any], word: str, done: Sequence[bool], status: int) -> Answer:
    """Several at once: all done, some, or none."""
    if all(done):
        return json_answer(told, status)
    code = f"ERROR_GLPI_PARTIAL_{word}" if any(done) else f"ERROR_GLPI_{word}"
    return json_answer([code, told], 207 if any(done) else 400)
