"""Writing and reading many rows at once, by column rather than by row.

SQLAlchemy builds each statement once; the rows go to the driver as plain tuples, and many rows to
PostgreSQL by COPY. What that gains is in docs/store.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alike import write_alike
from store.copying import COPIED_BATCH, COPIED_FROM, Columns, copy_beside, copy_new
from store.statements import (
    BATCH,
    Conflict,
    holds_large_values,
    insert_copied,
    names_of,
    statement,
)
from store.values import from_driver, to_copy, to_driver

T = TypeVar("T")
Row = TypeVar("Row", bound=Sequence[Any])
Told = Callable[[Columns], Columns]
"""Columns of a batch as they are to be kept."""
CHUNK = 500
"""Rows per fetch when reading; more rows alive at once keep Python's garbage collector busy."""


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: Sequence[Sequence[object]],
    *,
    newer_by: str | None = None,
    keep: frozenset[str] = frozenset(),
    fill: frozenset[str] = frozenset(),
) -> int:
    """Insert rows, or update those whose key is there.

    Rows are written in the order of their keys, so that two writers cannot wait for each other in
    a ring; of several rows with one key the last of the newest is what stays.

    Args:
        connection: in a transaction.
        table: where to.
        rows: values in the order of the table's columns.
        newer_by: a time column; a row never replaces one with a later time. Where either has no
            time, it does.
        keep: columns an update leaves as they are.
        fill: columns an update leaves as they are where the new row has no value.

    Returns:
        How many rows were inserted or updated.
    """
    conflict = Conflict(table, newer_by, keep, fill)
    return _write(connection, conflict, in_order_of_keys(table, rows))


def upsert_objects(
    connection: Connection,
    table: sa.Table,
    objects: Iterable[object],
    told: Told,
    *,
    newer_by: str | None = None,
) -> int:
    """As `upsert`, of objects that have an attribute for each column; `told` makes what is kept."""
    rows = in_order_of_keys(table, map(attrgetter(*names_of(table)), objects))
    return _write(connection, Conflict(table, newer_by), rows, told)


def upsert_ready(
    connection: Connection,
    table: sa.Table,
    columns: Columns,
    alike: frozenset[str],
    *,
    newer_by: str | None = None,
    are_new: bool = False,
) -> int:
    """As `upsert`, of columns that `store.made_ready` has put in order for this database.

    Those that are `alike` have one value in all rows. Where they seem to be new, PostgreSQL is not
    asked for any of them before.
    """
    conflict = Conflict(table, newer_by)
    if connection.dialect.name == "postgresql":
        return _copy(connection, conflict, columns, are_new=are_new)
    return write_alike(connection, conflict, columns, alike)


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Sequence[object]]) -> int:
    """Insert the rows whose key is not there yet; returns how many."""
    return upsert(connection, table, rows, keep=frozenset(table.columns.keys()))


def insert_if_new(
    connection: Connection, table: sa.Table, columns: Sequence[Sequence[Any]]
) -> bool:
    """Insert rows, if not one of their keys is there; PostgreSQL only does if there are many.

    Args:
        connection: in a transaction.
        table: where to.
        columns: of the rows, in the order of the table.

    Returns:
        Whether that was done; if not, nothing was written.
    """
    n_rows = len(columns[0])
    if not n_rows:
        return True
    ordered = _columns_in_order(table, columns)
    if connection.dialect.name == "postgresql":
        if n_rows <= COPIED_FROM:
            return False
        return copy_new(connection, table, as_copied(table, ordered)) is not None
    with connection.begin_nested() as until_here:
        conflict = Conflict(table, keep=frozenset(table.columns.keys()))
        given = as_columns(table, ordered, connection.dialect.name)
        is_done = write_alike(connection, conflict, given, None) == n_rows
        if not is_done:
            until_here.rollback()
    return is_done


def read_columns(
    connection: Connection, columns: Sequence[sa.Column[object]], query: sa.Select[tuple[object]]
) -> dict[str, list[object]]:
    """Columns of all rows of a query, as lists of plain values by name.

    Args:
        connection: where from.
        columns: which columns; `query` says of which rows, and in what order.
        query: any selection over the columns' table.
    """
    bare = [sa.type_coerce(column, sa.types.NullType()) for column in columns]
    result = connection.execute(
        query.with_only_columns(*bare), execution_options={"stream_results": True}
    )
    lists: list[list[object]] = [[] for _ in columns]
    seen: list[dict[object, object]] = [{} for _ in columns]
    for rows in result.partitions(CHUNK):
        for column, values, shared, found in zip(
            columns, lists, seen, zip(*rows, strict=True), strict=True
        ):
            values.extend(from_driver(connection.dialect, column, found, shared))
    return dict(zip((column.name for column in columns), lists, strict=True))


