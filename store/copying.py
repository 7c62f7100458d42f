"""COPY on PostgreSQL, in its binary form: many rows at once, into a table or beside it."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.columns import Instant

Columns = Sequence[Sequence[Any]]
"""The values of some rows, column by column, in the order of the table's columns.

What is copied is as `store.values.to_copy` makes it.
"""

COPIED_FROM = 200
"""From so many rows on, PostgreSQL gets them by COPY."""
COPIED_BATCH = 5_000
"""Rows per COPY."""
_N_LOOKED_UP = 8

_TYPES: tuple[tuple[type[object], str], ...] = (
    (sa.Text, "text"),
    (sa.Boolean, "bool"),
    (sa.BigInteger, "int8"),
    (sa.Double, "float8"),
    (sa.Date, "date"),
    (Instant, "int8"),  # as `to_copy` makes them
    (sa.LargeBinary, "bytea"),
)


class _Copy(Protocol):
    """A COPY that is going on."""

    def write_row(self, row: Sequence[object], /) -> None:
        """Add a row."""
        ...


def copy_new(
    connection: Connection, table: sa.Table, columns: Columns, *, are_new: bool = False
) -> int | None:
    """Copy rows straight into a table if no key of theirs seems to be there.

    Nothing is compared and nothing is written twice, which takes a third of the server's time. A
    few keys are looked up first, unless all seem to be new for other reasons; should another one
    be there after all, or come twice, the copy is taken back.

    Returns:
        How many rows; None: nothing was written.
    """
    if not are_new and _any_is_there(connection, table, columns):
        return None
    try:
        with connection.begin_nested():
            _copy(connection, table, table.name, columns)
    except sa.exc.IntegrityError:
        return None
    return len(columns[0])


def copy_beside(connection: Connection, table: sa.Table, columns: Columns) -> None:
    """Copy rows into a table of this session, `beside`, which then holds nothing else."""
    name = beside(table)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} (LIKE {table.name}) ON COMMIT DELETE ROWS"
    )
    connection.exec_driver_sql(f"TRUNCATE {name}")
    _copy(connection, table, name, columns)


def beside(table: sa.Table) -> str:
    """The name of the table of this session that rows of a table are copied to."""
    return f"copied_{table.name}"


def _any_is_there(connection: Connection, table: sa.Table, columns: Columns) -> bool:
    """Whether one of a few keys out of all is there."""
    key = [(c, v) for c, v in zip(table.columns, columns, strict=True) if c.primary_key]
    n = len(columns[0])
    places = {i * (n - 1) // (_N_LOOKED_UP - 1) for i in range(_N_LOOKED_UP)}
    some = [tuple(values[place] for _, values in key) for place in sorted(places)]
    query = sa.select(sa.literal(1)).where(sa.tuple_(*(c for c, _ in key)).in_(some)).limit(1)
    return connection.execute(query).first() is not None


def _copy(connection: Connection, table: sa.Table, name: str, columns: Columns) -> None:
    """Copy rows; a column in which none has a value is left out, and none has one."""
    pairs = zip(table.columns, columns, strict=True)
    given = [(column, values) for column, values in pairs if values.count(None) < len(values)]
    names = ", ".join(f'"{column.name}"' for column, _ in given)
    types = [_type_of(column) for column, _ in given]
    driver: Any = connection.connection.driver_connection
    database = connection.dialect.loaded_dbapi
    statement = f"COPY {name} ({names}) FROM STDIN (FORMAT BINARY)"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            _write_rows(copy, zip(*(values for _, values in given), strict=True))
    except database.IntegrityError as error:
        raise sa.exc.IntegrityError("COPY", None, error, hide_parameters=True) from None
    except database.Error as error:
        raise sa.exc.DBAPIError("COPY", None, error, hide_parameters=True) from None


def _write_rows(copy: _Copy, rows: Iterable[tuple[Any, ...]]) -> None:
    write = copy.write_row
    for row in rows:
        write(row)


def _type_of(column: sa.Column[Any]) -> str:
    """PostgreSQL's word for the type in which a column is sent."""
    return next(word for type_, word in _TYPES if isinstance(column.type, type_))
