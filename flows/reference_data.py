"""What a workbook says, in the form of `csi.toml`, and the other way round.

It is kept in a file beside `csi.toml` that is read with it; `csi.toml` wins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise
from typing import Any

from flows.reference_data_sheets import COSTS, SHEETS, Place, Sheet
from itsm.errors import ConfigError

Row = Mapping[str, object]
"""What a row says, by column; None where a cell is empty."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a workbook says, in the form of `csi.toml`, and which row says it.

    Attributes:
        tables: as TOML would have them.
        rows: the sheet and row that a place is from.
    """

    tables: dict[str, Any]
    rows: Mapping[Place, tuple[str, int]] = field(default_factory=dict)


Numbered = Sequence[tuple[int, Row]]
"""Rows with their numbers in the sheet."""


def said_by(book: Mapping[str, Numbered]) -> Said:
    """What the rows of a workbook say together.

    Raises:
        ConfigError: two rows speak of the same thing, or a row of nothing that there is.
    """
    tables: dict[str, Any] = {}
    rows: dict[Place, tuple[str, int]] = {}
    for sheet in SHEETS:
        for n, row in book.get(sheet.name, ()):
            for place, value in _values(sheet, row, tables):
                if place in rows:
                    first = rows[place][1]
                    told = f"{sheet.name}, row {n}: row {first} says the same; keep one of them"
                    raise ConfigError(told)
                rows[place] = sheet.name, n
                _put(tables, place, value)
    return Said(tables, rows)


def _values(sheet: Sheet, row: Row, tables: Mapping[str, Any]) -> Iterator[tuple[Place, object]]:
    """What a row says, and where it belongs."""
    first, *rest = sheet.columns
    told = {column.name: row[column.name] for column in sheet.columns}
    known = {name: value for name, value in told.items() if value is not None}
    below = {column.name: known[column.name] for column in rest if column.name in known}
    named = tuple(str(known[first.name]) if part == "*" else part for part in sheet.place)
    if sheet.how == "tables":
        cost = below.pop("cost_per_year", None)
        if cost is not None:
            yield ("cost", "run_per_year", named[-1]), cost
        yield named, below
    elif sheet.how == "values":
        yield (*named, str(known[first.name])), below[rest[0].name]
    elif sheet.how == "one":
        yield named, {**known, "days": [d.strip() for d in str(known["days"]).split(",")]}
    elif sheet.how == "days":
        yield (*named, _length(tables, named)), known[first.name]
    elif sheet.how == "list":
        yield (*named, _length(tables, named)), known
    elif sheet.how == "lists":
        yield (*named, _length(tables, named)), below
    else:
        yield COSTS[str(known["name"])], known["value"]


def _length(tables: Mapping[str, Any], place: Place) -> int:
    held: Any = tables
    for part in place:
        held = held.get(part, {}) if isinstance(held, Mapping) else {}
    return len(held) if isinstance(held, list) else 0


def _put(tables: dict[str, Any], place: Place, value: object) -> None:
    """Put a value where it belongs, beside what is there."""
    held: Any = tables
    for part, after in pairwise(place):
        held = held.setdefault(part, [] if isinstance(after, int) else {})
    last = place[-1]
    if isinstance(last, int):
        held.append(value)
    elif isinstance(value, Mapping) and isinstance(held.get(last), dict):
        held[last].update(value)
    else:
        held[last] = dict(value) if isinstance(value, Mapping) else value


def cell_text(value: object) -> str:
    """A value as a person would write it into a cell."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={text}" for name, text in sorted(value.items()))
    if isinstance(value, time):
        return value.isoformat("minutes") if value.second == 0 else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
