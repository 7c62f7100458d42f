"""Raw payloads, quarantine and watermarks: everything between a source and the canonical tables."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.records import Quarantined, RawRecord
from itsm.states import RecordKind
from store.bulk import KEYS_PER_QUERY, batches, storable, upsert
from store.runs import RawCount
from store.tables import MAPPINGS, QUARANTINE, RAW_RECORDS, WATERMARKS


class RawRecords:
    """What sources gave, before mapping; a record is kept once, in its newest content."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, records: Sequence[RawRecord], fetched_at: datetime) -> RawCount:
        """Keep raw records; those whose content is there already are left as they are.

        A record with other content than before has to land again.

        Returns:
            How many are new, changed and unchanged, counted by key.
        """
        newest = {(r.source, r.kind, storable(r.key)): r for r in records}
        known = dict(self._hashes(newest.keys()))
        fresh = {key: r for key, r in newest.items() if known.get(key) != r.content_hash}
        rows = [
            (*key, record.content_hash, False, fetched_at, record.payload)
            for key, record in fresh.items()
        ]
        upsert(self._connection, RAW_RECORDS, rows)
        n_new = len(newest.keys() - known.keys())
        return RawCount(n_new, len(fresh) - n_new, len(newest) - len(fresh))

    def map_by(self, source: str, kind: RecordKind, version: str) -> bool:
        """Note which mapping records of a kind land with.

        When it is another one than before, all of them have to land again: a company has mapped a
        field or a code, or the mapping itself has changed.

        Returns:
            Whether it was another one.
        """
        table = MAPPINGS.c
        query = sa.select(table.version).where(table.source == source, table.kind == kind.value)
        before = self._connection.execute(query).scalar()
        if before == version:
            return False
        upsert(self._connection, MAPPINGS, [(source, kind.value, version)])
        raw = RAW_RECORDS.c
        of_kind = sa.update(RAW_RECORDS).where(raw.source == source, raw.kind == kind.value)
        self._connection.execute(of_kind.values(is_landed=False))
        return before is not None

    def pending(
        self, source: str, kind: RecordKind, *, after_key: str | None, limit: int
    ) -> list[RawRecord]:
        """Records to map, in the order of their keys.

        They are those that have not landed in their present content, and those in quarantine: a
        new mapping or a new reference may have mended them.

        Args:
            source: whose.
            kind: of which kind.
            after_key: go on after this key; None from the start.
            limit: at most so many.
        """
        keys = sa.union(
            self._page(sa.select(RAW_RECORDS.c.key).where(~RAW_RECORDS.c.is_landed), limit),
            self._page(sa.select(RAW_RECORDS.c.key).where(_is_quarantined()), limit),
        ).subquery()
        query = (
            sa.select(RAW_RECORDS.c.key, RAW_RECORDS.c.payload, RAW_RECORDS.c.content_hash)
            .join(keys, RAW_RECORDS.c.key == keys.c.key)
            .where(RAW_RECORDS.c.source == sa.bindparam("source"))
            .where(RAW_RECORDS.c.kind == sa.bindparam("kind"))
            .order_by(RAW_RECORDS.c.key)
            .limit(limit)
        )
        values = {"source": source, "kind": kind.value, "after_key": after_key or ""}
        return [
            RawRecord(source=source, kind=kind, key=key, payload=payload, content_hash=content_hash)
            for key, payload, content_hash in self._connection.execute(query, values)
        ]

    def mark_landed(self, records: Sequence[RawRecord]) -> None:
        """Note that records were mapped in the content they have here.

        One whose content has changed in the meantime stays pending.
        """
        if not records:
            return
        table = RAW_RECORDS.c
        statement = (
            sa.update(RAW_RECORDS)
            .where(table.source == sa.bindparam("of_source"))
            .where(table.kind == sa.bindparam("of_kind"))
            .where(table.key == sa.bindparam("of_key"))
            .where(table.content_hash == sa.bindparam("of_hash"))
            .values(is_landed=True)
        )
        rows = [
            {
                "of_source": record.source,
                "of_kind": record.kind.value,
                "of_key": storable(record.key),
                "of_hash": record.content_hash,
            }
            for record in sorted(records, key=lambda record: record.key)
        ]
        self._connection.execute(statement, rows)

    def _hashes(
        self, keys: Collection[tuple[str, RecordKind, str]]
    ) -> Iterator[tuple[tuple[str, RecordKind, str], str]]:
        table = RAW_RECORDS.c
        for (source, kind), group in groupby(sorted(keys), key=lambda key: key[:2]):
            names = [name for _, _, name in group]
            for some in batches(names, KEYS_PER_QUERY):
                query = (
                    sa.select(table.key, table.content_hash)
                    .where(table.source == source, table.kind == kind.value)
                    .where(table.key.in_(some))
                )
                for name, content_hash in self._connection.execute(query):
                    yield (source, kind, name), content_hash

    @staticmethod
    def _page(keys: sa.Select[tuple[str]], limit: int) -> sa.Select[tuple[str]]:
        page = (
            keys.where(RAW_RECORDS.c.source == sa.bindparam("source"))
            .where(RAW_RECORDS.c.kind == sa.bindparam("kind"))
            .where(RAW_RECORDS.c.key > sa.bindparam("after_key"))
            .order_by(RAW_RECORDS.c.key)
            .limit(limit)
            .subquery()
        )
        return sa.select(page.c.key)


def _is_quarantined() -> sa.ColumnElement[bool]:
    held = sa.select(QUARANTINE.c.key).where(
        QUARANTINE.c.source == sa.bindparam("source"), QUARANTINE.c.kind == sa.bindparam("kind")
    )
    return RAW_RECORDS.c.key.in_(held)


class Quarantine:
    """Records set aside; each goes when it has been mended or replaced."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, items: Sequence[Quarantined], at: datetime) -> None:
        """Set records aside, one entry per (source, kind, key).

        `kind` and `key` are those of the raw record. One that is there already gets the new
        reason and keeps when it was first seen. Of several entries for one key in a call the
        first in the order (rule, field, reason) stays.
        """
        chosen: dict[tuple[str, str, str], Quarantined] = {}
        for item in sorted(items, key=lambda item: (item.rule, item.field, item.reason)):
            chosen.setdefault((item.source, item.kind.value, storable(item.key)), item)
        rows = [
            (*key, item.rule, item.field, item.reason, item.remedy, at, at)
            for key, item in chosen.items()
        ]
        upsert(self._connection, QUARANTINE, rows, keep=frozenset({"first_seen_at"}))

    def clear(self, source: str, kind: RecordKind, keys: Collection[str]) -> int:
        """Let records go; returns how many were there."""
        table = QUARANTINE.c
        cleared = 0
        for some in batches(sorted(map(storable, keys)), KEYS_PER_QUERY):
            of_these = sa.delete(QUARANTINE).where(
                table.source == source, table.kind == kind.value, table.key.in_(some)
            )
            cleared += self._connection.execute(of_these).rowcount
        return cleared


class Watermarks:
    """How far each kind of each source has been read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str, kind: RecordKind) -> str | None:
        """The cursor to go on from; None before the first page."""
        table = WATERMARKS.c
        query = sa.select(table.cursor).where(table.source == source, table.kind == kind.value)
        return self._connection.execute(query).scalar()

    def set(self, source: str, kind: RecordKind, cursor: str, at: datetime) -> None:
        """Move the cursor, in the same transaction as the page it follows."""
        upsert(self._connection, WATERMARKS, [(source, kind.value, cursor, at)])
