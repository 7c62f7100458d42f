"""Sweeps through the keys that are held: how far each has come, what was missed, what stopped."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.journal import JournalKind, JournalNote
from itsm.states import RecordKind
from store.bulk import upsert
from store.by_texts import delete_keys
from store.journal import Journal
from store.pull_tables import SWEEP_STOPS, SWEEP_SUSPECTS, SWEEPS
from store.raw_keys import RawKeys
from store.values import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How far a sweep through the keys of a kind has come.

    Attributes:
        source: of which source.
        kind: of which kind.
        after_key: the last key that was asked for in this round; "" before the first.
        swept_at: until when the sweep has done its share.
        ended_at: when a round last came to its end.
        n_asked: keys that were asked for in this round.
        n_gone: of these, the ones that were not there.
    """

    source: str
    kind: RecordKind
    swept_at: datetime
    after_key: str = ""
    ended_at: datetime | None = None
    n_asked: int = 0
    n_gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStop:
    """So much of a kind is missing that a person has to say whether it was deleted."""

    source: str
    kind: RecordKind
    n_gone: int
    n_held: int
    at: datetime


class Sweeps:
    """Sweeps by source and kind, with what each has missed."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def get(self, source: str, kind: RecordKind) -> Sweep | None:
        """How far a sweep has come; None before the first."""
        table = SWEEPS.c
        query = sa.select(SWEEPS).where(table.source == source, table.kind == kind.value)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Sweep(**{**row._mapping, "kind": kind})

    def list(self) -> tuple[Sweep, ...]:
        """All sweeps, by source and kind."""
        rows = self._connection.execute(sa.select(SWEEPS).order_by(SWEEPS.c.source, SWEEPS.c.kind))
        return tuple(Sweep(**{**row._mapping, "kind": RecordKind(row.kind)}) for row in rows)

    def save(self, sweep: Sweep) -> None:
        """Keep how far a sweep has come."""
        said = (sweep.after_key, sweep.swept_at, sweep.ended_at, sweep.n_asked, sweep.n_gone)
        upsert(self._connection, SWEEPS, [(sweep.source, sweep.kind.value, *said)])

    def following(self, source: str, kind: RecordKind, after_key: str, limit: int) -> Sequence[str]:
        """The next keys that are held, in order."""
        return RawKeys(self._connection).following(source, kind, after_key, limit)

    def latest(self, source: str, kind: RecordKind, limit: int) -> Sequence[str]:
        """The keys of the records that a source gave last."""
        return RawKeys(self._connection).latest(source, kind, limit)

    def miss(self, source: str, kind: RecordKind, keys: Collection[str], at: datetime) -> None:
        """Note keys that were not there when they were asked for."""
        rows = [(source, kind.value, storable(key), at) for key in keys]
        upsert(self._connection, SWEEP_SUSPECTS, rows, keep=frozenset({"missed_at"}))

    def missed(self, source: str, kind: RecordKind) -> dict[str, datetime]:
        """The keys that were not there, and when that was first seen."""
        table = SWEEP_SUSPECTS.c
        query = sa.select(table.key, table.missed_at)
        query = query.where(table.source == source, table.kind == kind.value)
        return dict(self._connection.execute(query.order_by(table.key)).tuples().all())

    def settle(self, source: str, kind: RecordKind, keys: Collection[str]) -> None:
        """Forget that keys were missed: they are there again, or count as deleted."""
        delete_keys(self._connection, SWEEP_SUSPECTS, source, kind.value, keys)

    def stop(self, stop: SweepStop) -> None:
        """Let a person say whether what is missing was deleted; the sweep rests until then."""
        row = (stop.source, stop.kind.value, stop.n_gone, stop.n_held, stop.at)
        upsert(self._connection, SWEEP_STOPS, [row])

    def stops(self) -> tuple[SweepStop, ...]:
        """What waits for a person, by source and kind."""
        table = SWEEP_STOPS.c
        rows = self._connection.execute(sa.select(SWEEP_STOPS).order_by(table.source, table.kind))
        return tuple(SweepStop(**{**row._mapping, "kind": RecordKind(row.kind)}) for row in rows)

    def lift(self, stop: SweepStop, n_deleted: int, actor: str, reason: str, at: datetime) -> None:
        """End a stop as a person said: so many records count as deleted, or none."""
        table = SWEEP_STOPS.c
        self._connection.execute(
            sa.delete(SWEEP_STOPS).where(table.source == stop.source, table.kind == stop.kind.value)
        )
        self._journal.append(
            JournalNote(
                kind=JournalKind.SWEEP,
                subject=f"{stop.source}/{stop.kind}",
                at=at,
                actor=actor,
                facts={"missing": str(stop.n_gone), "deleted": str(n_deleted)},
                reason=reason,
            )
        )
