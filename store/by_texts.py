"""Rows in which a column has one of some texts, however many: they are one value of the query."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from store.columns import TEXT
from store.values import all_storable

TEXTS: sa.BindParameter[str] = sa.bindparam("texts", type_=sa.Text())
"""Some texts, in a statement that is made once; its value is `as_texts` of them."""
_FEW = 1_000
"""So many keys are read rather than asked for."""


def among(
    connection: Connection, column: sa.Column[Any], texts: Iterable[str]
) -> sa.ColumnElement[bool]:
    """Whether a column has one of some texts, however many: they are one value of the query.

    They are rows to join with: PostgreSQL may compare each row with each text of `= ANY (texts)`.
    It has to be told that an index of rows that have a value will do; SQLite would then read all of
    that index.
    """
    return _is_among(connection.dialect.name, column, sa.literal(as_texts(texts), sa.Text()))


def as_texts(texts: Iterable[str]) -> str:
    """What `TEXTS` stands for: as JSON, which no driver goes through one by one; each once."""
    return orjson.dumps(sorted(set(all_storable(list(texts))))).decode()


def _is_among(
    dialect: str, column: sa.Column[Any], texts: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    is_one = column.in_(sa.select(_each(dialect, texts).table_valued("value").c.value))
    return sa.and_(column.is_not(None), is_one) if dialect == "postgresql" else is_one


def _each(dialect: str, texts: sa.ColumnElement[str]) -> sa.Function[Any]:
    """Some texts as rows, in order."""
    if dialect == "postgresql":
        return sa.func.json_array_elements_text(sa.cast(texts, postgresql.JSON))
    return sa.func.json_each(texts)


def looked_up(
    connection: Connection, query: sa.Select[Any], column: sa.Column[Any], texts: Iterable[str]
) -> sa.Select[Any]:
    """The rows of a query in which a column has one of some texts: a look at its index for each.

    PostgreSQL is not left to choose: before it has counted the rows of a table that is being
    filled, it may take it for empty, and compare each row with each text.
    """
    return looking_up(
        connection.dialect.name, query, column, sa.literal(as_texts(texts), sa.Text())
    )


def looking_up(
    dialect: str,
    query: sa.Select[Any],
    column: sa.Column[Any],
    texts: sa.ColumnElement[str] = TEXTS,
) -> sa.Select[Any]:
    """As `looked_up`, to be kept and asked again and again: making it costs more than asking."""
    if dialect != "postgresql":
        return query.where(_is_among(dialect, column, texts))
    each = _each(dialect, texts).table_valued("value")
    of_one = query.where(column == each.c.value).offset(0).lateral()
    return sa.select(*of_one.c).select_from(each.join(of_one, sa.true()))


def delete_keys(
    connection: Connection, table: sa.Table, source: str, kind: str, keys: Iterable[str]
) -> int:
    """Delete the rows of some keys of a source and kind, if there are any; returns how many.

    Mostly there are few of the kind, or none: those are read, which costs less than to hand over
    all the keys.
    """
    there, of_these = _of_keys(connection.dialect.name, table, _FEW)
    named = {"of_source": source, "of_kind": str(kind)}
    found = connection.execute(there, named).scalars().all()
    if len(found) <= _FEW:
        keys = set(found).intersection(all_storable(list(keys)))
        if not keys:
            return 0
    return connection.execute(of_these, {**named, "texts": as_texts(keys)}).rowcount


@cache
def _of_keys(dialect: str, table: sa.Table, few: int) -> tuple[sa.Select[Any], sa.Delete]:
    """The keys of some rows of a source and kind, and what deletes those of some keys."""
    source, kind = sa.bindparam("of_source", type_=TEXT), sa.bindparam("of_kind", type_=TEXT)
    of_kind = sa.and_(table.c.source == source, table.c.kind == kind)
    there = sa.select(table.c.key).where(of_kind).limit(few + 1)
    return there, sa.delete(table).where(of_kind, _is_among(dialect, table.c.key, TEXTS))
