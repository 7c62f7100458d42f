"""Quarantine and watermarks: what stands between raw payloads and the canonical tables."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.records import Quarantined
from itsm.states import RecordKind
from store.bulk import delete_keys, upsert
from store.tables import QUARANTINE, WATERMARKS
from store.values import storable


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
            (*key, item.rule, item.field, item.reason, item.remedy, at, at, item.number)
            for key, item in chosen.items()
        ]
        upsert(self._connection, QUARANTINE, rows, keep=frozenset({"first_seen_at"}))

    def clear(self, source: str, kind: RecordKind, keys: Collection[str]) -> int:
        """Let records go; returns how many were there."""
        return delete_keys(self._connection, QUARANTINE, source, kind, keys)


class Watermarks:
    """How far each kind of each source has been read, and what else is read in its own order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str, kind: str) -> str | None:
        """The cursor to go on from; None before the first page."""
        table = WATERMARKS.c
        query = sa.select(table.cursor).where(table.source == source, table.kind == str(kind))
        return self._connection.execute(query).scalar()

    def set(self, source: str, kind: str, cursor: str, at: datetime) -> None:
        """Move the cursor, in the same transaction as the page it follows."""
        upsert(self._connection, WATERMARKS, [(source, str(kind), cursor, at)])
