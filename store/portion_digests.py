"""Digests of portions that the database keeps, as long as nothing is written to the portion.

Who writes need not know of them. On SQLite triggers take a digest out as soon as a record of its
portion is changed or deleted, in the same transaction; new records come behind all others, where no
digest is kept. PostgreSQL marks each row with the transaction that wrote it: a digest counts while
the marks of its portion are the same, which the server adds up without giving a row away.

A digest stands beside the records it is of, so a backup that is put back has those of its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.states import RecordKind
from store.bulk import upsert
from store.engine import store_errors
from store.portion_tables import PORTION_DIGESTS, triggers
from store.portions import BYTES, Portions, portions, rows_of
from store.tables import CANONICAL
from store.unit_of_work import Store

Digests = Mapping[str, str]
"""The digest of a portion of each source at a place."""
_BEING_READ = ""
"""Stands for the digests of a portion that is being read, until something is written to it."""
_D = PORTION_DIGESTS.c


class PortionDigests:
    """What the portions of some kinds said when they were last read, where they still say it.

    Args:
        store: whose.
        rows: row ids of a portion of a kind, on SQLite.
    """

    def __init__(self, store: Store, rows: Callable[[RecordKind], int]) -> None:
        self._store = store
        self.rows = rows
        self._token = token_hex(16)
        self._marks: dict[RecordKind, Mapping[int, str]] = {}
        engine = store.queries.engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        with store_errors(engine), engine.connect() as connection:
            self._is_kept = not self._is_sqlite or are_watched(connection)

    def begin(self, kinds: Sequence[RecordKind]) -> None:
        """Let it be seen from now on whether something is written to portions that are not known.

        To be called before they are read.
        """
        if not (self._is_kept and self._is_sqlite):
            return
        engine = self._store.queries.engine
        with store_errors(engine), engine.connect() as connection:
            if not any(self._unknown(connection, kind) for kind in kinds):
                return
        with self._store.begin() as uow:
            for kind in kinds:
                size = self.rows(kind)
                others = sa.and_(_D.kind == kind.value, _D.size != size)
                uow.connection.execute(sa.delete(PORTION_DIGESTS).where(others))
                begins = self._unknown(uow.connection, kind)
                rows = [(kind.value, at, size, self._token, _BEING_READ) for at in begins]
                upsert(uow.connection, PORTION_DIGESTS, rows)
            uow.commit()

    def places(self, kind: RecordKind) -> set[int]:
        """The places of a kind that digests are kept of, on SQLite."""
        if not (self._is_kept and self._is_sqlite):
            return set()
        engine = self._store.queries.engine
        with store_errors(engine), engine.connect() as connection:
            return {begins // self.rows(kind) for begins in self._there(connection, kind)}

    def known(self, reading: Portions) -> Mapping[int, Digests]:
        """The digests of all records of portions, by their places, as `Portion.of_all` has them."""
        if not self._is_kept:
            return {}
        marks = {} if self._is_sqlite else reading.marks()
        self._marks[reading.kind] = marks
        query = sa.select(_D.begins, _D.mark, _D.digests).where(
            _D.kind == reading.kind.value, _D.size == reading.size, _D.digests != _BEING_READ
        )
        return {
            place: json.loads(told)
            for place, mark, told in (
                (begins // reading.size, mark, told) for begins, mark, told in reading.rows(query)
            )
            if mark == marks.get(place, "")
        }

    def keep(self, reading: Portions, found: Mapping[int, Digests]) -> None:
        """Keep the digests of portions that were read, if nothing was written to them meanwhile.

        Args:
            reading: that `known` was asked with.
            found: by place.
        """
        if not (self._is_kept and found):
            return
        told = {place: json.dumps(found[place], sort_keys=True) for place in sorted(found)}
        with self._store.begin() as uow:
            if self._is_sqlite:
                self._settle(uow.connection, reading, told)
            else:
                marks, size, kind = self._marks[reading.kind], reading.size, reading.kind.value
                rows = [
                    (kind, place * size, size, marks[place], one)
                    for place, one in told.items()
                    if place in marks
                ]
                upsert(uow.connection, PORTION_DIGESTS, rows)
            uow.commit()

    def _settle(self, connection: Connection, reading: Portions, told: Mapping[int, str]) -> None:
        """Put digests where nothing was written since they were noted as being read."""
        update = sa.update(PORTION_DIGESTS).where(
            _D.kind == reading.kind.value,
            _D.begins == sa.bindparam("at"),
            _D.mark == self._token,
        )
        rows = [{"at": place * reading.size, "told": one} for place, one in told.items()]
        connection.execute(update.values(mark="", digests=sa.bindparam("told")), rows)

    def _unknown(self, connection: Connection, kind: RecordKind) -> list[int]:
        """Where the portions begin of which no digest is kept, but for the last and after it."""
        row_id: sa.ColumnElement[int] = sa.literal_column("rowid")
        last = sa.select(sa.func.max(row_id)).select_from(CANONICAL[kind])
        size = self.rows(kind)
        n_whole = (connection.execute(last).scalar() or 0) // size
        there = self._there(connection, kind)
        return [at for k in range(n_whole) if (at := k * size) not in there]

    def _there(self, connection: Connection, kind: RecordKind) -> set[int]:
        """Where the portions begin of which a digest is kept."""
        query = sa.select(_D.begins).where(
            _D.kind == kind.value, _D.size == self.rows(kind), _D.digests != _BEING_READ
        )
        return set(connection.scalars(query))


def are_watched(connection: Connection) -> bool:
    """Whether SQLite takes digests out by itself, of every kind, as this program expects it to."""
    expected = {name: sql for kind in RecordKind for name, sql in triggers(kind).items()}
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    found = dict(connection.exec_driver_sql(query).tuples().all())
    return expected.items() <= found.items()


def untrue(
    store: Store,
    known_at: datetime,
    *,
    rows: Callable[[RecordKind], int] = rows_of,
    size: int = BYTES,
) -> Iterator[str]:
    """Portions whose digest is not that of their records: who wrote went past the database.

    Everything is read. These digests are taken out, so that the next check judges the records.
    """
    digests = PortionDigests(store, rows)
    for kind, table in CANONICAL.items():
        with portions(store, kind, known_at, rows=rows(kind), size=size) as reading:
            wrong = [
                place
                for place, told in digests.known(reading).items()
                if {one.source: one.of_all for one in reading.read(place)} != told
            ]
        if not wrong:
            continue
        at = [place * reading.size for place in wrong]
        with store.begin() as uow:
            which = sa.and_(_D.kind == kind.value, _D.begins.in_(at))
            uow.connection.execute(sa.delete(PORTION_DIGESTS).where(which))
            uow.commit()
        yield (
            f"{table.name}: in {len(wrong)} portions records were changed past the database's own "
            "notes, which no program of this pipeline does; the next check judges them anew"
        )
