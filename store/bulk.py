"""Writing and reading many rows at once, by column rather than by row.

SQLAlchemy builds each statement once; the rows go to the driver as plain tuples, and many rows to
PostgreSQL by COPY. What that gains is in docs/store.md.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import Insert

from store.copying import COPIED_BATCH, COPIED_FROM, Columns, beside, copy_beside, copy_new
from store.values import all_storable, from_driver, to_driver

T = TypeVar("T")
BATCH = 1_000
"""Rows per statement when writing."""
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
    keys = [i for i, column in enumerate(table.columns) if column.primary_key]
    conflict = _Conflict(table, newer_by, keep, fill)
    return _write(connection, conflict, sorted(rows, key=itemgetter(*keys)), _transposed)


def upsert_objects(
    connection: Connection,
    table: sa.Table,
    objects: Iterable[object],
    *,
    newer_by: str | None = None,
) -> int:
    """As `upsert`, of objects that have an attribute for each column of the table."""
    getters = [attrgetter(column.name) for column in table.columns]
    key = attrgetter(*(column.name for column in table.primary_key.columns))
    return _write(
        connection,
        _Conflict(table, newer_by),
        sorted(objects, key=key),
        lambda some: [list(map(get, some)) for get in getters],
    )


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Sequence[object]]) -> int:
    """Insert the rows whose key is not there yet; returns how many."""
    return upsert(connection, table, rows, keep=frozenset(table.columns.keys()))


def among(
    connection: Connection, column: sa.Column[Any], texts: Iterable[str]
) -> sa.ColumnElement[bool]:
    """Whether a column has one of some texts, however many: they are one value of the query.

    They are rows to join with: PostgreSQL may compare each row with each text of `= ANY (texts)`.
    """
    kept = sorted(set(all_storable(list(texts))))
    if connection.dialect.name == "postgresql":
        each_text = sa.func.unnest(sa.literal(kept, postgresql.ARRAY(sa.Text())))
        return sa.and_(column.is_not(None), column.in_(sa.select(each_text.column_valued())))
    each = sa.func.json_each(json.dumps(kept)).table_valued("value")
    return column.in_(sa.select(each.c.value))


def looked_up(
    connection: Connection, query: sa.Select[Any], column: sa.Column[Any], texts: Iterable[str]
) -> sa.Select[Any]:
    """The rows of a query in which a column has one of some texts: a look at its index for each.

    PostgreSQL is not left to choose: before it has counted the rows of a table that is being
    filled, it may take it for empty, and compare each row with each text.
    """
    if connection.dialect.name != "postgresql":
        return query.where(among(connection, column, texts))
    kept = sorted(set(all_storable(list(texts))))
    each = sa.func.unnest(sa.literal(kept, postgresql.ARRAY(sa.Text()))).table_valued("text")
    of_one = query.where(column == each.c.text).offset(0).lateral()
    return sa.select(*of_one.c).select_from(each.join(of_one, sa.true()))


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


@dataclass(frozen=True, slots=True)
class _Conflict:
    """What to do with rows whose key is there, see `upsert`."""

    table: sa.Table
    newer_by: str | None = None
    keep: frozenset[str] = frozenset()
    fill: frozenset[str] = frozenset()


@cache
def _insert(dialect: str, conflict: _Conflict) -> Insert:
    """The statement that takes a row's values as parameters."""
    table = conflict.table
    parameters: dict[str, Any] = {name: sa.bindparam(name) for name in _names(table)}
    if dialect == "postgresql":
        return _resolved(postgresql.insert(table).values(parameters), conflict)
    return _resolved(sqlite.insert(table).values(parameters), conflict)


@cache
def _insert_copied(conflict: _Conflict) -> Insert:
    """The statement that takes the rows of the table PostgreSQL has them copied to."""
    names = _names(conflict.table)
    copied = sa.table(beside(conflict.table), *map(sa.column, names))
    insert = postgresql.insert(conflict.table).from_select(names, sa.select(*copied.columns))
    return _resolved(insert, conflict)


AnyInsert = TypeVar("AnyInsert", postgresql.Insert, sqlite.Insert)


def _resolved(insert: AnyInsert, conflict: _Conflict) -> AnyInsert:
    table, new = conflict.table, insert.excluded
    keys: list[str] = [column.name for column in table.primary_key.columns]
    changing = {
        name: sa.func.coalesce(new[name], table.c[name]) if name in conflict.fill else new[name]
        for name in _names(table)
        if name not in {*keys, *conflict.keep}
    }
    if not changing:
        return insert.on_conflict_do_nothing(index_elements=keys)
    where = None
    if conflict.newer_by is not None:
        old_time, new_time = table.c[conflict.newer_by], new[conflict.newer_by]
        where = sa.or_(old_time.is_(None), new_time.is_(None), old_time <= new_time)
    return insert.on_conflict_do_update(index_elements=keys, set_=changing, where=where)


def _names(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns]


def _transposed(rows: Sequence[Sequence[Any]]) -> Columns:
    return list(zip(*rows, strict=True))


def _write(
    connection: Connection,
    conflict: _Conflict,
    ordered: Sequence[T],
    columns_of: Callable[[Sequence[T]], Columns],
) -> int:
    """Write items in their order; returns how many were inserted or updated."""
    table, dialect = conflict.table, connection.dialect
    is_copied = dialect.name == "postgresql" and len(ordered) > COPIED_FROM
    written = 0
    for batch in batches(ordered, COPIED_BATCH if is_copied else BATCH):
        columns = [
            to_driver(dialect, column, values)
            for column, values in zip(table.columns, columns_of(batch), strict=True)
        ]
        written += (_copied if is_copied else _executed)(connection, conflict, columns)
    return written


def _executed(connection: Connection, conflict: _Conflict, columns: Columns) -> int:
    """Write rows by one statement that is given their values."""
    dialect = connection.dialect
    sql = str(_insert(dialect.name, conflict).compile(dialect=dialect))
    return connection.exec_driver_sql(sql, list(zip(*columns, strict=True))).rowcount


def _copied(connection: Connection, conflict: _Conflict, columns: Columns) -> int:
    """Copy rows into their table if they are new; else beside it, and insert them from there."""
    written = copy_new(connection, conflict.table, columns)
    if written is not None:
        return written
    if not _is_worth_copying(conflict.table):
        return _executed(connection, conflict, columns)
    written = 0
    for some in _without_repeats(conflict.table, columns):
        copy_beside(connection, conflict.table, some)
        result = connection.execute(
            _insert_copied(conflict), execution_options={"preserve_rowcount": True}
        )
        written += result.rowcount
    return written


@cache
def _is_worth_copying(table: sa.Table) -> bool:
    """Whether rows are small: large values would be put away twice."""
    return not any(isinstance(column.type, sa.LargeBinary) for column in table.columns)


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
