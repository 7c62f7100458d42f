"""The register of improvements in the database: every version kept, every change in the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import from_bytes, to_bytes
from itsm.demand import DemandNote, NoteKind
from itsm.errors import NotThereError, StaleDecisionError
from itsm.journal import JournalKind, JournalNote
from itsm.register import RegisterEntry, RegisterState
from itsm.register_roles import PIPELINE
from store.bulk import insert_new, upsert
from store.journal import Journal
from store.journal_tables import DEMAND_NOTES, REGISTER_VERSIONS
from store.result_tables import REGISTER_ENTRIES

_PREFIX = "CSI-"
_DIGITS = 4


class Changed(NamedTuple):
    """An entry that was changed in this unit of work, and the note that told of it."""

    before: RegisterEntry
    after: RegisterEntry
    note: JournalNote


class Register:
    """The register of improvements; `changed` are the changes of this unit of work so far."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal
        self.changed: list[Changed] = []

    def save(self, entries: Sequence[RegisterEntry]) -> int:
        """Add the entries whose number is new; what a person has edited is never overwritten.

        Returns:
            How many were added.
        """
        known = set(self._connection.execute(sa.select(REGISTER_ENTRIES.c.number)).scalars())
        new = {entry.number: entry for entry in reversed(entries) if entry.number not in known}
        for _, entry in sorted(new.items()):
            self._write(replace(entry, version=1), entry.raised_at)
            self._journal.append(_proposal(entry))
        return len(new)

    def put(self, entry: RegisterEntry, note: JournalNote, *, seen: int) -> RegisterEntry:
        """Keep a changed entry as its next version, and tell of it in the journal.

        Args:
            entry: as it is to be.
            note: what was done; subject, version, states and content are filled in.
            seen: the version that was looked at when it was changed.

        Returns:
            The entry as it is kept.

        Raises:
            StaleDecisionError: somebody has changed it since.
            NotThereError: there is no such entry.
        """
        before = self.get(entry.number)
        if before.version != seen:
            raise StaleDecisionError(
                f"{entry.number} was changed in the meantime (version {before.version}, you saw "
                f"{seen}); look at it again"
            )
        kept = replace(entry, version=seen + 1)
        self._write(kept, note.at)
        facts = {**note.facts, "version": str(kept.version)}
        if before.state is not kept.state:
            facts |= {"from": before.state.value, "to": kept.state.value}
        told = replace(note, subject=kept.number, facts=facts, content=to_bytes(kept))
        self._journal.append(told)
        self.changed.append(Changed(before, kept, note))
        return kept

    def get(self, number: str) -> RegisterEntry:
        """An entry.

        Raises:
            NotThereError: there is none of that number.
        """
        table = REGISTER_ENTRIES.c
        query = sa.select(table.entry).where(table.number == number)
        found = self._connection.execute(query).scalar()
        if found is None:
            raise NotThereError(
                f"the register has no entry {number!r}; `csi register list` shows all"
            )
        return from_bytes(RegisterEntry, found.encode())

    def list(self) -> tuple[RegisterEntry, ...]:
        """All entries, by number."""
        query = sa.select(REGISTER_ENTRIES.c.entry).order_by(REGISTER_ENTRIES.c.number)
        found = self._connection.execute(query).scalars()
        return tuple(from_bytes(RegisterEntry, text.encode()) for text in found)

    def versions(self, number: str) -> tuple[tuple[datetime, RegisterEntry], ...]:
        """Every version of an entry with its time, oldest first."""
        table = REGISTER_VERSIONS.c
        query = sa.select(table.at, table.entry).where(table.number == number)
        rows = self._connection.execute(query.order_by(table.version))
        return tuple((row.at, from_bytes(RegisterEntry, row.entry.encode())) for row in rows)

    def as_of(self, moment: datetime) -> tuple[RegisterEntry, ...]:
        """All entries as they were at a moment, by number."""
        table = REGISTER_VERSIONS.c
        query = sa.select(table.number, table.entry).where(table.at <= moment)
        rows = self._connection.execute(query.order_by(table.number, table.version))
        newest = {row.number: row.entry for row in rows}
        return tuple(from_bytes(RegisterEntry, text.encode()) for text in newest.values())

    def fell_back(self, before: datetime) -> frozenset[str]:
        """The numbers of entries that had regressed before a moment, whatever became of them."""
        rows = self._journal.rows(kinds=[JournalKind.TRANSITION])
        to = RegisterState.REGRESSED.value
        return frozenset(r.subject for r in rows if r.facts.get("to") == to and r.at < before)

    def all_versions(self) -> Mapping[str, Sequence[tuple[datetime, RegisterEntry]]]:
        """Every version of every entry, by number, oldest first."""
        found: dict[str, list[tuple[datetime, RegisterEntry]]] = {}
        table = REGISTER_VERSIONS.c
        query = sa.select(REGISTER_VERSIONS).order_by(table.number, table.version)
        for row in self._connection.execute(query):
            entry = from_bytes(RegisterEntry, row.entry.encode())
            found.setdefault(row.number, []).append((row.at, entry))
        return found

    def next_number(self) -> str:
        """A number that no entry has: CSI-0001 and on."""
        numbers = self._connection.execute(sa.select(REGISTER_ENTRIES.c.number)).scalars()
        taken = [int(end) for one in numbers if (end := one.removeprefix(_PREFIX)).isdecimal()]
        return f"{_PREFIX}{max(taken, default=0) + 1:0{_DIGITS}d}"

    def _write(self, entry: RegisterEntry, at: datetime) -> None:
        text = to_bytes(entry).decode()
        plain = [name for name in REGISTER_ENTRIES.columns.keys() if name != "entry"]  # noqa: SIM118
        row = (*(getattr(entry, name) for name in plain), text)
        upsert(self._connection, REGISTER_ENTRIES, [row])
        insert_new(self._connection, REGISTER_VERSIONS, [(entry.number, entry.version, at, text)])


