"""Searches: filters on fields, order, pages; saved ones by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import orjson

from simulator.cherwell.answers import cell, failed, page, record
from simulator.cherwell.objects import TABLES, BusinessObject, object_of
from simulator.cherwell.system import MOST_ROWS, USUAL_ROWS, System
from simulator.cherwell.words import instant
from simulator.desk.desk import Desk
from simulator.desk.tables import Row, Table, Type
from simulator.faults import FaultName
from simulator.web import Answer, Request

Found = tuple[Table, Row]
Test = Callable[[Table, Row], bool]
SAVED: Mapping[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "all incidents": ("Incident", ()),
    "open problems": ("Problem", (("Status", "eq", "Investigation"),)),
}
"""Saved searches: their object and filters."""


@dataclass(slots=True)
class Filters:
    """What a search asks for: fields ANDed, conditions on one field ORed.

    Attributes:
        tests: by field.
        since: no row updated before this moment is found.
        until: no row updated from this moment on is found.
    """

    tests: dict[str, list[Test]] = field(default_factory=dict)
    since: int | None = None
    until: int | None = None

    def bound(self, operator: str, value: str, zone: ZoneInfo) -> None:
        """Take the one condition on the time of update as bounds; what is no date finds nothing."""
        at = instant(value, zone)
        if at is None:
            self.until = 0
            return
        self.since = {"gt": at + 1, "eq": at}.get(operator)
        self.until = {"lt": at, "eq": at + 1}.get(operator)

    def holds(self, table: Table, row: Row) -> bool:
        """Whether a row is found."""
        return all(any(test(table, row) for test in tests) for tests in self.tests.values())


@dataclass(slots=True)
class Searches:
    """Answers searches."""

    system: System

    def ad_hoc(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`POST /api/V1/getsearchresults`."""
        asked = folded(request.body)
        of = object_of(str(asked.get("busobid") or asked.get("association") or ""))
        if of is None:
            return failed(400, "GENERALFAILURE", "Value cannot be null. Parameter name: busObId")
        return self.answer(of, asked)

    def saved(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`GET …/getsearchresults/association/{id}/…/searchname/{name}`."""
        known = SAVED.get(unquote(places["name"]).lower())
        of = object_of(unquote(places["association"]))
        if known is None or of is None or of.name != known[0]:
            return failed(404, "SEARCHNOTFOUND", "Search not found", "NotFound")
        asked = {name.lower(): value for name, value in request.parameters.items()}
        filters = [
            {"fieldid": of.field_id(name), "operator": operator, "value": value}
            for name, operator, value in known[1]
        ]
        return self.answer(of, {**asked, "filters": filters, "includeallfields": True})

    def answer(self, of: BusinessObject, asked: Mapping[str, Any]) -> Answer:
        """A page of what is found."""
        if self._is_denied(of):
            return failed(403, "INSUFFICIENTRIGHTS", f"No rights to view {of.name}", "Forbidden")
        names = _fields(of, asked)
        if names is None:
            return failed(400, "FIELDNOTFOUND", "A field of the search does not exist")
        filters = self._filters(of, asked.get("filters") or ())
        if isinstance(filters, str):
            return failed(400, "GENERALFAILURE", filters)
        number = max(1, int(asked.get("pagenumber") or 1))
        size = min(int(asked.get("pagesize") or USUAL_ROWS), MOST_ROWS)
        zone = self.system.zone
        with self.system.desk.lock:
            found = self._ordered(of, asked.get("sorting") or (), self._rows(of, filters))
            some = found[(number - 1) * size : number * size]
            made = [record(of, table, row, names, zone) for table, row in some]
        return page(made, len(found), has_more=number * size < len(found))

    def _rows(self, of: BusinessObject, filters: Filters) -> Iterator[Found]:
        """What is found, by update; what this user may not see is not counted."""
        tables = TABLES[of.name]
        if tables[0].told is not None:
            desks = (self.system.desk, self.system.own)
            return merge(*(self._told(tables, desk, filters) for desk in desks), key=_place)
        return self._of_table(tables[0], filters)

    def _of_table(self, table: Table, filters: Filters) -> Iterator[Found]:
        is_hidden = self.system.chances.hidden(table.kind)
        hides = self.system.chances.hides_rows
        for row in table.rows(self.system.desk_of(table), filters.since, filters.until):
            if filters.holds(table, row) and not (hides and is_hidden(table.key(row.id))):
                yield table, row

    def _told(self, tables: Sequence[Table], desk: Desk, filters: Filters) -> Iterator[Found]:
        """The entries of a journal, whatever they hang on."""
        by_kind, wanted = {table.kind: table for table in tables}, tables[0].told
        for _, owner, told in desk.entries_since(filters.since or 0):
            if told is None or type(told) is not wanted or owner.kind not in by_kind:
                continue
            if filters.until is not None and told.at >= filters.until:
                return
            found = by_kind[owner.kind], Row(owner, told)
            if filters.holds(*found):
                yield found

    def _ordered(
        self, of: BusinessObject, sorting: Sequence[Mapping[str, Any]], found: Iterator[Found]
    ) -> list[Found]:
        rows = list(found)
        names = [of.field_named(str(folded_map(one).get("fieldid", ""))) for one in sorting]
        ways = {folded_map(one).get("sortdirection", 1) for one in sorting}
        if names in (["LastModDateTime"], ["LastModDateTime", "RecID"]) and ways == {1}:
            return rows
        for one in reversed([folded_map(one) for one in sorting]):
            name = of.field_named(str(one.get("fieldid", "")))
            is_falling = one.get("sortdirection", 1) != 1
            if name == "LastModDateTime":
                rows.sort(key=lambda it: it[1].updated, reverse=is_falling)
            elif name == "RecID":
                rows.sort(key=lambda it: it[0].key(it[1].id), reverse=is_falling)
            elif name is not None:
                column = name
                rows.sort(
                    key=lambda it: cell(it[0], it[1], column, self.system.zone), reverse=is_falling
                )
        return rows

    def _filters(self, of: BusinessObject, given: Sequence[Mapping[str, Any]]) -> Filters | str:
        filters = Filters()
        told: dict[str, list[tuple[str, str]]] = {}
        for one in map(folded_map, given):
            name = of.field_named(str(one.get("fieldid", "")))
            if name is None:
                return "A field of a filter does not exist"
            operator, value = str(one.get("operator", "")).lower(), str(one.get("value", ""))
            told.setdefault(name, []).append((operator, value))
        for name, conditions in told.items():
            if name == "LastModDateTime" and len(conditions) == 1:
                filters.bound(*conditions[0], self.system.zone)
                continue
            tests = [_test(name, *one, TABLES[of.name][0], self.system.zone) for one in conditions]
            if None in tests:
                return f"An operator is not supported for {name}, or a value is no date"
            filters.tests[name] = [test for test in tests if test is not None]
        return filters

    def _is_denied(self, of: BusinessObject) -> bool:
        faults = self.system.chances.faults.of(FaultName.DENIED)
        return any(fault.tables and fault.concerns(of.name) for fault in faults)


def folded(body: bytes) -> dict[str, Any]:
    """What was posted; names of properties are read whatever their case."""
    return folded_map(orjson.loads(body or b"{}"))


def folded_map(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same with names in small letters."""
    return {str(name).lower(): value for name, value in given.items()}


def _fields(of: BusinessObject, asked: Mapping[str, Any]) -> list[str] | None:
    columns = list(TABLES[of.name][0].columns)
    if asked.get("includeallfields"):
        return columns
    names = [of.field_named(str(one)) for one in asked.get("fields") or ()]
    return None if None in names else [name for name in names if name is not None]


def _place(found: Found) -> tuple[int, int]:
    return found[1].updated, found[1].id


def _test(name: str, operator: str, value: str, table: Table, zone: ZoneInfo) -> Test | None:
    form = table.columns[name].form
    if form.type is Type.TIME:
        at = instant(value, zone)
        if at is None or operator not in {"eq", "gt", "lt"}:
            return None
        return lambda of, row: _compared(operator, of.value(row, name), at)
    if form.type is Type.NUMBER and operator in {"gt", "lt"}:
        n = float(value)
        return lambda of, row: _compared(operator, of.value(row, name), n)
    wanted = value.lower()

    def shown(of: Table, row: Row) -> str:
        return cell(of, row, name, zone).lower()

    tests: Mapping[str, Test] = {
        "eq": lambda of, row: shown(of, row) == wanted,
        "gt": lambda of, row: shown(of, row) > wanted,
        "lt": lambda of, row: shown(of, row) < wanted,
        "contains": lambda of, row: wanted in shown(of, row),
        "startswith": lambda of, row: shown(of, row).startswith(wanted),
    }
    return tests.get(operator)


def _compared(operator: str, value: object, wanted: float) -> bool:
    if not isinstance(value, int | float | str) or value == "":
        return False
    n = float(value)
    return {"eq": n == wanted, "gt": n > wanted, "lt": n < wanted}[operator]
