"""Rows of which many columns say the same in each, into SQLite: such a value is bound once.

Of a record's columns half have no value, and others one for all of a batch. To bind each of them
again for every row took a third of the time of writing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.copying import Columns
from store.statements import FEWEST, Conflict, names_of, sizes, statement

_DIFFERING: dict[str, frozenset[str]] = {}
"""By table, the columns that had more than one value in some batch, and are not shared any more:
each other choice of columns would be another statement to prepare and to keep."""
_BUILT: dict[tuple[Conflict, frozenset[str], int], str] = {}


def write_alike(
    connection: Connection, conflict: Conflict, columns: Columns, alike: frozenset[str] | None
) -> int:
    """Insert or update rows; returns how many.

    Args:
        connection: of a SQLite database, in a transaction.
        conflict: what to do with rows whose key is there.
        columns: as the driver takes them, in the order of their table.
        alike: the names of the columns that have one value in all rows; None: not known yet.
    """
    if len(columns[0]) < FEWEST:
        sql = statement(connection.dialect, conflict)
        return connection.exec_driver_sql(sql, list(zip(*columns, strict=True))).rowcount
    alike = _found(conflict.table, columns) if alike is None else alike
    by_name = dict(zip(names_of(conflict.table), columns, strict=True))
    shared = _shared(conflict.table, alike)
    once = [values[0] for name, values in by_name.items() if name in shared]
    differing = [values for name, values in by_name.items() if name not in shared]
    n_rows, written, start = len(columns[0]), 0, 0
    for size in sizes(conflict.table, len(differing)):
        sql = _statement(connection, conflict, shared, size)
        while start + size <= n_rows:
            some = _row_by_row([values[start : start + size] for values in differing])
            written += _in_one(connection, sql, (*once, *some))
            start += size
    if start == n_rows:
        return written
    sql = _statement(connection, conflict, shared, 1)
    rest = zip(*(values[start:] for values in differing), strict=True)
    return written + connection.exec_driver_sql(sql, [(*once, *row) for row in rest]).rowcount


def _row_by_row(columns: Sequence[Sequence[Any]]) -> list[Any]:
    """The values of columns in the order of rows; to make the rows would take twice as long."""
    values: list[Any] = [None] * (len(columns) * len(columns[0]))
    for place, column in enumerate(columns):
        values[place :: len(columns)] = column
    return values


def _in_one(connection: Connection, sql: str, values: tuple[Any, ...]) -> int:
    """Write rows by one statement, during which SQLite lets other threads work."""
    done = connection.exec_driver_sql(sql, values, execution_options={"preserve_rowcount": True})
    return done.rowcount


def _found(table: sa.Table, columns: Columns) -> frozenset[str]:
    """The columns that have one value in all rows."""
    pairs = zip(names_of(table), columns, strict=True)
    return frozenset(name for name, one in pairs if one.count(one[0]) == len(one))


def _shared(table: sa.Table, alike: frozenset[str]) -> frozenset[str]:
    """The columns that are bound once; never the last of the key, which tells rows apart."""
    names = frozenset(names_of(table))
    own = [column.name for column in table.primary_key.columns][-1]
    differing = _DIFFERING.get(table.name, frozenset()) | (names - alike) | {own}
    _DIFFERING[table.name] = differing
    return names - differing


def _statement(
    connection: Connection, conflict: Conflict, shared: frozenset[str], n_rows: int
) -> str:
    """The statement that takes the shared values, and then those of each row."""
    key = (conflict, shared, n_rows)
    if key not in _BUILT:
        names = names_of(conflict.table)
        places = {name: f"?{i}" for i, name in enumerate((n for n in names if n in shared), 1)}
        apart = [name for name in names if name not in shared]
        own = {name: f"?{i}" for i, name in enumerate(apart, len(shared) + 1)}
        first, later = _row(names, places | own), _row(names, places)
        usual = f"({', '.join('?' for _ in names)})"
        values = ", ".join([first, *[later] * (n_rows - 1)])
        _BUILT[key] = statement(connection.dialect, conflict).replace(usual, values, 1)
    return _BUILT[key]


def _row(names: Sequence[str], places: Mapping[str, str]) -> str:
    """The marks of a row; one without a place stands for the value after the last one before."""
    return f"({', '.join(places.get(name, '?') for name in names)})"
