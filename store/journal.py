"""The journal in the database: rows appended in the transaction of what they tell, never changed.

What the chain is, and how it is checked, is in `itsm.journal`; this is where it lies.
"""

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import dump
from itsm.journal import (
    EMPTY,
    SYSTEM,
    Head,
    JournalDetail,
    JournalKind,
    JournalNote,
    JournalRow,
    chained,
    keyed,
    pseudonym_of,
)
from store.bulk import upsert
from store.journal_tables import JOURNAL, JOURNAL_DETAILS, JOURNAL_KEYS
from store.values import storable

_LOCK = 4_276_115_904
"""Of PostgreSQL: whoever appends holds it until the end of the transaction."""
CONTENT = "content"
"""The fact that holds the digest of what a row vouches for."""


class Journal:
    """Everything that was decided, changed or sent, oldest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, note: JournalNote) -> int:
        """Add a row; it lasts with the transaction it is in, and so does what it tells of.

        Returns:
            Its sequence.
        """
        self.lock()
        head = self.head()
        salt, text = secrets.token_hex(16), _detail(note)
        facts = {name: storable(str(value)) for name, value in note.facts.items()}
        facts |= {role: self.pseudonym(name) for role, name in note.people.items() if name}
        if note.content is not None:
            facts[CONTENT] = keyed(salt, note.content)
        bare = JournalRow(
            sequence=head.sequence + 1,
            at=note.at,
            kind=note.kind.value,
            subject=storable(note.subject),
            actor=self.pseudonym(note.actor) if note.actor else SYSTEM,
            role=note.role if note.actor else SYSTEM,
            facts=facts,
            digest=keyed(salt, text.encode()) if text else "",
            previous_hash=head.hash,
            hash="",
        )
        self._write(bare)
        if text or note.content is not None:
            upsert(self._connection, JOURNAL_DETAILS, [(bare.sequence, salt, text)])
        return bare.sequence

    def head(self) -> Head:
        """The newest row; `EMPTY` where there is none."""
        table = JOURNAL.c
        query = sa.select(table.sequence, table.hash).order_by(table.sequence.desc()).limit(1)
        row = self._connection.execute(query).first()
        return EMPTY if row is None else Head(row.sequence, row.hash)

    def rows(
        self, *, subject: str | None = None, kinds: Collection[JournalKind] = ()
    ) -> tuple[JournalRow, ...]:
        """All rows, or those on a subject, or of some kinds, oldest first."""
        query = sa.select(JOURNAL).order_by(JOURNAL.c.sequence)
        if subject is not None:
            query = query.where(JOURNAL.c.subject == subject)
        if kinds:
            query = query.where(JOURNAL.c.kind.in_(sorted(kind.value for kind in kinds)))
        return tuple(
            JournalRow(**{**row._mapping, "facts": json.loads(row.facts)})
            for row in self._connection.execute(query)
        )

    def details(self, sequences: Collection[int] | None = None) -> dict[int, JournalDetail]:
        """What lies beside the rows, or some rows, and has not been erased, by sequence."""
        query = sa.select(JOURNAL_DETAILS)
        if sequences is not None:
            query = query.where(JOURNAL_DETAILS.c.sequence.in_(sequences))
        rows = self._connection.execute(query)
        return {row.sequence: JournalDetail(**row._mapping) for row in rows}

    def names(self) -> dict[str, str]:
        """Whom each pseudonym stands for; those of erased people are not there."""
        table = JOURNAL_KEYS.c
        query = sa.select(table.pseudonym, table.name)
        return {row.pseudonym: row.name for row in self._connection.execute(query)}

    def pseudonym(self, name: str) -> str:
        """What a person is called in the chain; made at first, and anew after an erasure."""
        kept, table = storable(name), JOURNAL_KEYS.c
        query = sa.select(table.pseudonym).where(table.name == kept).order_by(table.pseudonym)
        found = self._connection.execute(query.limit(1)).scalar()
        if found is not None:
            return str(found)
        key = secrets.token_hex(32)
        made = pseudonym_of(key, kept)
        upsert(self._connection, JOURNAL_KEYS, [(made, key, kept)])
        return made

    def lock(self) -> None:
        """Wait for whoever is appending; SQLite holds its lock from the start of the work."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def _write(self, row: JournalRow) -> None:
        values = {name: getattr(row, name) for name in JOURNAL.columns.keys()}  # noqa: SIM118
        values |= {"facts": dump(dict(row.facts)).decode(), "hash": chained(row)}
        self._connection.execute(sa.insert(JOURNAL).values(values))


def told(detail: JournalDetail | None) -> tuple[str, Mapping[str, tuple[str, str]]]:
    """The reason and the changes of a row; nothing where they were erased or never given."""
    if detail is None or not detail.text:
        return "", {}
    said = json.loads(detail.text)
    changes: Mapping[str, Sequence[str]] = said["changes"]
    return str(said["reason"]), {name: (pair[0], pair[1]) for name, pair in changes.items()}


def erased_among(rows: Sequence[JournalRow], fact: str) -> frozenset[str]:
    """What erasures and retention have taken out, of one sort, as the chain attests it."""
    return frozenset(_erased(rows, fact))


def _erased(rows: Sequence[JournalRow], fact: str) -> Iterator[str]:
    for row in rows:
        if row.kind in {JournalKind.ERASURE, JournalKind.RETENTION}:
            yield from filter(None, row.facts.get(fact, "").split(","))


def _detail(note: JournalNote) -> str:
    """Reason and changes as JSON, "" where there is neither."""
    if not note.reason and not note.changes:
        return ""
    said = {"reason": note.reason, "changes": {k: list(v) for k, v in note.changes.items()}}
    return storable(dump(said).decode(errors="replace"))
