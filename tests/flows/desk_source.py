"""A small system in memory: what a live source may do, and the ways it may go wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson

from connectors.core.source import Deletion, DeletionPage, Mapped, MappedRecord, Page, Stamped
from itsm.records import HistoryEvent, Incident, RawRecord, Record
from itsm.states import HistoryField, IncidentState, RecordKind

START = datetime(2026, 11, 9, 8, tzinfo=UTC)
INCIDENT, HISTORY = RecordKind.INCIDENT, RecordKind.HISTORY


@dataclass
class Desk:
    """Rows by kind and key; `hidden` ones are counted and not shown.

    A cursor is the number of rows given, so what changes later is only found by comparing keys.
    """

    rows: dict[RecordKind, dict[str, dict[str, str]]]
    hidden: set[str] = field(default_factory=set)
    told: list[Deletion] = field(default_factory=list)
    page_size: int = 2
    name: str = "desk"
    asked: list[str] = field(default_factory=list)
    kinds: tuple[RecordKind, ...] = (INCIDENT, HISTORY)
    by_key: frozenset[RecordKind] = frozenset({HISTORY})

    def pages(self, kind: RecordKind, cursor: str | None) -> Iterator[Page]:
        start = int(cursor or 0)
        keys = list(self.rows[kind])
        for at in range(start, len(keys), self.page_size):
            some = keys[at : at + self.page_size]
            yield Page(self.fetch(kind, some), str(at + len(some)))

    def mapping_version(self, kind: RecordKind) -> str:
        return "1"

    def map(self, kind: RecordKind, raw: Sequence[RawRecord]) -> Mapped:
        rows = [(record.key, orjson.loads(record.payload)) for record in raw]
        return Mapped(
            tuple(MappedRecord(key, (self._record(kind, key, r),)) for key, r in rows), ()
        )

    def _record(self, kind: RecordKind, key: str, row: dict[str, str]) -> Record:
        if kind is HISTORY:
            return HistoryEvent(
                source=self.name,
                number=key,
                record_kind=INCIDENT,
                record=row["of"],
                at=START,
                sequence=0,
                field=HistoryField.TEAM,
                new=row["team"],
            )
        return Incident(
            source=self.name,
            number=row["number"],
            opened_at=START,
            state=IncidentState.NEW,
            state_code="1",
            title=row.get("title"),
            updated_at=stamp(row),
        )

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        self.asked.append(f"count {kind}")
        return len(self.rows[kind].keys() & set(keys) if keys is not None else self.rows[kind])

    def keys(self, kind: RecordKind) -> Iterator[Sequence[Stamped]]:
        self.asked.append(f"keys {kind}")
        seen = sorted(self.rows[kind].keys() - self.hidden)
        shown = [Stamped(key, stamp(self.rows[kind][key])) for key in seen]
        for at in range(0, len(shown), self.page_size):
            yield shown[at : at + self.page_size]

    def fetch(self, kind: RecordKind, keys: Sequence[str]) -> list[RawRecord]:
        return [
            raw(self.name, kind, key, self.rows[kind][key])
            for key in keys
            if key in self.rows[kind] and key not in self.hidden
        ]

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        start = int(cursor or 0)
        if self.told[start:]:
            yield DeletionPage(self.told[start:], str(len(self.told)))

    def says_deleted(self, kind: RecordKind, key: str) -> None:
        self.told.append(Deletion(source=self.name, kind=kind, key=key, deleted_at=START))


def stamp(row: dict[str, str]) -> datetime | None:
    """A row was updated so many hours after the start as it says."""
    return START + timedelta(hours=int(row["hours"])) if "hours" in row else None


def raw(source: str, kind: RecordKind, key: str, row: dict[str, str]) -> RawRecord:
    payload = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    content_hash = sha256(payload).hexdigest()
    return RawRecord(source=source, kind=kind, key=key, payload=payload, content_hash=content_hash)


def incidents(n: int) -> dict[str, dict[str, str]]:
    return {f"k{i:03d}": {"number": f"INC{i:03d}", "title": f"VPN drops {i}"} for i in range(n)}
