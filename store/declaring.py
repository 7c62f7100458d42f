"""What a company declares and people may change: every version, with its row in the journal."""

import json
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import dump
from itsm.journal import JournalKind, JournalNote
from store.bulk import insert_new
from store.journal import Journal
from store.journal_tables import DECLARATIONS

Content = Mapping[str, str]


class Declarations:
    """Weights, cost models, roles, formulas: what holds, and what held at any moment."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def note(self, kind: JournalKind, name: str, content: Content, at: datetime) -> bool:
        """Keep what is declared now, if it is another thing than before.

        Args:
            kind: what is declared, such as the weights.
            name: which one, such as "demand".
            content: it, as plain texts; people by their pseudonyms.
            at: when it was seen.

        Returns:
            Whether it is new.
        """
        version, before = self._newest(kind, name, None)
        if before == dict(content):
            return False
        text = dump(dict(content)).decode()
        row = (kind.value, name, version + 1, at, text)
        insert_new(self._connection, DECLARATIONS, [row])
        changed = _changes(before, content) if before is not None else {}
        facts = {**changed, "version": str(version + 1)}
        self._journal.append(
            JournalNote(kind=kind, subject=name, at=at, facts=facts, content=text.encode())
        )
        return True

    def as_of(self, kind: JournalKind, name: str, moment: datetime) -> Content | None:
        """What was declared at a moment; None: nothing yet."""
        return self._newest(kind, name, moment)[1]

    def newest(self, kind: JournalKind, name: str) -> Content | None:
        """What is declared now; None: nothing yet."""
        return self._newest(kind, name, None)[1]

    def _newest(
        self, kind: JournalKind, name: str, moment: datetime | None
    ) -> tuple[int, Content | None]:
        table = DECLARATIONS.c
        query = sa.select(table.version, table.content).where(
            table.kind == kind.value, table.name == name
        )
        if moment is not None:
            query = query.where(table.since_at <= moment)
        row = self._connection.execute(query.order_by(table.version.desc()).limit(1)).first()
        return (0, None) if row is None else (row.version, json.loads(row.content))


def _changes(before: Content, after: Content) -> dict[str, str]:
    """What differs, each as before -> after."""
    return {
        name: f"{before.get(name, 'nothing')} -> {after.get(name, 'nothing')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
