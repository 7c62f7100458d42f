"""Quarantine and watermarks: what stands between raw payloads and the canonical tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.errors import NotThereError, StaleDecisionError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.records import Quarantined
from itsm.states import RecordKind
from store.bulk import upsert
from store.by_texts import delete_keys, looked_up
from store.journal import Journal
from store.meeting_tables import QUARANTINE_OVERRIDES
from store.tables import QUARANTINE, WATERMARKS
from store.values import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A record that fails a rule and lands all the same: who said so, when and why."""

    source: str
    kind: RecordKind
    key: str
    rule: str
    actor: str
    reason: str
    at: datetime


class Quarantine:
    """Records set aside; each goes when it has been mended, replaced, or accepted by a person."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

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

    def accept(self, chosen: Override, role: str = "") -> None:
        """Let a record land at the next run although it fails the rule it was set aside for.

        It stays in quarantine until then. Should it fail another rule, it is set aside for that.

        Raises:
            TransitionError: no reason is given.
            StaleDecisionError: it is not set aside for that rule, or no longer.
        """
        if not chosen.reason.strip():
            raise TransitionError(f"{chosen.key}: say why it may be used in spite of the check")
        table = QUARANTINE.c
        where = (table.source == chosen.source, table.kind == chosen.kind.value)
        query = sa.select(table.rule).where(*where, table.key == chosen.key)
        rule = self._connection.execute(query).scalar()
        if rule != chosen.rule:
            raise StaleDecisionError(
                f"{chosen.source} {chosen.kind} {chosen.key}: it is not set aside for "
                f"{chosen.rule!r}, or no longer; look at it again"
            )
        row = (chosen.source, chosen.kind.value, chosen.key, chosen.rule)
        told = (chosen.actor, chosen.reason.strip(), chosen.at)
        upsert(self._connection, QUARANTINE_OVERRIDES, [(*row, *told)])
        self._tell(chosen, "accepted", role)

    def withdraw(self, chosen: Override, role: str = "") -> None:
        """Let the rule hold again for a record, from its next landing on.

        Raises:
            NotThereError: it was not accepted.
        """
        table = QUARANTINE_OVERRIDES.c
        where = (table.source == chosen.source, table.kind == chosen.kind.value)
        which = sa.delete(QUARANTINE_OVERRIDES).where(
            *where, table.key == chosen.key, table.rule == chosen.rule
        )
        if not self._connection.execute(which).rowcount:
            raise NotThereError(f"{chosen.source} {chosen.kind} {chosen.key}: it was not accepted")
        self._tell(chosen, "withdrawn", role)

    def accepted(
        self, source: str, kind: RecordKind, keys: Collection[str]
    ) -> Mapping[str, frozenset[str]]:
        """The rules that a person has set aside for some records, by raw key; those with any."""
        table = QUARANTINE_OVERRIDES.c
        query = sa.select(table.key, table.rule)
        query = query.where(table.source == source, table.kind == kind.value)
        rows = self._connection.execute(looked_up(self._connection, query, table.key, keys))
        found: dict[str, frozenset[str]] = {}
        for row in rows:
            found[row.key] = found.get(row.key, frozenset()) | {row.rule}
        return found

    def overrides(self) -> tuple[Override, ...]:
        """Everything that was accepted, by source, kind, key and rule."""
        order = QUARANTINE_OVERRIDES.primary_key.columns
        rows = self._connection.execute(sa.select(QUARANTINE_OVERRIDES).order_by(*order))
        return tuple(Override(**{**row._mapping, "kind": RecordKind(row.kind)}) for row in rows)

    def _tell(self, chosen: Override, what: str, role: str) -> None:
        self._journal.append(
            JournalNote(
                kind=JournalKind.QUARANTINE,
                subject=f"{chosen.source}/{chosen.kind}/{chosen.key}",
                at=chosen.at,
                actor=chosen.actor,
                role=role,
                facts={"rule": chosen.rule, "quarantine": what},
                reason=chosen.reason.strip(),
            )
        )


class Watermarks:
    """How far each kind of each source has been read, and what else is read in its own order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str, kind: str) -> str | None:
        """The cursor to go on from; None before the first page."""
        table = WATERMARKS.c
        query = sa.select(table.cursor).where(table.source == source, table.kind == str(kind))
        return self._connection.execute(query).scalar()

    def newest(self) -> dict[str, datetime]:
        """When each source was last read, by its name."""
        table = WATERMARKS.c
        query = sa.select(table.source, sa.func.max(table.moved_at)).group_by(table.source)
        found = self._connection.execute(query.order_by(table.source))
        return {source: at for source, at in found if at is not None}

    def set(self, source: str, kind: str, cursor: str, at: datetime) -> None:
        """Move the cursor, in the same transaction as the page it follows."""
        upsert(self._connection, WATERMARKS, [(source, str(kind), cursor, at)])
