"""Rows of searches and lists as cells: what each column of a preset holds, by value and name."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from connectors.core.mapping.raw import Cell, Cells, cell
from connectors.glpi.api import DATE_MOD, ID, GlpiApi, Row
from connectors.glpi.links import Links
from connectors.glpi.names import Names
from connectors.glpi.texts import html_of, text_of

LINKED = frozenset({"problem", "change", "parent", "duplicate_of"})
"""Columns that links of tickets hold."""
ITEMS = frozenset({"service", "item"})
"""Columns that linked items hold."""
_NUMBER = re.compile(r"(\d+)(?:/(\d+))?")
_SOLUTIONS = frozenset({"glpi_itilsolutions", "glpi_solutiontypes"})
_TIMES = frozenset({"datetime", "date"})
_ITEM_TABLES = {"Ticket": "glpi_items_tickets"}
ITEM_LINKS = {"Ticket": "Item_Ticket", "Problem": "Item_Problem", "Change": "Change_Item"}
"""The itemtype of the links between work and items."""

Reader = Callable[[Row], Cell | None]


@dataclass(slots=True)
class SearchForm:
    """Reads rows of searches for one kind.

    Attributes:
        columns: those of the preset.
        services: the itemtypes that count as services.
    """

    api: GlpiApi
    names: Names
    itemtype: str
    columns: Sequence[str]
    services: frozenset[str]
    numbers: dict[str, tuple[int, int]] = field(init=False)
    pairs: tuple[int, int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        options = self.api.options(self.itemtype)
        self.numbers = {}
        for column in self.columns:
            found = number_of(column, options)
            if found is not None:
                self.numbers[column] = found
        if ITEMS & set(self.columns):
            self.pairs = self._item_options(options)

    @property
    def asked(self) -> tuple[int, ...]:
        """The search options that are asked for."""
        more = self.pairs or ()
        return tuple(sorted({ID, DATE_MOD, *(one[0] for one in self.numbers.values()), *more}))

    def cells(self, rows: Sequence[Row], links: Links | None) -> list[Cells]:
        """The cells of each row."""
        self._latest(rows)
        people = {str(number): self._people(rows, number) for number in self._of_people()}
        readers = {column: self._reader(*place, people) for column, place in self.numbers.items()}
        items = self._items(rows)
        found = []
        for row in rows:
            key = str(row[str(ID)])
            made = {column: one for column, read in readers.items()
                    if (one := read(row)) is not None}  # fmt: skip
            made.update(items.get(key, {}))
            if links is not None:
                for word in LINKED & set(self.columns):
                    if other := links.of(word, key):
                        made[word] = cell(other)
            found.append(made)
        return found

    def _of_people(self) -> list[int]:
        options = self.api.options(self.itemtype)
        numbers = {number for number, _ in self.numbers.values()}
        return sorted(n for n in numbers if options[n].get("table") == "glpi_users")

    def _people(self, rows: Sequence[Row], number: int) -> Mapping[str, str]:
        ids = {key for row in rows for key in words_of(row.get(str(number)))}
        return self.names.of("User", [key for key in ids if key.isdecimal()])

    def _reader(self, number: int, level: int, people: Mapping[str, Mapping[str, str]]) -> Reader:
        name, option = str(number), self.api.options(self.itemtype)[number]
        if option.get("datatype") in _TIMES:
            return _time_reader(self.api, name)
        if name in people:
            return _people_reader(name, people[name])
        if str(option.get("field", "")).endswith("content"):
            return _text_reader(name, html_of)
        if level:
            return _level_reader(name, level)
        return _text_reader(name, text_of)

    def _latest(self, rows: Sequence[Row]) -> None:
        """Of several solutions the last one counts."""
        options = self.api.options(self.itemtype)
        for number, _ in self.numbers.values():
            if options[number].get("table") in _SOLUTIONS:
                for row in rows:
                    value = row.get(str(number))
                    if isinstance(value, list):
                        row[str(number)] = value[-1] if value else None

    def _item_options(self, options: Mapping[int, Mapping[str, Any]]) -> tuple[int, int] | None:
        """The numbers of id and type of linked items, where search shows both."""
        table = _ITEM_TABLES.get(self.itemtype)
        found = {
            one.get("field"): number
            for number, one in options.items()
            if one.get("table") == table and not one.get("nodisplay")
        }
        if "items_id" in found and "itemtype" in found:
            return found["items_id"], found["itemtype"]
        return None

    def _items(self, rows: Sequence[Row]) -> Mapping[str, Cells]:
        """The first service and the first other item of each row, by its id."""
        wanted = ITEMS & set(self.columns)
        if not wanted or not rows:
            return {}
        chosen = {str(row[str(ID)]): self._chosen(row) for row in rows}
        by_type: dict[str, set[str]] = {}
        for pairs in chosen.values():
            for itemtype, key in pairs.values():
                by_type.setdefault(itemtype, set()).add(key)
        called = {kind: self.names.of(kind, sorted(keys)) for kind, keys in sorted(by_type.items())}
        return {
            key: {word: cell(f"{itemtype}/{item}", called[itemtype].get(item, item))
                  for word, (itemtype, item) in pairs.items() if word in wanted}
            for key, pairs in chosen.items()
        }  # fmt: skip

    def _chosen(self, row: Row) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for itemtype, key in self._pairs_of(row):
            found.setdefault("service" if itemtype in self.services else "item", (itemtype, key))
        return found

    def _pairs_of(self, row: Row) -> Iterable[tuple[str, str]]:
        """Type and id of linked items; asked for one by one where search does not tell both."""
        if self.pairs is not None:
            ids, types = (words_of(row.get(str(number))) for number in self.pairs)
            if len(ids) == len(types):
                return list(zip(types, ids, strict=True))
        path = f"{self.itemtype}/{row[str(ID)]}/{ITEM_LINKS[self.itemtype]}"
        return [(str(one["itemtype"]), str(one["items_id"])) for one in self.api.below(path) or ()]


@dataclass(frozen=True, slots=True)
class ListForm:
    """Reads items of lists: columns of a table, with the names of what they refer to.

    Attributes:
        times: the columns that hold times.
        references: the itemtypes that columns name items of.
    """

    api: GlpiApi
    names: Names
    references: Mapping[str, str]

    def cells(self, rows: Sequence[Row]) -> list[Cells]:
        """The cells of each row."""
        called = {
            column: self.names.of(itemtype, {str(row[column]) for row in rows if row.get(column)})
            for column, itemtype in self.references.items()
            if rows and column in rows[0]
        }
        return [self._of(row, called) for row in rows]

    def _of(self, row: Row, called: Mapping[str, Mapping[str, str]]) -> Cells:
        made: Cells = {}
        for column, value in row.items():
            if value is None or isinstance(value, list | dict):
                continue
            if column in called:
                if value:
                    made[column] = cell(str(value), called[column].get(str(value), str(value)))
            elif _is_time(column):
                made[column] = cell(utc_of(self.api, value))
            elif column.endswith("content"):
                made[column] = cell("", html_of(value))
            elif value != "":
                made[column] = cell(text_of(value))
        return made


def number_of(column: str, options: Mapping[int, Mapping[str, Any]]) -> tuple[int, int] | None:
    """The search option that a column means, and the level of its path (0: the whole).

    A number, a table and field, or the name that people see; None if the server has no such option.
    """
    if found := _NUMBER.fullmatch(column):
        number = int(found[1])
        return (number, int(found[2] or 0)) if number in options else None
    table, _, name = column.rpartition(".")
    for number, one in sorted(options.items()):
        is_it = one.get("table") == table and one.get("field") == name
        if is_it or str(one.get("name", "")).casefold() == column.casefold():
            return number, 0
    return None


def words_of(value: object) -> list[str]:
    """What a cell of a search holds, one by one."""
    if value is None or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def utc_of(api: GlpiApi, value: object) -> str:
    """A time in UTC, as a mapping reads it best."""
    if api.times.is_exact or not isinstance(value, str):
        return "" if value is None else str(value)
    at = api.moment(value)
    return value if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _is_time(column: str) -> bool:
    return column.startswith("date") or column.endswith("date") or column in {"begin", "end"}


def _first(row: Row, name: str) -> str:
    value = row.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return "" if value is None else str(value)


def _time_reader(api: GlpiApi, name: str) -> Reader:
    def read(row: Row) -> Cell | None:
        told = _first(row, name)
        return cell(utc_of(api, told)) if told else None

    return read


def _people_reader(name: str, called: Mapping[str, str]) -> Reader:
    def read(row: Row) -> Cell | None:
        key = _first(row, name)
        return cell(key, called.get(key, key)) if key and key != "0" else None

    return read


def _text_reader(name: str, plain: Callable[[object], str]) -> Reader:
    def read(row: Row) -> Cell | None:
        text = plain(_first(row, name))
        return cell(text) if text else None

    return read


def _level_reader(name: str, level: int) -> Reader:
    def read(row: Row) -> Cell | None:
        parts = text_of(_first(row, name)).split(" > ")
        return cell(parts[level - 1]) if len(parts) >= level and parts[level - 1] else None

    return read
