"""The search engine of a practice GLPI: criteria by number, rows by number, pages by range."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.glpi.answers import asked_range, bad, ranged
from simulator.glpi.database import Cell, Database, Row
from simulator.glpi.items import Items, known, like
from simulator.glpi.options import OPTIONS, Option
from simulator.glpi.rendering import Renderer
from simulator.glpi.schema import ITIL
from simulator.web import Answer, Request, json_answer

Places = Mapping[str, str]
Test = Callable[[Row], bool]
_CRITERION = re.compile(r"criteria\[(\d+)\]\[(\w+)\]")
_DISPLAY = re.compile(r"forcedisplay\[\d+\]")
_SORT = re.compile(r"sort(?:\[(\d+)\])?")
_COMPARED = re.compile(r"\s*([<>]=?)\s*(.*)")
_SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_DATE = 19
_STATES = {"notold": {1, 2, 3, 4, 7, 8, 10}, "old": {5, 6}, "process": {2, 3}, "notclosed":
           {1, 2, 3, 4, 5, 7, 8, 10}}  # fmt: skip
SEARCH_LIMIT = 50


@dataclass(slots=True)
class Search:
    """Handlers of the search engine."""

    database: Database
    items: Items
    renderer: Callable[[Request], Renderer]

    def options(self, _request: Request, places: Places) -> Answer:
        """`GET /listSearchOptions/Ticket`."""
        found = OPTIONS.get(known(places["itemtype"]), {})
        told: dict[str, Any] = {"common": {"name": "Characteristics"}}
        return json_answer(told | {str(key): one.described for key, one in found.items()})

    def search(self, request: Request, places: Places) -> Answer:
        """`GET /search/Ticket`."""
        itemtype = known(places["itemtype"])
        self.items.check(itemtype)
        options = OPTIONS.get(itemtype, {})
        renderer = replace(self.renderer(request), sanitized=True)
        first, last, is_told = asked_range(request, SEARCH_LIMIT)
        criteria = _criteria(request, options)
        test = _Criteria(self.database, renderer, itemtype).test(criteria)
        is_trash = request.parameters.get("is_deleted") in {"1", "true"}
        with self.database.desk.lock:
            since = min((one.since(renderer) for one in criteria), default=0)
            found = [row for row in self._rows(itemtype, since)
                     if bool(row.get("is_deleted")) == is_trash and test(row)]  # fmt: skip
            sort, order = self._sorted(request, options, found)
            shown = [self._shown(renderer, row, _columns(request, criteria, options))
                     for row in found[first : last + 1]]  # fmt: skip
        total = len(found)
        if not total:
            return json_answer({"totalcount": 0, "count": 0, "sort": sort, "order": order,
                                "content-range": f"{first}--1/0"})  # fmt: skip
        end = min(last, total - 1)
        told = {"totalcount": total, "count": len(shown), "sort": sort, "order": order,
                "data": shown, "content-range": f"{first}-{end}/{total}"}  # fmt: skip
        return ranged(told, itemtype, first, last, total, is_told=is_told)

    def _rows(self, itemtype: str, since: int) -> Iterator[Row]:
        """The rows the user sees, from a moment of change on."""
        is_hidden = self.database.desk.chances.hidden(itemtype) if itemtype in ITIL else None
        for row in self.database.table(itemtype).since(since):
            if is_hidden is None or not is_hidden(str(row["id"])):
                yield row

    def _sorted(
        self, request: Request, options: Mapping[int, Option], found: list[Row]
    ) -> tuple[list[str], list[str]]:
        """Sort rows, and tell by what; the last column first, as sorting keeps what was equal."""
        told = request.parameters
        places = sorted((int(one[1] or 0), name) for name in told
                        if (one := _SORT.fullmatch(name)))  # fmt: skip
        sort = [told[name] for _, name in places] or ["1"]
        order = [told.get(name.replace("sort", "order"), "ASC").upper() for _, name in places]
        for number, direction in reversed(list(zip(sort, order or ["ASC"], strict=True))):
            option = options.get(int(number) if number.isdecimal() else 0)
            if option is None:
                raise bad("sort param is not a valid search option")
            found.sort(key=lambda row, o=option: _ordered(o.value(self.database, row)),  # type: ignore[misc]  # a default binds the option
                       reverse=direction == "DESC")  # fmt: skip
        return sort, order or ["ASC"]

    def _shown(self, renderer: Renderer, row: Row, columns: Mapping[str, Option]) -> dict[str, Any]:
        shown = {}
        for name, option in columns.items():
            value = option.value(self.database, row)
            if isinstance(value, list):
                shown[name] = [renderer.of(one, option.datatype) for one in value]
            else:
                shown[name] = renderer.of(value, option.datatype)
        return shown


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition."""

    link: str
    option: Option
    kind: str
    value: str

    def since(self, renderer: Renderer) -> int:
        """The moment of change before which no row can meet it; 0 if it does not say."""
        if self.option.number != _DATE or self.kind != "morethan" or self.link != "AND":
            return 0
        return renderer.moment(self.value) or 0