class DemandNotes:
    """Stakeholders' priorities and unstated assumptions, beside the register."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def add(self, note: DemandNote, told: JournalNote) -> DemandNote:
        """Keep a note under the next id."""
        taken = [int(one.note_id.removeprefix("N")) for one in self.list()]
        kept = replace(note, note_id=f"N{max(taken, default=0) + 1}")
        self._write(kept, told)
        return kept

    def review(
        self, note_id: str, on: date, finding: str, review_by: date, told: JournalNote
    ) -> DemandNote:
        """Note that somebody looked at it, what they found, and when it is due again.

        Raises:
            NotThereError: there is no such note.
        """
        found = next((one for one in self.list() if one.note_id == note_id), None)
        if found is None:
            raise NotThereError(f"there is no note {note_id!r}; `csi register notes` shows all")
        kept = replace(found, reviewed_on=on, finding=finding, review_by=review_by)
        self._write(kept, told)
        return kept

    def list(self) -> tuple[DemandNote, ...]:
        """All notes, in the order they were made."""
        rows = self._connection.execute(sa.select(DEMAND_NOTES))
        notes = [DemandNote(**{**row._mapping, "kind": NoteKind(row.kind)}) for row in rows]
        return tuple(sorted(notes, key=lambda one: int(one.note_id.removeprefix("N"))))

    def _write(self, note: DemandNote, told: JournalNote) -> None:
        names = DEMAND_NOTES.columns.keys()
        upsert(self._connection, DEMAND_NOTES, [tuple(getattr(note, name) for name in names)])
        facts = {**told.facts, "note": note.note_id, "note_kind": note.kind.value}
        told = replace(told, facts=facts, content=to_bytes(note), people={"owner": note.owner})
        self._journal.append(told)


def _proposal(entry: RegisterEntry) -> JournalNote:
    """The row that tells of a new entry; the pipeline's own are nobody's."""
    by_pipeline = entry.raised_by == PIPELINE.name
    return JournalNote(
        kind=JournalKind.TRANSITION,
        subject=entry.number,
        at=entry.raised_at,
        actor="" if by_pipeline else entry.raised_by,
        role="" if by_pipeline else "proposer",
        facts={
            "to": entry.state.value,
            "version": "1",
            "origin": entry.origin.value,
            "record": entry.origin_record or "",
            "evidence": entry.evidence_hash or "",
        },
        reason=entry.justification or "",
        content=to_bytes(replace(entry, version=1)),
    )
