"""The records behind a figure, by the numbers a pack names: looked up, never searched for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from itsm.states import RecordKind
from store.bulk import batches
from store.reads import Reads
from store.tables import CANONICAL, DELETIONS

KINDS = (
    RecordKind.INCIDENT,
    RecordKind.SERVICE_REQUEST,
    RecordKind.CHANGE,
    RecordKind.PROBLEM,
    RecordKind.VENDOR_CASE,
    RecordKind.KNOWLEDGE_ARTICLE,
)
"""The kinds a figure counts, that people know by a number."""
_PEOPLE = ("assignee", "caller", "opened_by", "resolved_by", "requester")
_NUMBERS_PER_QUERY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """A record that a figure was counted from, as it is today; `people` are named in its fields."""

    kind: RecordKind
    source: str
    number: str
    title: str
    state: str
    service: str
    opened_at: datetime | None
    restricted: bool
    people: tuple[str, ...]


class EvidenceReads(Reads):
    """Looks records up by their numbers."""

    def records(self, numbers: Collection[str]) -> tuple[EvidenceRecord, ...]:
        """The records of some numbers that are held and not deleted, by kind, source and number."""
        found: list[EvidenceRecord] = []
        for kind in KINDS:
            for some in batches(sorted(set(numbers)), _NUMBERS_PER_QUERY):
                found += [_record(kind, row) for row in self._all(_query(kind, some))]
        return tuple(found)


def _query(kind: RecordKind, numbers: Sequence[str]) -> sa.Select[Any]:
    table = CANONICAL[kind]
    deleted = sa.select(DELETIONS.c.source, DELETIONS.c.number).where(
        DELETIONS.c.kind == kind.value
    )
    return (
        sa.select(table)
        .where(table.c.number.in_(numbers))
        .where(sa.tuple_(table.c.source, table.c.number).not_in(deleted))
        .order_by(table.c.source, table.c.number)
    )


def _record(kind: RecordKind, row: Row[Any]) -> EvidenceRecord:
    said = row._mapping
    return EvidenceRecord(
        kind=kind,
        source=said["source"],
        number=said["number"],
        title=said.get("title") or said.get("summary") or "",
        state=said.get("state") or "",
        service=said.get("service") or "",
        opened_at=said.get("opened_at") or said.get("raised_at"),
        restricted=bool(said.get("restricted")),
        people=tuple(name for field in _PEOPLE if (name := said.get(field))),
    )
