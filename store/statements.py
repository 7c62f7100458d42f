"""The statements that insert rows or update those that are there; each is built once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import Insert

from store.copying import beside

BATCH = 2_048
"""Rows that are put in order for writing at a time, at most."""
_MOST_ROWS = 256
"""Rows that SQLite takes with one statement, at most. More are no quicker, and a statement is kept
with a place for each value: of 30,000 values that is 5 MB, and there are dozens of statements."""
FEWEST = 16
"""Rows that are written by one statement, at least."""
_MOST_VALUES = 32_766
"""SQLite takes no more in one statement."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What to do with rows whose key is there, see `upsert`."""

    table: sa.Table
    newer_by: str | None = None
    keep: frozenset[str] = frozenset()
    fill: frozenset[str] = frozenset()


_BUILT: dict[tuple[str, Conflict], str] = {}


def statement(dialect: Dialect, conflict: Conflict) -> str:
    """The SQL that takes the values of a row as parameters."""
    key = (dialect.name, conflict)
    if key not in _BUILT:
        _BUILT[key] = str(_insert(dialect.name, conflict).compile(dialect=dialect))
    return _BUILT[key]


def _insert(dialect: str, conflict: Conflict) -> Insert:
    table = conflict.table
    parameters: dict[str, Any] = {name: sa.bindparam(name) for name in names_of(table)}
    if dialect == "postgresql":
        return _resolved(postgresql.insert(table).values(parameters), conflict)
    return _resolved(sqlite.insert(table).values(parameters), conflict)


@cache
def insert_copied(conflict: Conflict) -> Insert:
    """The statement that takes the rows of the table PostgreSQL has them copied to."""
    names = names_of(conflict.table)
    copied = sa.table(beside(conflict.table), *map(sa.column, names))
    insert = postgresql.insert(conflict.table).from_select(names, sa.select(*copied.columns))
    return _resolved(insert, conflict)


AnyInsert = TypeVar("AnyInsert", postgresql.Insert, sqlite.Insert)


def _resolved(insert: AnyInsert, conflict: Conflict) -> AnyInsert:
    table, new = conflict.table, insert.excluded
    keys: list[str] = [column.name for column in table.primary_key.columns]
    changing = {
        name: sa.func.coalesce(new[name], table.c[name]) if name in conflict.fill else new[name]
        for name in names_of(table)
        if name not in {*keys, *conflict.keep}
    }
    if not changing:
        return insert.on_conflict_do_nothing(index_elements=keys)
    where = None
    if conflict.newer_by is not None:
        old_time, new_time = table.c[conflict.newer_by], new[conflict.newer_by]
        where = sa.or_(old_time.is_(None), new_time.is_(None), old_time <= new_time)
    return insert.on_conflict_do_update(index_elements=keys, set_=changing, where=where)


def names_of(table: sa.Table) -> list[str]:
    """The names of a table's columns."""
    return [column.name for column in table.columns]


@cache
def sizes(table: sa.Table, n_differing: int | None = None) -> Sequence[int]:
    """How many rows a statement takes at once, the most first; few sizes, as each is kept.

    Args:
        table: where to.
        n_differing: how many columns a row has values of its own for; None: all.
    """
    n_values = len(table.columns) if n_differing is None else n_differing
    most = min(_MOST_ROWS, (_MOST_VALUES - len(table.columns)) // n_values)
    halved = (_MOST_ROWS >> step for step in range(_MOST_ROWS.bit_length()))
    return [size for size in halved if FEWEST <= size <= most]


@cache
def holds_large_values(table: sa.Table) -> bool:
    """Whether rows hold bytes, of which nobody knows how many."""
    return any(isinstance(column.type, sa.LargeBinary) for column in table.columns)
