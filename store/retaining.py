"""What retention removes: counted first, then removed in batches, each told in the journal."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.holds import HoldScope
from itsm.journal import JournalKind, JournalNote
from itsm.packs import Withdrawal
from itsm.retention import Kept, Removal
from store.access_tables import ACCESS_EVENTS, LOGIN_BRAKES, LOGIN_SESSIONS
from store.bulk import upsert
from store.holds import Holds
from store.journal import Journal
from store.people_tables import REMOVALS
from store.publishing import Packs
from store.retained_records import PARTS, WHOLE, RetainedRecords
from store.retained_results import (
    deliveries,
    old_checks,
    old_packs,
    old_runs,
    payloads,
    remove_runs,
    removing,
    set_aside,
)
from store.tables import QUARANTINE, RAW_RECORDS

BATCH = 1_000
WHY = "removed by retention"
_ALWAYS = frozenset({HoldScope.ALL, HoldScope.PERIOD, HoldScope.PERSON})


class Retaining:
    """Counts and removes what is over, unless it is on hold."""

    def __init__(
        self, connection: Connection, journal: Journal, holds: Holds, packs: Packs
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._holds = holds
        self._packs = packs
        self._records = RetainedRecords(connection, holds)
        self._queries: Mapping[Kept, Callable[[datetime], sa.Select[tuple[str, ...]]]] = {
            Kept.RAW_PAGES: lambda before: payloads(before, holds),
            Kept.QUARANTINE: set_aside,
            Kept.CANDIDATES: lambda before: old_runs(before, holds),
            Kept.PACKS: old_packs,
            Kept.DELIVERIES: deliveries,
            Kept.CHECKS: old_checks,
        }

    def due(self, kept: Kept, before: datetime) -> int:
        """How many rows would go."""
        if kept is Kept.LOGINS:
            return 0 if self._is_stopped(kept) else sum(self._logins(before, remove=False))
        found = self._query(kept, before)
        return 0 if found is None else self._count(found)

    def on_hold(self, kept: Kept, before: datetime) -> int:
        """How many stay because they are on hold."""
        if kept in WHOLE or kept in PARTS:
            return self._records.on_hold(kept, before)
        if not self._is_stopped(kept):
            return 0
        if kept is Kept.LOGINS:
            return sum(self._logins(before, remove=False))
        return self._count(self._queries[kept](before))

    def members(self, before: datetime) -> sa.Select[tuple[str, str]]:
        """The incidents that would go."""
        return self._records.query(Kept.INCIDENTS, before)

    def remove(self, kept: Kept, before: datetime, now: datetime) -> int:
        """Remove a batch, and write it into the journal; the caller commits.

        Returns:
            How many rows went; less than a batch when nothing is left.
        """
        gone: tuple[str, ...] = ()
        if kept in WHOLE or kept in PARTS:
            n = self._records.remove(kept, before, BATCH)
        else:
            n, gone = self._other(kept, before, now)
        if n:
            self._note(kept, before, now, n, gone)
        return n

    def removals(self) -> tuple[Removal, ...]:
        """What was removed so far, by kind."""
        rows = self._connection.execute(sa.select(REMOVALS).order_by(REMOVALS.c.kind))
        return tuple(Removal(**{**row._mapping, "kind": Kept(row.kind)}) for row in rows)

    def _query(self, kept: Kept, before: datetime) -> sa.Select[Any] | None:
        if kept in WHOLE or kept in PARTS:
            return self._records.query(kept, before)
        return None if self._is_stopped(kept) else self._queries[kept](before)

    def _is_stopped(self, kept: Kept) -> bool:
        """Whether a hold stops a kind whose rows cannot be told apart by what they are about."""
        active = self._holds.active()
        if kept in {Kept.QUARANTINE, Kept.PACKS}:
            return bool(active)
        scopes = {one.scope for one in active}
        if kept in {Kept.RAW_PAGES, Kept.CANDIDATES}:
            return HoldScope.ALL in scopes
        return bool(scopes & _ALWAYS)

    def _other(self, kept: Kept, before: datetime, now: datetime) -> tuple[int, tuple[str, ...]]:
        if self._is_stopped(kept):
            return 0, ()
        if kept is Kept.LOGINS:
            return sum(self._logins(before, remove=True)), ()
        keys = self._connection.execute(self._queries[kept](before).limit(BATCH)).all()
        gone = tuple(f"pack/{key[0]}" for key in keys) if kept is Kept.PACKS else ()
        for key in keys:
            self._one(kept, tuple(key), now)
        return len(keys), gone

    def _one(self, kept: Kept, key: tuple[str, ...], now: datetime) -> None:
        if kept is Kept.PACKS:
            gone = Withdrawal(pack_id=key[0], why=WHY, replaced_by="", at=now)
            self._packs.withdraw(gone)
        elif kept is Kept.CANDIDATES:
            remove_runs(self._connection, key[0])
        else:
            self._plain(kept, key)

    def _plain(self, kept: Kept, key: tuple[str, ...]) -> None:
        raw = sa.tuple_(*(RAW_RECORDS.c[name] for name in ("source", "kind", "key"))) == key
        empty = sa.update(RAW_RECORDS).where(raw).values(payload=b"", is_landed=True)
        if kept in {Kept.RAW_PAGES, Kept.QUARANTINE}:
            self._connection.execute(empty)
        if kept is Kept.QUARANTINE:
            held = sa.tuple_(*(QUARANTINE.c[name] for name in ("source", "kind", "key"))) == key
            self._connection.execute(sa.delete(QUARANTINE).where(held))
        for statement in removing(kept, key):
            self._connection.execute(statement)

    def _logins(self, before: datetime, *, remove: bool) -> list[int]:
        times = (ACCESS_EVENTS.c.at, LOGIN_SESSIONS.c.seen_at, LOGIN_BRAKES.c.failed_at)
        if remove:
            gone = [sa.delete(at.table).where(at < before) for at in times]
            return [self._connection.execute(one).rowcount for one in gone]
        return [self._count(sa.select(at).where(at < before)) for at in times]

    def _note(
        self, kept: Kept, before: datetime, now: datetime, n: int, gone: tuple[str, ...]
    ) -> None:
        known = {one.kind: one for one in self.removals()}.get(kept)
        until = before if known is None else max(before, known.before_at)
        n_all = n + (known.n_removed if known else 0)
        upsert(self._connection, REMOVALS, [(kept.value, until, now, n_all)])
        facts = {"kind": kept.value, "before": before.isoformat(), "removed": str(n)}
        if gone:
            facts["contents"] = ",".join(gone)
        self._journal.append(
            JournalNote(kind=JournalKind.RETENTION, subject=kept.value, at=now, facts=facts)
        )

    def _count(self, query: sa.Select[Any]) -> int:
        counted = sa.select(sa.func.count()).select_from(query.subquery())
        return self._connection.execute(counted).scalar_one()
