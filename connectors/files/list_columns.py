"""Columns and times of lists that are no records of ours: a vendor's cases, a log of steps."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from connectors.core.mapping.preset import folded
from connectors.core.mapping.times import DateOrder, read_time
from itsm.errors import ConfigError

Rows = Sequence[Mapping[str, str]]
Names = Mapping[str, Sequence[str]]


def list_columns(columns: Sequence[str], names: Names, pairs: Iterable[str]) -> dict[str, str]:
    """The column of each field: what a person says, then what the names of the columns suggest.

    Args:
        columns: of the list, in its order.
        names: field to the names its column goes by, the surest first.
        pairs: FIELD=COLUMN, as a person writes them; COLUMN may be left empty for "none".

    Returns:
        Field to column, in the order of `names`.

    Raises:
        ConfigError: a pair names no field or no column; names those there are.
    """
    given = dict(_pair(pair, columns, names) for pair in pairs)
    by_folded: dict[str, str] = {}
    for column in columns:
        if column not in given.values():
            by_folded.setdefault(folded(column), column)
    chosen: dict[str, str] = {}
    for field, known in names.items():
        found = given.get(field)
        if found is None:
            found = next((by_folded.pop(name) for name in known if name in by_folded), "")
        if found:
            chosen[field] = found
    return chosen


def _pair(pair: str, columns: Sequence[str], names: Names) -> tuple[str, str]:
    field, equals, column = pair.partition("=")
    field = field.strip().lower()
    if not equals or field not in names:
        raise ConfigError(f"--map {pair}: write FIELD=COLUMN with one of {', '.join(names)}")
    if column and column not in columns:
        raise ConfigError(
            f"--map {pair}: the file has no column {column!r}; its columns: {', '.join(columns)}"
        )
    return field, column


class ListTimes:
    """Reads the times of a list, with the order of day and month that its own dates tell."""

    def __init__(self, rows: Rows, columns: Iterable[str], zone: tzinfo) -> None:
        order = DateOrder()
        for column in columns:
            for row in rows:
                if cell := row.get(column, "").strip():
                    order.see(cell)
        self._day_first = order.day_first
        self._zone = zone

    def read(self, row: Mapping[str, str], column: str | None) -> datetime | None:
        """The time in a cell, in UTC; None where there is none or it cannot be read."""
        cell = row.get(column, "") if column is not None else ""
        return read_time(cell, self._zone, self._day_first) if cell.strip() else None
