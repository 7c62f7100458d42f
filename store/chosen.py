"""Some records of a kind, and some of their fields: what a stage needs of a large table."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.states import RecordKind
from store.bulk import read_columns
from store.engine import store_errors
from store.reads import Reads
from store.reconciling import are_any, left
from store.tables import CANONICAL
from store.values import as_given

Since = tuple[str, datetime, datetime]
"""A time of the records, from when on, and until before when."""
ROWS = 8_192
"""Rows of a batch."""
Stretch = tuple[int, int]
"""Row ids of SQLite: from which on, and until before which."""


class Chosen(Reads):
    """Reads some records of a kind as `Queries.columns` reads all of them."""

    def columns(
        self,
        kind: RecordKind,
        names: Sequence[str],
        *,
        known_at: datetime,
        equal: Mapping[str, str] | None = None,
        since: Since | None = None,
    ) -> dict[str, list[object]]:
        """Columns of plain values, None where missing, in the order (source, number).

        Args:
            kind: of which kind.
            names: which columns.
            known_at: with the records deleted after this time.
            equal: only records with these values of some columns.
            since: only records of a stretch of time; those without that time are left out.
        """
        with store_errors(self._engine), self._engine.connect() as connection:
            query = _query(connection, kind, known_at, equal or {}, since)
            query = query.order_by(CANONICAL[kind].c.source, CANONICAL[kind].c.number)
            return read_columns(connection, [CANONICAL[kind].c[name] for name in names], query)

    def batches(
        self,
        kind: RecordKind,
        names: Sequence[str],
        *,
        known_at: datetime,
        equal: Mapping[str, str] | None = None,
        since: Since | None = None,
        filled: Sequence[str] = (),
        within: Stretch | None = None,
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        """As `columns`, some rows after the other, as the driver gives them and in any order.

        Times are whole microseconds since 1970, flags may be 0 and 1. Rows of the database layer
        take twice as long, and so does looking for each row in the order of the keys.

        Args:
            kind: of which kind.
            names: which columns.
            known_at: with the records deleted after this time.
            equal: only records with these values of some columns.
            since: only records of a stretch of time; those without that time are left out.
            filled: only records with any value in these columns.
            within: only those that lie there, from `halves`.
        """
        with store_errors(self._engine), self._engine.connect() as connection:
            given = [as_given(connection.dialect, CANONICAL[kind].c[name]) for name in names]
            query = _query(connection, kind, known_at, equal or {}, since)
            asked = query.with_only_columns(*given)
            for name in filled:
                asked = asked.where(CANONICAL[kind].c[name].is_not(None))
            if within is not None:
                first, end = within
                asked = asked.where(_row_id(kind) >= first, _row_id(kind) < end)
            for rows in _fetched(connection, asked):
                yield dict(zip(names, zip(*rows, strict=True), strict=True))

    def are_so_many(self, kind: RecordKind, least: int) -> bool:
        """Whether there are so many records of a kind at least; all of them are not counted."""
        query = sa.select(sa.literal(1)).select_from(CANONICAL[kind]).offset(least - 1).limit(1)
        with store_errors(self._engine), self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def halves(self, kind: RecordKind, least: int) -> tuple[Stretch, Stretch] | None:
        """The records of a kind in two stretches, for two processes to read.

        None where there are fewer. PostgreSQL reads in a process of its own anyway.

        Args:
            kind: of which kind.
            least: so many row ids there are at least.
        """
        if self._engine.dialect.name != "sqlite":
            return None
        with store_errors(self._engine), self._engine.connect() as connection:
            asked = sa.select(sa.func.max(_row_id(kind))).select_from(CANONICAL[kind])
            last: int = connection.execute(asked).scalar() or 0
        return ((0, last // 2), (last // 2, _LAST)) if last >= least else None


_LAST = 2**63 - 1


def _row_id(kind: RecordKind) -> sa.ColumnElement[int]:
    return sa.literal_column(f"{CANONICAL[kind].name}.rowid", sa.BigInteger())


def _fetched(connection: Connection, query: sa.Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows of a query, some after the other; SQLite gives them as they are found."""
    if connection.dialect.name == "sqlite":
        result = connection.execute(query)
        assert result.cursor is not None
        yield from iter(lambda: result.cursor.fetchmany(ROWS), [])
        result.close()
    else:
        streamed = connection.execute(query, execution_options={"stream_results": True})
        yield from streamed.partitions(ROWS)


def _query(
    connection: Connection,
    kind: RecordKind,
    known_at: datetime,
    equal: Mapping[str, str],
    since: Since | None,
) -> sa.Select[Any]:
    """Of which records."""
    table = CANONICAL[kind]
    query = sa.select(table.c.source)
    for name, value in equal.items():
        query = query.where(table.c[name] == value)
    if since is not None:
        name, first, end = since
        query = query.where(table.c[name] >= first, table.c[name] < end)
    return query.where(left(kind, known_at)) if are_any(connection) else query
