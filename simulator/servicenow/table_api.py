"""The Table API: lists, single records, and writing them."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from simulator.faults import FaultName
from simulator.servicenow.answers import (
    denied_reading,
    failure,
    no_record,
    no_resource,
    not_let,
    page_links,
)
from simulator.servicenow.instance import Instance
from simulator.servicenow.query import Condition
from simulator.servicenow.reading import Asked, Found, asked, find
from simulator.servicenow.tables import TABLES, Table
from simulator.servicenow.writing import Change, Writer
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

Places = Mapping[str, str]


@dataclass(slots=True)
class TableApi:
    """Handlers of `/api/now/table`."""

    instance: Instance
    login: str

    def list(self, request: Request, places: Places) -> Answer:
        """`GET {table}`: a page of records."""
        refused = self.refused(request, places)
        if refused is not None:
            return refused
        wanted = self._asked(request, places["table"])
        found = self._found(wanted)
        if not found.records and "/v1/" in request.path and not wanted.offset:
            return no_record()
        headers = [] if found.total is None else [("X-Total-Count", str(found.total))]
        if found.total is not None and not _says(request, "sysparm_suppress_pagination_header"):
            base = self._link_base(request)
            links = page_links(request, base, wanted.limit, wanted.offset, found.total)
            headers.append(("Link", links))
        return json_answer({"result": found.records}, 200, *headers)

    def get(self, request: Request, places: Places) -> Answer:
        """`GET {table}/{sys_id}`."""
        refused = self.refused(request, places)
        if refused is not None:
            return refused
        return self._one(request, places["table"], places["sys_id"])

    def create(self, request: Request, places: Places) -> Answer:
        """`POST {table}`."""
        refused = self.refused(request, places) or _unreadable(request)
        if refused is not None:
            return refused
        change = self._change(request, places["table"])
        refused = self._not_let(places["table"], change, is_new=True)
        if refused is not None:
            return refused
        key = self._writer().insert(change)
        location = f"{request.base}/api/now/table/{places['table']}/{key}"
        return self._written(request, places["table"], key, 201, ("Location", location))

    def update(self, request: Request, places: Places) -> Answer:
        """`PATCH` or `PUT {table}/{sys_id}`; both change only what is named."""
        refused = self.refused(request, places) or _unreadable(request)
        if refused is not None:
            return refused
        table, key = places["table"], places["sys_id"]
        if self._is_hidden(table, key):
            return no_record()
        change = self._change(request, table)
        refused = self._not_let(table, change, is_new=False)
        if refused is not None:
            return refused
        if not self._writer().update(change, key):
            return no_record()
        return self._written(request, table, key, 200)

    def delete(self, request: Request, places: Places) -> Answer:
        """`DELETE {table}/{sys_id}`; leaves a row in `sys_audit_delete`."""
        refused = self.refused(request, places)
        if refused is not None:
            return refused
        table, key = places["table"], places["sys_id"]
        if self._is_hidden(table, key) or not self._writer().delete(TABLES[table], key):
            return no_record()
        return Answer(204)

    def refused(self, request: Request, places: Places) -> Answer | None:
        """Why a request goes no further: unknown table, wrong header, denied."""
        name = places["table"]
        if name not in TABLES:
            return failure(400, f"Invalid table {name}", None)
        accepted = request.header("accept")
        if accepted and not any(kind in accepted for kind in ("*/*", "application/*", "json")):
            return failure(406, "Requested media types are not supported", None)
        denied = self.instance.chances.faults.of(FaultName.DENIED)
        if any(name in fault.tables for fault in denied):
            return denied_reading()
        return None if request.path.startswith("/api/now/") else no_resource(request)

    def _asked(self, request: Request, table: str) -> Asked:
        faults = self.instance.chances.faults
        strict = faults.first(FaultName.INVALID_CLAUSE_NO_ROWS) is not None
        return asked(TABLES[table], request.parameters, request.base, strict=strict)

    def _found(self, wanted: Asked) -> Found:
        chances = self.instance.chances
        hidden = chances.hidden(wanted.table.name) if chances.hides_rows else None
        return find(self.instance, wanted, hidden)

    def _one(self, request: Request, table: str, key: str) -> Answer:
        wanted = self._asked(request, table)
        by_key = Asked(
            wanted.table,
            Condition("sys_id = ?", (key,)),
            columns=wanted.columns,
            show=wanted.show,
            base=wanted.base,
            counts=False,
        )
        found = self._found(by_key)
        return json_answer({"result": found.records[0]}) if found.records else no_record()

    def _is_hidden(self, table: str, key: str) -> bool:
        chances = self.instance.chances
        return chances.hides_rows and chances.hidden(table)(key)

    def _not_let(self, table: str, change: Change, *, is_new: bool) -> Answer | None:
        """Why a write is refused: by an access rule, or by a data policy."""
        refusals = Refusals(self.instance.chances)
        if refusals.is_denied(table):
            return not_let("ACL Exception Update Failed due to security constraints")
        missing = refusals.missing(table, change.values, is_new=is_new)
        return not_let(f"Data Policy Exception: {missing} is mandatory") if missing else None

    def _change(self, request: Request, table: str) -> Change:
        refusals = Refusals(self.instance.chances)
        gone = refusals.ignored(table) | ({"state"} if refusals.ignores_moves(table) else set())
        given = orjson.loads(request.body)
        values = {name: value for name, value in given.items() if name not in gone}
        labelled = _says(request, "sysparm_input_display_value")
        return Change(TABLES[table], values, is_labelled=labelled)

    def _writer(self) -> Writer:
        return Writer(self.instance, self.login)

    def _written(
        self, request: Request, table: str, key: str, status: int, *headers: tuple[str, str]
    ) -> Answer:
        if request.header("x-no-response-body") == "true":
            return Answer(status, b"", headers)
        shown = self._one(request, table, key)
        body = shown.body if shown.status == 200 else b'{"result":{}}'
        return Answer(status, body, headers)

    def _link_base(self, request: Request) -> str:
        elsewhere = self.instance.chances.faults.first(FaultName.INTERNAL_LINKS)
        return elsewhere.text if elsewhere is not None else request.base


def _says(request: Request, name: str) -> bool:
    return request.parameters.get(name) == "true"


def _unreadable(request: Request) -> Answer | None:
    """A body that is not a JSON object."""
    if "json" not in request.header("content-type"):
        return failure(415, "Unsupported media type", None)
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict):
        return None
    return failure(400, "Exception while reading request", "The payload is not valid JSON.")


def table_of(path: str) -> Table | None:
    """The table that a path of the Table API is about."""
    parts = path.split("/")
    name = parts[parts.index("table") + 1] if "table" in parts[:-1] else ""
    return TABLES.get(name)
