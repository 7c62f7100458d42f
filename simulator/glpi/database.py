"""What a practice GLPI holds: rows by itemtype, and which of them hang on which."""

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.desk.desk import Desk
from simulator.glpi.schema import ITEMTYPES, key_to

Cell = Any
"""A plain value: a text, a number, or none; of search, several of them."""
Row = dict[str, Cell]
"""A row: plain values by column; times are seconds since 1970."""
Place = tuple[int, int]
"""Where a row stands: when it was changed, and its id."""


@dataclass(slots=True)
class Table:
    """Rows by id; `stamp` is the column with the time of change, "" where there is none."""

    name: str
    stamp: str = ""
    rows: dict[int, Row] = field(default_factory=dict)
    _order: list[Place] = field(default_factory=list)
    _places: dict[int, Place] = field(default_factory=dict)
    _last: int = 0

    def put(self, row: Row) -> Row:
        """Enter a row, or put a changed one in its new place; one without an id gets the next."""
        if "id" not in row:
            row["id"] = self._last + 1
        key = row["id"]
        self._last = max(self._last, key)
        self._forget(key)
        self.rows[key] = row
        self._places[key] = place = (int(row.get(self.stamp) or 0), key)
        bisect.insort(self._order, place)
        return row

    def drop(self, key: int) -> Row:
        """Take a row out."""
        self._forget(key)
        return self.rows.pop(key)

    def fill(self, rows: Iterable[Row]) -> None:
        """Enter many rows at once."""
        for row in rows:
            key = row.setdefault("id", self._last + 1)
            self._last = max(self._last, key)
            self.rows[key] = row
        self.sort()

    def sort(self) -> None:
        """Put all rows in their places."""
        self._places = {key: (int(row.get(self.stamp) or 0), key)
                        for key, row in self.rows.items()}  # fmt: skip
        self._order = sorted(self._places.values())

    def since(self, at: int = 0) -> Iterator[Row]:
        """The rows changed at a moment or later, in the order of change, then of id."""
        for _, key in self._order[bisect.bisect_left(self._order, (at, -1)) :]:
            yield self.rows[key]

    def _forget(self, key: int) -> None:
        place = self._places.pop(key, None)
        if place is not None:
            del self._order[bisect.bisect_left(self._order, place)]


_Owner = tuple[str, str, int]
"""Rows of a type that hang on an item: the type, the item's type, its id."""


@dataclass(slots=True)
class Database:
    """The tables of a GLPI, with the rows of an item at hand.

    Attributes:
        desk: its clock, its lock, and what goes wrong; the records are here.
    """

    desk: Desk
    tables: dict[str, Table] = field(init=False)
    _hanging: dict[_Owner, dict[int, Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = {name: Table(name, one.stamp) for name, one in ITEMTYPES.items()}

    def table(self, itemtype: str) -> Table:
        """The rows of an itemtype."""
        return self.tables[itemtype]

    def put(self, itemtype: str, row: Row) -> Row:
        """Enter or change a row."""
        with self.desk.lock:
            self.table(itemtype).put(row)
            for owner in _owners(itemtype, row):
                self._hanging.setdefault(owner, {})[row["id"]] = row
            return row

    def fill(self, itemtype: str, rows: Iterable[Row]) -> None:
        """Enter many rows at once."""
        made = list(rows)
        self.table(itemtype).fill(made)
        for row in made:
            for owner in _owners(itemtype, row):
                self._hanging.setdefault(owner, {})[row["id"]] = row

    def drop(self, itemtype: str, key: int) -> None:
        """Purge a row and what hangs on it; its history goes, too."""
        with self.desk.lock:
            row = self.table(itemtype).drop(key)
            for owner in _owners(itemtype, row):
                self._hanging.get(owner, {}).pop(key, None)
            for owner in [one for one in self._hanging if one[1:] == (itemtype, key)]:
                for hanging in list(self._hanging.pop(owner)):
                    if hanging in self.table(owner[0]).rows:
                        self.drop(owner[0], hanging)

    def linked(self, itemtype: str, to: str, key: int) -> list[Row]:
        """The rows of a type that hang on an item, by ascending id."""
        return [row for _, row in sorted(self._hanging.get((itemtype, to, key), {}).items())]


def _owners(itemtype: str, row: Row) -> list[_Owner]:
    """The items that a row hangs on."""
    if itemtype == "Ticket_Ticket":
        return [(itemtype, "Ticket", row[f"tickets_id_{end}"]) for end in (1, 2)]
    found = [
        (itemtype, name, row[key_to(name)])
        for name in ("Ticket", "Problem", "Change", "Project", "Contract")
        if key_to(name) in row and name != itemtype
    ]
    if row.get("itemtype") and "items_id" in row:
        found.append((itemtype, row["itemtype"], row["items_id"]))
    return found
