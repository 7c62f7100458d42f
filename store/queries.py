"""Questions to the store that change nothing."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from itsm.quality import QuarantineCount
from itsm.states import RecordKind
from store.bulk import read_columns
from store.coverage import Held, held
from store.engine import store_errors
from store.raw import RawRecords
from store.reconciling import are_any, left
from store.result_tables import METADATA
from store.runs import QuarantineRow, Reconciliation
from store.sealing import Sealer
from store.tables import CANONICAL, QUARANTINE, RAW_RECORDS, RECONCILIATIONS
from store.unmapped import CodeCount, unmapped_codes

N_EXAMPLES = 5
"""Keys shown for one reason of quarantine."""

_HISTORY_ORDER = ("source", "record", "at", "sequence", "number")
_KEY_ORDER = ("source", "number")


class Queries:
    """Reads, each in a transaction of its own.

    Attributes:
        engine: what connections come from, for reads that stand in modules of their own.
    """

    def __init__(self, engine: Engine, sealer: Sealer | None = None) -> None:
        self.engine = engine
        self._sealer = sealer

    def columns(
        self,
        kind: RecordKind,
        *,
        sources: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        known_at: datetime | None = None,
    ) -> dict[str, list[object]]:
        """Stored records of a kind as columns of plain values, None where missing.

        Without records their system has deleted, and without what hangs on those.

        Args:
            kind: of which kind.
            sources: only these; None for all.
            names: only these columns; None for all.
            known_at: with the records deleted after this time; None for without them, too.

        Returns:
            A list per column, all of one length; times aware in UTC, codes as text. Rows in the
            order (source, number), history in (source, record, at, sequence).
        """
        table = CANONICAL[kind]
        order = _HISTORY_ORDER if kind is RecordKind.HISTORY else _KEY_ORDER
        query = sa.select(table.c.source).order_by(*(table.c[name] for name in order))
        if sources is not None:
            query = query.where(table.c.source.in_(sources))
        wanted = [table.c[name] for name in names] if names else list(table.columns)
        with store_errors(self.engine), self.engine.connect() as connection:
            if are_any(connection):
                query = query.where(left(kind, known_at))
            return read_columns(connection, wanted, query)

    def counts(self, *, known_at: datetime | None = None) -> dict[RecordKind, int]:
        """How many records of each kind there are, counted as `columns` reads them.

        Kinds without any are included.
        """
        with store_errors(self.engine), self.engine.connect() as connection:
            is_filtered = are_any(connection)
            return {
                kind: _count(connection, table, left(kind, known_at) if is_filtered else sa.true())
                for kind, table in CANONICAL.items()
            }

    def reconciliations(self) -> tuple[Reconciliation, ...]:
        """The newest comparison of each source and kind with the system's own count."""
        table = RECONCILIATIONS.c
        query = sa.select(RECONCILIATIONS).order_by(table.source, table.kind)
        with store_errors(self.engine), self.engine.connect() as connection:
            return tuple(
                Reconciliation(**{**row._mapping, "kind": RecordKind(row.kind)})
                for row in connection.execute(query)
            )

    def raw_stamps(self, source: str, kind: RecordKind) -> Iterator[tuple[str, datetime | None]]:
        """The key and the time of update of all records of a kind that are not deleted.

        In the ascending order of the keys; the time is that of the canonical record, None where
        there is none. Other writers do not wait while it is read.
        """
        with store_errors(self.engine), self.engine.connect() as connection:
            yield from RawRecords(connection).stamps(source, kind)

    def quarantine_counts(self) -> tuple[QuarantineCount, ...]:
        """How many records are set aside, for which reason, the commonest first."""
        table = QUARANTINE.c
        reason = (table.source, table.kind, table.rule, table.field, table.reason, table.remedy)
        reasons: dict[tuple[str, ...], list[str]] = {}
        with store_errors(self.engine), self.engine.connect() as connection:
            known_by = sa.func.coalesce(table.number, table.key)
            query = sa.select(*reason, known_by).order_by(known_by, table.key)
            for *said, name in connection.execute(query):
                reasons.setdefault(tuple(said), []).append(name)
        ordered = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
        return tuple(
            QuarantineCount(
                source=source,
                kind=RecordKind(kind),
                rule=rule,
                field=field,
                reason=reason,
                remedy=remedy,
                n=len(keys),
                examples=tuple(keys[:N_EXAMPLES]),
            )
            for (source, kind, rule, field, reason, remedy), keys in ordered
        )

    def held(self, source: str, kind: RecordKind) -> Held:
        """How many of the records of a source hold each field."""
        with store_errors(self.engine), self.engine.connect() as connection:
            return held(connection, source, kind)

    def unmapped_codes(self) -> tuple[CodeCount, ...]:
        """The codes that records came with and nobody has given a meaning."""
        with store_errors(self.engine), self.engine.connect() as connection:
            return tuple(unmapped_codes(connection))

    def quarantine_rows(
        self,
        source: str | None = None,
        kind: RecordKind | None = None,
        *,
        limit: int | None = None,
    ) -> tuple[QuarantineRow, ...]:
        """The records set aside with the payload each came with, by (source, kind, key)."""
        table, raw = QUARANTINE.c, RAW_RECORDS.c
        is_same = sa.and_(raw.source == table.source, raw.kind == table.kind, raw.key == table.key)
        query = (
            sa.select(QUARANTINE, raw.payload)
            .outerjoin_from(QUARANTINE, RAW_RECORDS, is_same)
            .order_by(table.source, table.kind, table.key)
            .limit(limit)
        )
        if source is not None:
            query = query.where(table.source == source)
        if kind is not None:
            query = query.where(table.kind == kind.value)
        with store_errors(self.engine), self.engine.connect() as connection:
            return tuple(map(self._quarantined, connection.execute(query)))

    def _quarantined(self, row: Row[Any]) -> QuarantineRow:
        """A row of the quarantine, with a payload that can be read."""
        payload = row.payload
        if payload is not None and self._sealer is not None:
            payload = self._sealer.open(payload)
        return QuarantineRow(**{**row._mapping, "payload": payload})

    def dump(self, *, volatile: bool = False) -> str:
        """Every table as text, the same for the same content on both databases.

        Args:
            volatile: with run ids, clocks and the bytes of packs, which differ between two runs
                over the same records (packs are compared by their content hash).
        """
        with store_errors(self.engine), self.engine.connect() as connection:
            return "".join(
                line
                for name in sorted(METADATA.tables)
                for line in _dumped(connection, METADATA.tables[name], volatile)
            )


def _count(connection: Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(which)
    return connection.execute(query).scalar_one()


def _dumped(connection: Connection, table: sa.Table, volatile: bool) -> Iterator[str]:
    columns = [c for c in table.columns if volatile or not c.info.get("volatile")]
    names = [column.name for column in columns]
    rows = connection.execute(sa.select(*columns)) if columns else ()
    yield f"== {table.name}\n"
    yield from sorted(
        json.dumps(dict(zip(names, map(_shown, row), strict=True)), ensure_ascii=False) + "\n"
        for row in rows
    )


def _shown(value: object) -> object:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
