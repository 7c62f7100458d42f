"""Writing and reading many rows at once, by column rather than by row.

SQLAlchemy builds each statement once; the rows go to the driver as plain tuples. That writes about
twice as many rows a second as handing it dictionaries, see docs/store.md.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.dml import Insert

from store.columns import EPOCH, MICROSECOND, Instant, aware, microseconds

T = TypeVar("T")

BATCH = 1_000
"""Rows per statement when writing."""
CHUNK = 500
"""Rows per fetch when reading; more rows alive at once keep Python's garbage collector busy."""
MAX_SHARED = 10_000
"""Up to so many different texts of a column are kept once each when reading, to save memory."""


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
    statement = _upsert_statement(connection.dialect.name, table, newer_by, keep, fill)
    sql = str(statement.compile(dialect=connection.dialect))
    keys = [i for i, column in enumerate(table.columns) if column.primary_key]
    ordered = sorted(rows, key=itemgetter(*keys))
    written = 0
    for batch in batches(ordered, BATCH):
        bound = _bound(connection.dialect, table, batch)
        written += connection.exec_driver_sql(sql, bound).rowcount
    return written


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Sequence[object]]) -> int:
    """Insert the rows whose key is not there yet; returns how many."""
    return upsert(connection, table, rows, keep=frozenset(table.columns.keys()))


def among(
    connection: Connection, column: sa.Column[Any], texts: Iterable[str]
) -> sa.ColumnElement[bool]:
    """Whether a column has one of some texts, however many: they are one value of the query."""
    kept = sorted(set(map(storable, texts)))
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(kept, postgresql.ARRAY(sa.Text())))
    each = sa.func.json_each(json.dumps(kept)).table_valued("value")
    return column.in_(sa.select(each.c.value))


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
            values.extend(_plain(connection.dialect, column, found, shared))
    return dict(zip((column.name for column in columns), lists, strict=True))


def storable(text: str) -> str:
    """A text as both databases can keep it: without NUL and lone surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


@cache
def _upsert_statement(
    dialect: str,
    table: sa.Table,
    newer_by: str | None,
    keep: frozenset[str],
    fill: frozenset[str],
) -> Insert:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    names = table.columns.keys()
    insert = make(table).values({name: sa.bindparam(name) for name in names})
    keys = [column.name for column in table.primary_key.columns]
    changing = {
        name: sa.func.coalesce(insert.excluded[name], table.c[name])
        if name in fill
        else insert.excluded[name]
        for name in names
        if name not in {*keys, *keep}
    }
    if not changing:
        return insert.on_conflict_do_nothing(index_elements=keys)
    where = None
    if newer_by is not None:
        old, new = table.c[newer_by], insert.excluded[newer_by]
        where = sa.or_(old.is_(None), new.is_(None), old <= new)
    return insert.on_conflict_do_update(index_elements=keys, set_=changing, where=where)


def _bound(
    dialect: Dialect, table: sa.Table, rows: Sequence[Sequence[object]]
) -> list[tuple[object, ...]]:
    """Rows as the driver takes them."""
    columns = zip(*rows, strict=True)
    return list(
        zip(
            *(
                _driver_values(dialect, column, values)
                for column, values in zip(table.columns, columns, strict=True)
            ),
            strict=True,
        )
    )


def _driver_values(
    dialect: Dialect, column: sa.Column[Any], values: Sequence[Any]
) -> Iterable[object]:
    if isinstance(column.type, sa.Text):
        return _texts(values)
    if isinstance(column.type, sa.Date) and dialect.name == "sqlite":
        return [None if value is None else value.isoformat() for value in values]
    if isinstance(column.type, Instant):
        kept = microseconds if dialect.name == "sqlite" else aware
        return [None if value is None else kept(value) for value in values]
    return values


def _texts(values: Sequence[object]) -> Sequence[object]:
    """Plain texts; an enum by its value."""
    plain = [value if type(value) is str or value is None else str(value) for value in values]
    together = "".join(filter(None, plain))
    if "\0" not in together and (together.isascii() or storable(together) == together):
        return plain
    return [None if value is None else storable(value) for value in plain]


def _plain(
    dialect: Dialect, column: sa.Column[Any], values: Sequence[Any], shared: dict[object, object]
) -> Iterable[object]:
    if isinstance(column.type, sa.Text):
        return map(shared.setdefault, values, values) if len(shared) < MAX_SHARED else values
    if dialect.name != "sqlite":
        return values
    if isinstance(column.type, Instant):
        return [None if value is None else EPOCH + value * MICROSECOND for value in values]
    if isinstance(column.type, sa.Boolean):
        return [None if value is None else value == 1 for value in values]
    return values
