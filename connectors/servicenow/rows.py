"""Rows of a known set of columns, read and written without a dictionary in between.

It takes half the time of dictionaries, and gives the same bytes. An answer that is not in the usual
form, a bare value or a link for example, is read as dictionaries.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from types import GenericAlias
from typing import Any

import msgspec
import orjson

from connectors.core.unread import Unread
from connectors.servicenow.api import Row, value_of

Formed = Row | msgspec.Struct
"""A row in a form; a dictionary where it could not be."""

Decode = Callable[[bytes], Any]
Cells = dict[str, tuple[str, str]]
"""Cells by column: the value, and what people see."""


class Slot(msgspec.Struct, frozen=True, gc=False):
    """A row that is not read yet: where it is, and what a walk goes by."""

    body: bytes
    place: int
    values: tuple[str, ...]


class Cell(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A cell: what people see, and the value. In the order of their names."""

    display_value: str
    value: str


class RowForm:
    """The form of rows with some columns."""

    def __init__(self, columns: Sequence[str]) -> None:
        names = sorted(set(columns))
        self._places = {name: f"c{place}" for place, name in enumerate(names)}
        cell = Cell | msgspec.UnsetType
        row = msgspec.defstruct(
            "Row",
            [(self._places[name], cell, msgspec.UNSET) for name in names],
            rename={place: name for name, place in self._places.items()},
            forbid_unknown_fields=True,
            gc=False,
        )
        # A list made of a type that is made here: no checker can follow that.
        answer: Any = msgspec.defstruct(
            "Answer", [("result", GenericAlias(list, (row,)))], forbid_unknown_fields=True
        )
        self._decode: Decode = msgspec.json.Decoder(answer).decode
        self._encode = msgspec.json.Encoder().encode

    def decode(self, body: bytes) -> object:
        """The JSON of an answer; its rows are in this form if they can be."""
        try:
            return {"result": self._decode(body).result}
        except msgspec.MsgspecError:
            return orjson.loads(body)

    def value(self, row: Formed, column: str) -> str:
        """The value of a cell; "" where it is empty or missing."""
        if isinstance(row, dict):
            return value_of(row, column)
        cell = getattr(row, self._places[column]) if column in self._places else None
        return cell.value if isinstance(cell, Cell) else ""

    def values(self, rows: Sequence[Formed], columns: Sequence[str]) -> list[tuple[str, ...]]:
        """The values of some cells of each row; "" for one that is empty or missing."""
        places = [self._places.get(column) for column in columns]
        if None not in places and len(places) > 1:
            try:
                return list(map(attrgetter(*(f"{place}.value" for place in places)), rows))
            except AttributeError:  # a cell is missing, or a row came in no form
                pass
        return [tuple([self.value(row, column) for column in columns]) for row in rows]

    def add(self, rows: Sequence[Formed], cells: Sequence[Cells]) -> None:
        """Put cells into rows, whose form has their names."""
        for row, some in zip(rows, cells, strict=True):
            for name, (value, label) in some.items():
                if isinstance(row, dict):
                    row[name] = {"value": value, "display_value": label}
                else:
                    setattr(row, self._places[name], Cell(label, value))

    def payload(self, row: Formed) -> bytes:
        """A row as canonical JSON: sorted by names."""
        if isinstance(row, dict):
            return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        return self._encode(row)


class _Value(msgspec.Struct, gc=False):
    """A cell of which only the value is read."""

    value: str


_LACKING = _Value("")


class Peek:
    """Finds the rows of an answer, and reads a few cells of each: a tenth of the work."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        places = {f"c{place}": name for place, name in enumerate(self.columns)}
        lacking = msgspec.field(default_factory=lambda: _LACKING)
        fields = [(place, _Value, lacking) for place in places]
        row = msgspec.defstruct("Row", fields, rename=places, gc=False)
        answer: Any = msgspec.defstruct(
            "Answer", [("result", GenericAlias(list, (row,)))], forbid_unknown_fields=True
        )
        self._decode: Decode = msgspec.json.Decoder(answer).decode
        self._values = attrgetter(*(f"{place}.value" for place in places))

    def decode(self, body: bytes) -> object:
        """As `RowForm.decode`, with a slot in the place of each row."""
        try:
            return {"result": self._slots(body, map(self._values, self._decode(body).result))}
        except msgspec.MsgspecError:
            value = orjson.loads(body)
        rows = value.get("result") if isinstance(value, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return value
        cells = (tuple([value_of(row, name) for name in self.columns]) for row in rows)
        return {**value, "result": self._slots(body, cells)}

    def _slots(self, body: bytes, cells: Iterable[tuple[str, ...]]) -> list[Slot]:
        return [Slot(body, place, values) for place, values in enumerate(cells)]


def unread(slots: Sequence[Slot], added: Callable[[int, int], bytes]) -> tuple[Unread, ...]:
    """The answers that hold some rows, in their order; `added` tells what is, from a row to one."""
    found, start = [], 0
    for _, group in groupby(slots, key=lambda slot: id(slot.body)):
        some = list(group)
        places, end = tuple([slot.place for slot in some]), start + len(some)
        found.append(Unread(some[0].body, places, added=added(start, end)))
        start = end
    return tuple(found)
