"""Which records retention may remove, and removing them with all that hangs on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.retention import Kept
from itsm.states import RecordKind
from store.by_texts import among
from store.holds import Holds
from store.tables import CANONICAL, HANGS_ON, RAW_RECORDS

WHOLE = {
    Kept.INCIDENTS: (RecordKind.INCIDENT, ("closed_at", "resolved_at")),
    Kept.SERVICE_REQUESTS: (RecordKind.SERVICE_REQUEST, ("closed_at", "resolved_at")),
    Kept.CHANGES: (RecordKind.CHANGE, ("closed_at",)),
}
"""Records that go with what hangs on them, and when they were over; open ones never are."""
PARTS = {
    Kept.HISTORY: (RecordKind.HISTORY, ("at",)),
    Kept.COMMENTS: (RecordKind.COMMENT, ("at",)),
    Kept.SURVEYS: (RecordKind.SURVEY_RESPONSE, ("answered_at",)),
}
"""What hangs on records and goes by a time of its own."""
_Keys = dict[str, list[str]]


class RetainedRecords:
    """Finds and removes records; raw records stay as a key with its hash, so nothing comes back."""

    def __init__(self, connection: Connection, holds: Holds) -> None:
        self._connection = connection
        self._holds = holds

    def query(self, kept: Kept, before: datetime) -> sa.Select[tuple[str, str]]:
        """(source, number) of what is over, and not on hold."""
        return self._over(kept, before).where(~self._held(kept))

    def on_hold(self, kept: Kept, before: datetime) -> int:
        """How many would go, were they not on hold."""
        found = self._over(kept, before).where(self._held(kept)).subquery()
        return self._connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()

    def remove(self, kept: Kept, before: datetime, limit: int) -> int:
        """Remove so many records at most, with all that hangs on them; returns how many."""
        kind = WHOLE[kept][0] if kept in WHOLE else PARTS[kept][0]
        keys: _Keys = {}
        for source, number in self._connection.execute(self.query(kept, before).limit(limit)):
            keys.setdefault(source, []).append(number)
        for source, numbers in keys.items():
            if kept in WHOLE:
                self._hanging(source, kind, numbers)
            self._gone(source, kind, numbers)
        return sum(map(len, keys.values()))

    def _over(self, kept: Kept, before: datetime) -> sa.Select[tuple[str, str]]:
        kind, names = WHOLE[kept] if kept in WHOLE else PARTS[kept]
        table = CANONICAL[kind].c
        over: sa.ColumnElement[Any] = table[names[0]]
        for name in names[1:]:
            over = sa.func.coalesce(over, table[name])
        return sa.select(table.source, table.number).where(over < before)

    def _held(self, kept: Kept) -> sa.ColumnElement[bool]:
        if kept in WHOLE:
            return self._holds.covers(WHOLE[kept][0])
        return self._holds.covers_what_hangs(CANONICAL[PARTS[kept][0]])

    def _hanging(self, source: str, kind: RecordKind, numbers: Sequence[str]) -> None:
        for other, table in CANONICAL.items():
            column = "record" if "record_kind" in table.c else HANGS_ON.get(other, (None, ""))[1]
            if not column or (other in HANGS_ON and HANGS_ON[other][0] is not kind):
                continue
            of_these = [table.c.source == source, among(self._connection, table.c[column], numbers)]
            if "record_kind" in table.c:
                of_these.append(table.c.record_kind == kind.value)
            query = sa.select(table.c.number).where(*of_these)
            hanging = list(self._connection.execute(query).scalars())
            self._gone(source, other, hanging)

    def _gone(self, source: str, kind: RecordKind, numbers: Collection[str]) -> None:
        if not numbers:
            return
        table = CANONICAL[kind]
        which = sa.and_(table.c.source == source, among(self._connection, table.c.number, numbers))
        self._connection.execute(sa.delete(table).where(which))
        raw = RAW_RECORDS.c
        of_kind = sa.and_(raw.source == source, raw.kind == kind.value)
        known = sa.or_(
            among(self._connection, raw.number, numbers),
            sa.and_(raw.number.is_(None), among(self._connection, raw.key, numbers)),
        )
        empty = sa.update(RAW_RECORDS).where(of_kind, known)
        self._connection.execute(empty.values(payload=b"", is_landed=True))
