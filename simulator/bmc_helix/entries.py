"""Reading forms: lists with qualification, fields, order, offset and limit; single entries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from simulator.bmc_helix.answers import entries, entry, failed, no_entry, no_form, unknown_field
from simulator.bmc_helix.forms import BY_NAME, INTERFACES, field_of
from simulator.bmc_helix.qualification import Asked, Reader
from simulator.bmc_helix.system import MOST_ENTRIES, System
from simulator.desk.tables import Row, Table
from simulator.faults import FaultName
from simulator.web import Answer, Request, json_answer

_VALUES = re.compile(r"values\((.*)\)", re.DOTALL)


@dataclass(slots=True)
class Reads:
    """Answers requests that read."""

    system: System

    def list(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`GET /arsys/v1/entry/{form}`."""
        table = table_of(places["form"])
        if table is None:
            return no_form(unquote(places["form"]))
        if self.is_denied(table):
            return failed(403, 353, "You have no access to form", table.name)
        names = asked_fields(table, request.parameters.get("fields"))
        if isinstance(names, str):
            return unknown_field(table, names)
        orders = _orders(table, request.parameters.get("sort", ""))
        if isinstance(orders, str):
            return unknown_field(table, orders)
        reader = Reader(table, self.system.desk.now_s(), self.system.login)
        try:
            asked = reader.read(request.parameters.get("q", ""))
        except ValueError as error:
            number, text, appended = error.args
            return failed(400, int(number), str(text), str(appended))
        return self._page(request, table, names, self._found(table, asked, orders))

    def one(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`GET /arsys/v1/entry/{form}/{id}`."""
        table = table_of(places["form"])
        if table is None:
            return no_form(unquote(places["form"]))
        names = asked_fields(table, request.parameters.get("fields"))
        if isinstance(names, str):
            return unknown_field(table, names)
        key = unquote(places["id"]).partition("|")[0]
        row = table.row(self.system.desk_of(table), key)
        if row is None or self.system.chances.hidden(table.kind)(key):
            return no_entry(table.name, key)
        return json_answer(entry(table, row, names, request.base))

    def is_denied(self, table: Table) -> bool:
        """Whether this user may not read a form at all."""
        faults = self.system.chances.faults.of(FaultName.DENIED)
        return any(fault.tables and fault.concerns(table.name) for fault in faults)

    def _found(
        self, table: Table, asked: Asked, orders: Sequence[tuple[str, bool]]
    ) -> Iterator[Row]:
        """Entries in the order asked for; what this user may not see is not counted off."""
        desk = self.system.desk_of(table)
        is_hidden = self.system.chances.hidden(table.kind) if table.told is None else _nothing
        if asked.keys is not None:
            known = (table.row(desk, key) for key in sorted(asked.keys))
            rows: Iterator[Row] = (row for row in known if row is not None)
        else:
            rows = table.rows(desk, asked.since, asked.until)
        seen = (row for row in rows if asked.test(row) and not is_hidden(table.key(row.id)))
        fields = [table.columns[name].field for name, _ in orders]
        if fields[:1] == ["@updated"] and not orders[0][1] and fields[1:] in ([], ["@id"]):
            return seen if asked.keys is None else iter(sorted(seen, key=_place))
        listed = sorted(seen, key=_place)
        for name, is_falling in reversed(orders):
            listed.sort(key=lambda row: str(table.value(row, name) or ""), reverse=is_falling)
        return iter(listed)

    def _page(
        self, request: Request, table: Table, names: Sequence[str], found: Iterator[Row]
    ) -> Answer:
        offset = _number(request.parameters.get("offset"), 0)
        limit = min(_number(request.parameters.get("limit"), MOST_ENTRIES), MOST_ENTRIES)
        with self.system.desk.lock:
            rows = list(islice(found, offset, offset + limit + 1))
            made = [entry(table, row, names, request.base) for row in rows[:limit]]
        following = self._next(request, offset + limit, limit) if len(rows) > limit else None
        return entries(made, f"{request.base}{request.target}", following)

    def _next(self, request: Request, offset: int, limit: int) -> str:
        parts = urlsplit(request.target)
        pairs = [one for one in parse_qsl(parts.query) if one[0] not in {"offset", "limit"}]
        query = urlencode([*pairs, ("offset", str(offset)), ("limit", str(limit))])
        return f"{request.base}{parts.path}?{query}"


def table_of(form: str) -> Table | None:
    """The form that a part of an address names; interfaces stand for what is behind them."""
    name = unquote(form)
    return BY_NAME.get(INTERFACES.get(name, name))


def asked_fields(table: Table, asked: str | None) -> Sequence[str] | str:
    """The fields that are asked for, all where none are; or the one that is not there."""
    match = _VALUES.search(asked or "")
    if match is None:
        return list(table.columns)
    names = [name.strip() for name in match[1].split(",") if name.strip()]
    for name in names:
        if field_of(table, name) is None:
            return name
    return [str(field_of(table, name)) for name in names]


def _orders(table: Table, text: str) -> Sequence[tuple[str, bool]] | str:
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, way = part.rpartition(".")
        known = field_of(table, name or part)
        if known is None:
            return name or part
        found.append((known, way.lower() == "desc"))
    return found


def _place(row: Row) -> tuple[int, int]:
    return row.updated, row.id


def _nothing(_key: str) -> bool:
    return False


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isdecimal() else usual
