"""Legal holds in the database, and which incidents they cover."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.errors import NotThereError, OnHoldError, TransitionError
from itsm.holds import HoldScope, LegalHold, days_of
from itsm.journal import JournalKind, JournalNote
from itsm.pseudonyms import PERSON_FIELDS
from itsm.states import RecordKind
from store.bulk import upsert
from store.erasing_names import may_hold, pattern_of
from store.journal import Journal
from store.people import People
from store.people_tables import LEGAL_HOLDS
from store.result_tables import CANDIDATE_MEMBERS
from store.sealing import Sealer
from store.tables import CANONICAL

_H = LEGAL_HOLDS.c
_TEXTS = ("title", "description", "close_notes")


def _of_period(table: sa.Table, about: str) -> sa.ColumnElement[bool]:
    """Opened before its end, and not closed before its begin."""
    first, until = days_of(about)
    closed = sa.func.coalesce(table.c.closed_at, sa.literal(until, table.c.closed_at.type))
    return sa.and_(table.c.opened_at < until, closed >= sa.literal(first, table.c.closed_at.type))


def _of_number(table: sa.Table, about: str) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.number == about, table.c.source + "/" + table.c.number == about)


def _of_candidate(table: sa.Table, about: str) -> sa.ColumnElement[bool]:
    """Ever a member; only incidents are."""
    if table is not CANONICAL[RecordKind.INCIDENT]:
        return sa.false()
    member = CANDIDATE_MEMBERS.c
    keys = sa.select(member.source, member.number).where(member.candidate_id == about)
    return sa.tuple_(table.c.source, table.c.number).in_(keys)


_COVERS: Mapping[HoldScope, Callable[[sa.Table, str], sa.ColumnElement[bool]]] = {
    HoldScope.ALL: lambda _table, _about: sa.true(),
    HoldScope.SERVICE: lambda table, about: sa.func.coalesce(table.c.service, "") == about,
    HoldScope.PERIOD: _of_period,
    HoldScope.INCIDENT: _of_number,
    HoldScope.CANDIDATE: _of_candidate,
}
"""Whether a hold is about a record, as a condition on its row."""


class Holds:
    """What is on hold; what it is about and why is sealed, as it may name people."""

    def __init__(
        self, connection: Connection, journal: Journal, sealer: Sealer | None = None
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._sealer = sealer

    def list(self) -> tuple[LegalHold, ...]:
        """All holds there ever were, oldest first."""
        query = sa.select(LEGAL_HOLDS).order_by(_H.placed_at, _H.hold_id)
        return tuple(map(self._hold, self._connection.execute(query)))

    def active(self) -> tuple[LegalHold, ...]:
        """Those that hold."""
        return tuple(one for one in self.list() if one.is_active)

    def place(
        self, scope: HoldScope, about: str, *, by: str, role: str, reason: str, at: datetime
    ) -> LegalHold:
        """Place a hold.

        Raises:
            TransitionError: no reason is given, or nothing that it is about.
            ConfigError: it is about no period.
        """
        if not reason.strip():
            raise TransitionError("say why it is on hold: --reason")
        if scope is not HoldScope.ALL and not about.strip():
            raise TransitionError(f"say which {scope} is on hold")
        if scope is HoldScope.PERIOD:
            days_of(about)
        n = self._connection.execute(
            sa.select(sa.func.count()).select_from(LEGAL_HOLDS)
        ).scalar_one()
        hold = LegalHold(
            hold_id=f"H{n + 1}",
            scope=scope,
            about=about.strip(),
            reason=reason.strip(),
            placed_by=by,
            placed_at=at,
        )
        self._put(hold)
        self._tell(hold, "placed", by, role, at, reason)
        return hold

    def release(self, hold_id: str, *, by: str, role: str, reason: str, at: datetime) -> LegalHold:
        """Let go what is on hold.

        Raises:
            NotThereError: there is no such hold.
            TransitionError: it was released before, or no reason is given.
        """
        found = {one.hold_id: one for one in self.list()}
        if hold_id not in found:
            raise NotThereError(f"there is no hold {hold_id!r}; csi hold list shows all")
        hold = found[hold_id]
        if not hold.is_active:
            raise TransitionError(f"{hold}")
        if not reason.strip():
            raise TransitionError(f"{hold_id}: say why it is released: --reason")
        row = {"released_by": by, "released_at": at, "why_released": self._sealed(reason.strip())}
        which = sa.update(LEGAL_HOLDS).where(_H.hold_id == hold_id)
        self._connection.execute(which.values(row))
        self._tell(hold, "released", by, role, at, reason)
        return next(one for one in self.list() if one.hold_id == hold_id)

    def require_free(self, names: Sequence[str]) -> None:
        """See that nothing of a person is on hold.

        Raises:
            OnHoldError: a hold is about the person, or about an incident that names them.
        """
        for hold in self.active():
            if self._binds(hold, names):
                raise OnHoldError(
                    f"on hold, so nothing is erased: {hold.hold_id} ({hold.scope}), placed by "
                    f"{hold.placed_by} on {hold.placed_at:%Y-%m-%d}; whoever placed it releases it "
                    f"with csi hold release {hold.hold_id} --reason ..., then erase again"
                )

    def forget(self, names: Sequence[str]) -> int:
        """Take a person out of holds that were released; returns how many named them."""
        found, n_changed = pattern_of(names), 0
        for hold in self.list():
            texts = {name: getattr(hold, name) for name in ("about", "reason", "why_released")}
            made = {name: found.sub("erased person", text) for name, text in texts.items()}
            if made != texts:
                values = {name: self._sealed(text) for name, text in made.items()}
                which = sa.update(LEGAL_HOLDS).where(_H.hold_id == hold.hold_id)
                self._connection.execute(which.values(values))
                n_changed += 1
        return n_changed

    told_apart = (RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.CHANGE)
    """The kinds of which it can be told whether a hold is about a record."""

    def covers(self, kind: RecordKind) -> sa.ColumnElement[bool]:
        """Whether a record of a kind is on hold, as a condition on its row."""
        return sa.or_(sa.false(), *(self._covers(one, kind) for one in self.active()))

    def covers_what_hangs(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Whether what hangs on a record is on hold with it, as a condition on its row."""
        if not self.active():
            return sa.false()
        held = []
        for kind in self.told_apart:
            record = CANONICAL[kind].c
            keys = sa.select(record.source, record.number).where(self.covers(kind))
            is_one = sa.tuple_(table.c.source, table.c.record).in_(keys)
            held.append(sa.and_(table.c.record_kind == kind.value, is_one))
        is_all = any(one.scope is HoldScope.ALL for one in self.active())
        return sa.or_(sa.true() if is_all else sa.false(), *held)

    def _covers(self, hold: LegalHold, kind: RecordKind) -> sa.ColumnElement[bool]:
        if hold.scope is HoldScope.PERSON:
            return self._names(hold.names, kind)
        return _COVERS[hold.scope](CANONICAL[kind], hold.about)

    def _names(self, names: Sequence[str], kind: RecordKind) -> sa.ColumnElement[bool]:
        """Whether a record may name a person, in a field or in its text."""
        found = pattern_of(names)
        record = CANONICAL[kind].c
        everyone = People(self._connection, self._sealer).all()
        theirs = [one for one, name in everyone.items() if found.search(name)]
        fields = [record[name] for name in PERSON_FIELDS.get(kind, ())]
        texts = [record[name] for name in _TEXTS if name in record]
        told = [sa.func.coalesce(column, "") for column in (*texts, *fields)]
        return sa.or_(
            *(sa.func.coalesce(column, "").in_(theirs) for column in fields),
            *(may_hold(column, names) for column in told),
        )

    def _binds(self, hold: LegalHold, names: Sequence[str]) -> bool:
        if hold.scope is HoldScope.ALL:
            return True
        if hold.scope is HoldScope.PERSON:
            held, wanted = pattern_of(hold.names), pattern_of(names)
            return any(map(held.search, names)) or any(map(wanted.search, hold.names))
        return any(self._is_both(hold, names, kind) for kind in self.told_apart)

    def _is_both(self, hold: LegalHold, names: Sequence[str], kind: RecordKind) -> bool:
        """Whether a record is on hold and names a person."""
        both = sa.and_(self._covers(hold, kind), self._names(names, kind))
        query = sa.select(CANONICAL[kind].c.number).where(both).limit(1)
        return self._connection.execute(query).first() is not None

    def _put(self, hold: LegalHold) -> None:
        row = (
            hold.hold_id,
            hold.scope.value,
            self._sealed(hold.about),
            self._sealed(hold.reason),
            hold.placed_by,
            hold.placed_at,
            "",
            None,
            b"",
        )
        upsert(self._connection, LEGAL_HOLDS, [row])

    def _tell(
        self, hold: LegalHold, what: str, by: str, role: str, at: datetime, reason: str
    ) -> None:
        self._journal.append(
            JournalNote(
                kind=JournalKind.HOLD,
                subject=hold.hold_id,
                actor=by,
                role=role,
                at=at,
                facts={"hold": what, "scope": hold.scope.value},
                reason=reason.strip(),
            )
        )

    def _sealed(self, text: str) -> bytes:
        return text.encode() if self._sealer is None else self._sealer.seal(text.encode())

    def _hold(self, row: Row[tuple[object, ...]]) -> LegalHold:
        texts = dict(self._texts(row))
        return LegalHold(**{**row._mapping, **texts, "scope": HoldScope(row.scope)})

    def _texts(self, row: Row[tuple[object, ...]]) -> Iterator[tuple[str, str]]:
        for name in ("about", "reason", "why_released"):
            kept = bytes(row._mapping[name])
            yield name, (kept if self._sealer is None else self._sealer.open(kept)).decode()
