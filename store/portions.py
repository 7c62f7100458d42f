"""All records of a kind read in portions that stay the same where nothing changes.

A portion is a stretch of the table as the database keeps it: on SQLite by row id, which is the
order of arrival, on PostgreSQL by blocks. What comes new comes at the end, so of a large table a
night touches few portions. Which records are in one says nothing about them.
"""

import marshal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.states import RecordKind
from store.engine import open_engine, store_errors
from store.reconciling import are_any, left, left_out
from store.tables import CANONICAL
from store.unit_of_work import Store
from store.values import as_given

ROWS = 65_536
"""Row ids of a portion on SQLite."""
MOVING = frozenset({RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.CHANGE})
"""Kinds whose records change for weeks: an eighth of the rows is a portion, so that fewer of those
beside one that has changed are read again. Of the others new ones come, and few change."""
_SMALLER = 8
BYTES = 16 * 2**20
"""Bytes of a portion on PostgreSQL."""

_AT_ONCE = 8_192
"""So many rows are hashed at once; rows of equal content then give equal bytes."""

Row = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Portion:
    """The records of one source in a portion, as the database gives them.

    Times are whole microseconds since 1970, flags may be 0 and 1.

    Attributes:
        source: whose.
        place: which portion.
        names: of the columns.
        every: all records there are.
        hidden: the numbers of those that are left out, as their system has deleted them.
    """

    source: str
    place: int
    names: tuple[str, ...]
    every: Sequence[Row]
    hidden: frozenset[str] = field(default=frozenset())

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The records that are left."""
        if not self.hidden:
            return self.every
        own = self.names.index("number")
        return [row for row in self.every if row[own] not in self.hidden]

    @cached_property
    def of_all(self) -> str:
        """The same for the same records, whichever are left out, and for no others."""
        told = sha256(repr(self.names).encode())
        for start in range(0, len(self.every), _AT_ONCE):
            told.update(marshal.dumps(list(self.every[start : start + _AT_ONCE]), 2))
        return told.hexdigest()

    def digest(self) -> str:
        """The same for the same records that are left, and for no others."""
        return digest_of(self.of_all, self.hidden)

    def columns(self) -> dict[str, Sequence[object]]:
        """The values of each column."""
        if not self.rows:
            return dict.fromkeys(self.names, ())
        return dict(zip(self.names, zip(*self.rows, strict=True), strict=True))


def rows_of(kind: RecordKind, most: int = ROWS) -> int:
    """Row ids of a portion of a kind, where those of the others have so many."""
    return max(1, most // _SMALLER) if kind in MOVING else most


def digest_of(of_all: str, hidden: frozenset[str]) -> str:
    """The digest of a portion of which some records are left out."""
    return sha256(f"{of_all} {sorted(hidden)}".encode()).hexdigest() if hidden else of_all


class Portions:
    """The portions of one kind, read in one transaction: what others write meanwhile is not seen.

    Args:
        connection: in a transaction of its own.
        kind: of which kind.
        known_at: with the records deleted after this time.
        rows: row ids of a portion on SQLite.
        size: bytes of a portion on PostgreSQL.
    """

    def __init__(
        self, connection: Connection, kind: RecordKind, known_at: datetime, rows: int, size: int
    ) -> None:
        self.kind = kind
        self._connection = connection
        self._table = CANONICAL[kind]
        self._is_sqlite = connection.dialect.name == "sqlite"
        self.size = rows if self._is_sqlite else size
        self._known_at = known_at

    def places(self) -> range:
        """The places of all portions; there may be nothing in one."""
        if self._is_sqlite:
            last = self._one(sa.select(sa.func.max(self._order())).select_from(self._table))
            return range((last or 0) // self.size + 1)
        size = self._one(sa.select(sa.func.pg_relation_size(self._table.name)))
        return range(-(-(size or 1) // self.size))

    def read(self, place: int) -> list[Portion]:
        """What there is at a place, by source."""
        dialect = self._connection.dialect
        columns = [as_given(dialect, column) for column in self._table.columns]
        query = sa.select(*columns).where(self._lies(place)).order_by(self._order())
        names = tuple(column.name for column in self._table.columns)
        hidden = self.hidden.get(place, {})
        return [
            Portion(source, place, names, some, hidden.get(source, frozenset()))
            for source, some in sorted(_by_source(self.rows(query)).items())
        ]

    @cached_property
    def hidden(self) -> Mapping[int, Mapping[str, frozenset[str]]]:
        """The numbers of the records that are left out, by place and by source."""
        if not are_any(self._connection):
            return {}
        table = self._table.c
        query = sa.select(self._lying(), table.source, table.number)
        found: dict[int, dict[str, set[str]]] = {}
        for at, source, number in self.rows(query.where(left_out(self.kind, self._known_at))):
            found.setdefault(at // self._step, {}).setdefault(source, set()).add(number)
        return {
            place: {source: frozenset(numbers) for source, numbers in some.items()}
            for place, some in found.items()
        }

    def marks(self) -> Mapping[int, str]:
        """What PostgreSQL says of who wrote the rows of each portion: another word after a write.

        Each row is marked with the transaction that wrote it. The file is told too: if the table
        was written anew, its rows lie elsewhere and have their marks still.
        """
        writer = sa.cast(sa.cast(sa.literal_column("xmin"), sa.Text()), sa.BigInteger())
        told = sa.func.sum(sa.func.hashint8extended(writer, 0))
        file = self._one(sa.select(sa.func.pg_relation_filenode(self._table.name)))
        found: dict[int, str] = {}
        for place in self.places():
            query = sa.select(sa.func.count(), told).select_from(self._table)
            ((n, marks),) = self.rows(query.where(self._lies(place)))
            found[place] = f"{file} {n} {marks}"
        return found

    def rows(self, query: sa.Select[Any]) -> list[Row]:
        """All rows as the driver gives them: rows of the database layer take twice as long."""
        result = self._connection.execute(query)
        assert result.cursor is not None
        rows = list(result.cursor.fetchall())
        result.close()
        return rows

    def _lies(self, place: int) -> sa.ColumnElement[bool]:
        if self._is_sqlite:
            return self._order().between(place * self.size, (place + 1) * self.size - 1)
        first, end = place * self._step, (place + 1) * self._step
        low, high = f"'({first},0)'::tid", f"'({end},0)'::tid"
        order = self._order()
        return sa.and_(order >= sa.literal_column(low), order < sa.literal_column(high))

    @cached_property
    def _step(self) -> int:
        """Row ids of a portion, or blocks."""
        if self._is_sqlite:
            return self.size
        block = int(self._one(sa.select(sa.func.current_setting("block_size"))) or 8192)
        return self.size // block

    def _lying(self) -> sa.ColumnElement[Any]:
        """The row id of a row, or its block."""
        if self._is_sqlite:
            return self._order()
        lying: sa.ColumnElement[Any] = sa.literal_column(
            f"({self._table.name}.ctid::text::point)[0]"
        )
        return sa.cast(lying, sa.BigInteger())

    def _order(self) -> sa.ColumnElement[Any]:
        """Where a row lies in its table."""
        name = "rowid" if self._is_sqlite else "ctid"
        return sa.literal_column(f"{self._table.name}.{name}")

    def _one(self, query: sa.Select[tuple[T]]) -> T | None:
        return self._connection.execute(query).scalar()


@contextmanager
def portions(
    store: Store, kind: RecordKind, known_at: datetime, *, rows: int = ROWS, size: int = BYTES
) -> Iterator[Portions]:
    """The portions of a kind, as they are at this moment; arguments as for `Portions`."""
    engine = store.queries.engine
    with store_errors(engine), engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield Portions(connection, kind, known_at, rows, size)


def places_of(
    store: Store, kinds: Sequence[RecordKind], known_at: datetime, rows: int = ROWS
) -> list[tuple[RecordKind, int]]:
    """The places of all portions of some kinds, for `digests_at`; none where it cannot be used."""
    engine = store.queries.engine
    if engine.dialect.name != "sqlite" or engine.url.database in (None, "", ":memory:"):
        return []
    found: list[tuple[RecordKind, int]] = []
    for kind in kinds:
        with portions(store, kind, known_at, rows=rows_of(kind, rows)) as reading:
            found += [(kind, place) for place in reading.places()]
    return found


def digests_at(
    url: str, known_at: datetime, rows: int, where: tuple[RecordKind, int]
) -> dict[str, str]:
    """What `Portion.of_all` is of each portion at a place of a kind, by source; of SQLite only.

    Another process may do this, as it opens the database by itself. Where others write meanwhile, a
    record is still in one portion, as its row id stays; on PostgreSQL it might be in none.
    """
    kind, place = where
    engine = open_engine(url)
    try:
        with portions(Store(engine), kind, known_at, rows=rows_of(kind, rows)) as reading:
            return {one.source: one.of_all for one in reading.read(place)}
    finally:
        engine.dispose()


def are_there(store: Store, source: str | None, known_at: datetime) -> Mapping[RecordKind, bool]:
    """Of which kinds there is any record of a source, or of any."""
    engine = store.queries.engine
    with store_errors(engine), engine.connect() as connection:
        is_filtered = are_any(connection)
        found: dict[RecordKind, bool] = {}
        for kind, table in CANONICAL.items():
            query = sa.select(sa.literal(1)).select_from(table)
            if source is not None:
                query = query.where(table.c.source == source)
            if is_filtered:
                query = query.where(left(kind, known_at))
            found[kind] = connection.execute(query.limit(1)).first() is not None
        return found


def _by_source(rows: list[Row]) -> dict[str, list[Row]]:
    if len({row[0] for row in rows}) == 1:
        return {rows[0][0]: rows}
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