def in_order_of_keys(table: sa.Table, rows: Iterable[Row]) -> list[Row]:
    """Rows sorted by one part of the key after the other, the last first: texts sort fastest so."""
    ordered = list(rows)
    places = [i for i, column in enumerate(table.columns) if column.primary_key]
    for place in reversed(places):
        ordered.sort(key=itemgetter(place))
    return ordered


def _columns_in_order(table: sa.Table, columns: Sequence[Sequence[Any]]) -> Columns:
    """Columns sorted as `in_order_of_keys`; a part of the key with one value takes no sorting."""
    order = list(range(len(columns[0])))
    pairs = zip(table.columns, columns, strict=True)
    in_key = [values for column, values in pairs if column.primary_key]
    for values in reversed(in_key):
        if values.count(values[0]) < len(values):
            order.sort(key=values.__getitem__)
    if len(order) < 2:
        return list(columns)
    ordered = itemgetter(*order)
    return [
        values if values.count(values[0]) == len(values) else ordered(values) for values in columns
    ]


def _write(
    connection: Connection,
    conflict: Conflict,
    ordered: Sequence[Sequence[object]],
    told: Told | None = None,
) -> int:
    """Write rows in their order; returns how many were inserted or updated."""
    is_copied = connection.dialect.name == "postgresql" and len(ordered) > COPIED_FROM
    written = 0
    for batch in batches(ordered, COPIED_BATCH if is_copied else BATCH):
        columns: Columns = list(zip(*batch, strict=True))
        columns = columns if told is None else told(columns)
        done = _copied(connection, conflict, columns) if is_copied else None
        if done is None:
            given = as_columns(conflict.table, columns, connection.dialect.name)
            done = _executed(connection, conflict, given)
        written += done
    return written


def as_columns(table: sa.Table, columns: Columns, dialect: str) -> list[Sequence[object]]:
    """Columns as the driver takes them with a statement."""
    pairs = zip(table.columns, columns, strict=True)
    return [to_driver(dialect, column, values) for column, values in pairs]


def as_copied(table: sa.Table, columns: Columns) -> list[Sequence[object]]:
    """Columns as COPY takes them."""
    return [to_copy(column, values) for column, values in zip(table.columns, columns, strict=True)]


def _executed(connection: Connection, conflict: Conflict, columns: Columns) -> int:
    """Write rows by statements that are given their values."""
    if connection.dialect.name == "sqlite":
        return write_alike(connection, conflict, columns, None)
    sql = statement(connection.dialect, conflict)
    return connection.exec_driver_sql(sql, list(zip(*columns, strict=True))).rowcount


def _copied(connection: Connection, conflict: Conflict, columns: Columns) -> int | None:
    """Copy rows; None: they had better be written by statements."""
    table = conflict.table
    if not holds_large_values(table):
        return _copy(connection, conflict, as_copied(table, columns))
    return copy_new(connection, table, as_copied(table, columns))  # or they are put away twice


def _copy(
    connection: Connection, conflict: Conflict, columns: Columns, *, are_new: bool = False
) -> int:
    """Copy rows into their table if they are new; else beside it, and insert them from there."""
    written = copy_new(connection, conflict.table, columns, are_new=are_new)
    if written is not None:
        return written
    written = 0
    for some in _without_repeats(conflict.table, columns):
        copy_beside(connection, conflict.table, some)
        result = connection.execute(
            insert_copied(conflict), execution_options={"preserve_rowcount": True}
        )
        written += result.rowcount
    return written


def _without_repeats(table: sa.Table, columns: Columns) -> Iterator[Columns]:
    """The rows in their order, cut where a key repeats: no statement may update a row twice."""
    in_key = [values for c, values in zip(table.columns, columns, strict=True) if c.primary_key]
    keys = list(zip(*in_key, strict=True))
    if len(set(keys)) == len(keys):
        yield columns
        return
    start, seen = 0, set[object]()
    for i, key in enumerate(keys):
        if key in seen:
            yield [values[start:i] for values in columns]
            start, seen = i, set()
        seen.add(key)
    yield [values[start:] for values in columns]