@dataclass(frozen=True, slots=True)
class _Criteria:
    """Makes tests of criteria."""

    database: Database
    renderer: Renderer
    itemtype: str

    def test(self, criteria: list[Criterion]) -> Test:
        """Whether a row meets all criteria, linked from left to right."""
        tests = [(one.link, self._one(one)) for one in criteria]

        def met(row: Row) -> bool:
            result = True
            for place, (link, test) in enumerate(tests):
                is_met = test(row) != link.endswith("NOT")
                is_or = link.startswith("OR") and place > 0
                result = (result or is_met) if is_or else (result and is_met)
            return result

        return met

    def _one(self, one: Criterion) -> Test:
        value, database = one.option.value, self.database
        if one.option.datatype == "datetime":
            return self._time(one)
        if one.kind in {"equals", "notequals"}:
            return self._equal(one)
        if one.kind in {"lessthan", "morethan"} and one.value.lstrip("-").isdecimal():
            than = operator.lt if one.kind == "lessthan" else operator.gt
            return lambda row: than(value(database, row) or 0, int(one.value))
        if one.kind == "empty":
            return lambda row: value(database, row) in {None, ""}
        compared = _COMPARED.fullmatch(one.value)
        is_number = one.option.datatype in {"number", "integer"} and one.value.isdecimal()
        if is_number or (compared and compared[2].isdecimal()):
            sign = operator.eq if compared is None else _SIGNS[compared[1]]
            n = int(one.value if compared is None else compared[2])
            return lambda row: bool(sign(value(database, row) or 0, n))
        is_contained = one.kind != "notcontains"
        return lambda row: any(like(one.value, word) for word in
                               _words(value(database, row)) or [""]) == is_contained  # fmt: skip

    def _equal(self, one: Criterion) -> Test:
        """A condition on a value; a status may be one of several that have a name."""
        value, database, is_equal = one.option.value, self.database, one.kind == "equals"
        states = _STATES.get(one.value) if one.option.field == "status" else None
        if states is not None:
            return lambda row: (value(database, row) in states) == is_equal
        return lambda row: (one.value in _words(value(database, row))) == is_equal

    def _time(self, one: Criterion) -> Test:
        """A condition on a time; one that cannot be read is dropped without a word."""
        value, database = one.option.value, self.database
        kind, told = one.kind, one.value
        compared = _COMPARED.fullmatch(told)
        if kind == "contains" and compared is not None:
            at = self.renderer.moment(compared[2])
            sign = _SIGNS[compared[1]]
        else:
            at = self.renderer.moment(told)
            sign = {"morethan": operator.gt, "lessthan": operator.lt}.get(kind, operator.eq)
        if kind == "contains" and compared is None:
            return lambda row: like(told, self.renderer.time(value(database, row)))
        if at is None:
            return lambda _: True

        def met(row: Row) -> bool:
            there = value(database, row)
            return there is not None and bool(sign(there, at))

        return met


def _criteria(request: Request, options: Mapping[int, Option]) -> list[Criterion]:
    given: dict[int, dict[str, str]] = {}
    for name, value in request.parameters.items():
        if found := _CRITERION.fullmatch(name):
            given.setdefault(int(found[1]), {})[found[2]] = value
    criteria = []
    for _, one in sorted(given.items()):
        if not {"field", "searchtype", "value"} <= one.keys():
            raise bad("Malformed search criteria")
        option = options.get(int(one["field"])) if one["field"].isdecimal() else None
        if option is None:
            raise bad("Bad field ID in search criteria")
        if option.nosearch:
            raise bad("Forbidden field ID in search criteria")
        link = one.get("link", "AND").upper()
        criteria.append(Criterion(link, option, one["searchtype"], one["value"]))
    return criteria


def _columns(
    request: Request, criteria: list[Criterion], options: Mapping[int, Option]
) -> Mapping[str, Option]:
    """The columns of the answer: name and entity always, then what was asked for and searched."""
    told = request.parameters
    wanted = [int(value) for name, value in told.items()
              if _DISPLAY.fullmatch(name) and value.isdecimal()]  # fmt: skip
    numbers = dict.fromkeys([1, 80, *wanted, *(one.option.number for one in criteria)])
    found = [options[number] for number in numbers if number in options]
    return {one.uid if "uid_cols" in told else str(one.number): one for one in found}


def _words(value: Cell) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _ordered(value: Cell) -> tuple[bool, Any]:
    """Nulls first, and lists by what is in front."""
    if isinstance(value, list):
        value = value[0]
    return value is not None, value
