"""Columns out of an API's rows: each cell a value and the label people see.

A row is JSON, {"column": {"value": "...", "display_value": "..."}}. Only the sides of the columns
that somebody asks for are read, straight from the bytes: rows as dictionaries would take four times
as long.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

import msgspec
import orjson

from connectors.core.mapping.preset import Side
from itsm.errors import MappingError
from itsm.records import RawRecord

Texts = Sequence[str]
"""The cells of a column; "" where one is empty or missing."""

Asked = tuple[str, Side]
"""A column, and which side of its cells."""

SIDES: Mapping[Side, str] = {Side.VALUE: "value", Side.LABEL: "display_value"}

_LACKS = msgspec.UNSET


class CellReader:
    """Reads the columns asked for out of rows."""

    def __init__(self, asked: Iterable[Asked]) -> None:
        self._asked = tuple(sorted(set(asked)))
        self.names = frozenset(name for name, _ in self._asked)
        names = sorted(self.names)
        places = {name: f"c{place}" for place, name in enumerate(names)}
        cells = {name: _cell(side for n, side in self._asked if n == name) for name in names}
        row = msgspec.defstruct(
            "Row",
            [(places[name], cells[name], _blank(cells[name])) for name in names],
            rename={places[name]: name for name in names},
            gc=False,
        )
        self._decode = msgspec.json.Decoder(row).decode
        paths = [f"{places[name]}.{SIDES[side]}" for name, side in self._asked]
        self._cells = attrgetter(*paths, paths[0])

    def columns(self, raw: Sequence[RawRecord]) -> dict[Asked, Texts]:
        """The cells of every row, column by column."""
        columns = self._of_read([record.row for record in raw])
        return self._of_payloads([record.payload for record in raw]) if columns is None else columns

    def _of_read(self, read: Sequence[object]) -> dict[Asked, Texts] | None:
        """The cells of rows that are structures already; None if those do not tell all alike."""
        forms = set(map(type, read))
        form = forms.pop() if len(forms) == 1 else None
        if form is None or not issubclass(form, msgspec.Struct):
            return None
        places = dict(zip(form.__struct_encode_fields__, form.__struct_fields__, strict=True))
        if not self.names <= places.keys():
            return None
        lacking = {name for name in self.names if getattr(read[0], places[name]) is _LACKS}
        given = [asked for asked in self._asked if asked[0] not in lacking]
        paths = [f"{places[name]}.{SIDES[side]}" for name, side in given]
        if not given or not _all_lack([places[name] for name in lacking], read):
            return None
        try:
            rows = list(map(attrgetter(*paths, paths[0]), read))
        except AttributeError:  # this row lacks a cell that the first one has
            return None
        columns: dict[Asked, Texts] = dict.fromkeys(self._asked, [""] * len(read))
        columns.update(zip(given, zip(*rows, strict=True), strict=False))
        return columns

    def _of_payloads(self, payloads: Sequence[bytes]) -> dict[Asked, Texts]:
        try:
            rows = [self._cells(row) for row in map(self._decode, payloads)]
        except msgspec.ValidationError:
            rows = [self._oddly(orjson.loads(payload)) for payload in payloads]
        return dict(zip(self._asked, zip(*rows, strict=True), strict=False))

    def _oddly(self, row: Mapping[str, object]) -> tuple[str, ...]:
        """The cells of a row of which some are not as they should be."""
        return tuple(_text(row.get(name), SIDES[side]) for name, side in self._asked)


class Batch:
    """Rows as columns, and what was found wrong with some of them.

    Attributes:
        keys: the raw keys of the rows.
        names: the numbers of their records, for messages.
        problems: what is wrong, by the row's place.
        unmapped: the codes without a meaning: row, field, code.
        no_records: the rows that say nothing a record is made of.
    """

    def __init__(self, columns: Mapping[Asked, Texts], keys: Sequence[str]) -> None:
        self.keys = keys
        self.names: Sequence[str] = keys
        self.problems: dict[int, MappingError] = {}
        self.unmapped: list[tuple[int, str, str]] = []
        self.no_records: set[int] = set()
        self._columns = columns

    def __len__(self) -> int:
        return len(self.keys)

    def column(self, name: str, side: Side) -> Texts:
        """One side of a column's cells."""
        return self._columns[(name, side)]

    def first_of(self, names: Sequence[str], side: Side) -> Texts:
        """For each row the first cell of some columns that holds something."""
        found = self.column(names[0], side)
        for name in names[1:]:
            if "" in found:
                cells = self.column(name, side)
                found = [first or second for first, second in zip(found, cells, strict=True)]
        return found

    def set_aside(self, row: int, field: str, problem: str, remedy: str) -> None:
        """Notes what is wrong with a row; the first thing found stays."""
        if row not in self.problems:
            self.problems[row] = MappingError(self.names[row], field, problem, remedy)


def _all_lack(places: Sequence[str], rows: Sequence[object]) -> bool:
    """Whether no row has a cell in any of some places."""
    if not places:
        return True
    cells = map(attrgetter(*places, places[0]), rows)
    return list(cells) == [(_LACKS,) * (len(places) + 1)] * len(rows)


def _cell(sides: Iterable[Side]) -> type[msgspec.Struct]:
    """The type of a cell of which these sides are read."""
    return msgspec.defstruct(
        "Cell", [(SIDES[side], str, "") for side in sorted(sides)], gc=False, frozen=True
    )


def _blank(cell: type[msgspec.Struct]) -> object:
    """What stands for a cell that a row does not have."""
    blank = cell()
    return msgspec.field(default_factory=lambda: blank)


def _text(cell: object, side: str) -> str:
    """A cell that is missing, bare, or no text."""
    if isinstance(cell, Mapping):
        cell = cell[side] if side in cell else next(iter(cell.values()), "")
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell)
