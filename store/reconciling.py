"""What a system has deleted, and how its own counts compare with what is held here."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.states import RecordKind
from store.bulk import upsert
from store.by_texts import delete_keys, looked_up
from store.pull_tables import MIRRORED_INCIDENTS
from store.runs import Reconciliation
from store.tables import CANONICAL, DELETIONS, HANGS_ON, RAW_RECORDS, RECONCILIATIONS
from store.values import storable

Noted = tuple[str, RecordKind, str, datetime]
"""Source, kind, raw key, when it was deleted."""


class Deletions:
    """Records their system has deleted; what was made of them stays, and queries leave it out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, deletions: Iterable[Noted], at: datetime) -> int:
        """Note deletions of records held here; of others there is nothing to leave out.

        Of several for one record the latest counts.

        Returns:
            How many of the records noted are held here.
        """
        by_kind: dict[tuple[str, RecordKind], dict[str, datetime]] = {}
        for source, kind, key, deleted_at in deletions:
            latest = by_kind.setdefault((source, kind), {})
            kept = storable(key)
            latest[kept] = max(latest.get(kept, deleted_at), deleted_at)
        rows = [
            (source, kind.value, key, number, latest[key], at)
            for (source, kind), latest in by_kind.items()
            for key, number in self._held(source, kind, latest)
        ]
        upsert(self._connection, DELETIONS, rows, newer_by="deleted_at")
        return len(rows)

    def lift(self, source: str, kind: RecordKind, keys: Collection[str]) -> int:
        """Forget deletions of records that are there again; returns how many were noted."""
        return delete_keys(self._connection, DELETIONS, source, kind, keys)

    def count(self, source: str, kind: RecordKind) -> int:
        """How many records of a kind are held that their system has deleted."""
        table = DELETIONS.c
        query = sa.select(sa.func.count()).where(table.source == source, table.kind == kind.value)
        return self._connection.execute(query).scalar_one()

    def _held(
        self, source: str, kind: RecordKind, keys: Iterable[str]
    ) -> Sequence[sa.Row[tuple[str, str]]]:
        table = RAW_RECORDS.c
        query = sa.select(table.key, sa.func.coalesce(table.number, table.key).label("known_as"))
        of_kind = query.where(table.source == source, table.kind == kind.value)
        return self._connection.execute(looked_up(self._connection, of_kind, table.key, keys)).all()


class Reconciliations:
    """The newest comparison with the system's own count, per source and kind."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, rows: Sequence[Reconciliation]) -> None:
        """Keep comparisons; an earlier one of the same source and kind is replaced."""
        values = [
            (r.source, r.kind.value, r.at, r.n_server, r.n_held, r.n_deleted, r.n_hidden)
            for r in rows
        ]
        upsert(self._connection, RECONCILIATIONS, values)


def are_any(connection: Connection) -> bool:
    """Whether any record is left out; most queries need not look further."""
    left_out = (sa.select(sa.exists(table.select())) for table in (DELETIONS, MIRRORED_INCIDENTS))
    return any(connection.execute(query).scalar_one() for query in left_out)


def left(kind: RecordKind, known_at: datetime | None) -> sa.ColumnElement[bool]:
    """Whether a record of a kind is left once those deleted by `known_at`, or ever, are not.

    A record whose number has gone over to another one, which is not deleted, is left; so is what
    hangs on it. Incidents that another system's record stands for are not, nor what hangs on them.
    """
    table = CANONICAL[kind].c
    conditions = [_is_none_of(_gone(known_at, kind), table.source, table.number)]
    if kind is RecordKind.INCIDENT:
        conditions.append(_is_none_of(_MIRRORED, table.source, table.number))
    if "record_kind" in table:
        gone = _gone(known_at)
        conditions.append(_is_none_of(gone, table.source, table.record_kind, table.record))
        on_mirrored = sa.tuple_(table.source, table.record).in_(_MIRRORED)
        conditions.append(~sa.and_(table.record_kind == RecordKind.INCIDENT.value, on_mirrored))
    if kind in HANGS_ON:
        parent, column = HANGS_ON[kind]
        conditions.append(_is_none_of(_gone(known_at, parent), table.source, table[column]))
    return sa.and_(*conditions)


def left_out(kind: RecordKind, known_at: datetime | None) -> sa.ColumnElement[bool]:
    """Whether a record of a kind is not left; few are, and most are told by one look."""
    table = CANONICAL[kind].c
    numbers = sa.union(sa.select(DELETIONS.c.number), sa.select(MIRRORED_INCIDENTS.c.number))
    names = [table.number]
    if "record_kind" in table:
        names.append(table.record)
    if kind in HANGS_ON:
        names.append(table[HANGS_ON[kind][1]])
    may_be = sa.or_(*(name.in_(numbers) for name in names))
    return sa.and_(may_be, ~left(kind, known_at))


_MIRRORED = sa.select(MIRRORED_INCIDENTS.c.source, MIRRORED_INCIDENTS.c.number)


def _is_none_of(gone: sa.Select[Any], *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.tuple_(*columns).not_in(gone)


def _gone(known_at: datetime | None, kind: RecordKind | None = None) -> sa.Select[Any]:
    """(source, number) of the deleted records of a kind; (source, kind, number) of all kinds."""
    deleted, raw = DELETIONS.alias("deleted").c, RAW_RECORDS.c
    is_taken_over = sa.exists().where(
        raw.source == deleted.source,
        raw.kind == deleted.kind,
        raw.number == deleted.number,
        raw.key != deleted.key,
        ~_is_deleted(raw.source, raw.kind, raw.key, known_at),
    )
    columns = [deleted.source, deleted.number]
    if kind is None:
        columns.insert(1, deleted.kind)
    query = sa.select(*columns).where(_by(deleted.deleted_at, known_at), ~is_taken_over)
    return query if kind is None else query.where(deleted.kind == kind.value)


def _is_deleted(
    source: sa.Column[str], kind: sa.Column[str], key: sa.Column[str], known_at: datetime | None
) -> sa.ColumnElement[bool]:
    other = DELETIONS.alias("other").c
    return sa.exists().where(
        other.source == source,
        other.kind == kind,
        other.key == key,
        _by(other.deleted_at, known_at),
    )


def _by(column: sa.ColumnElement[Any], known_at: datetime | None) -> sa.ColumnElement[bool]:
    return sa.true() if known_at is None else column <= known_at
