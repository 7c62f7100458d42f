"""Whether everything the journal vouches for is as it was written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import to_bytes
from itsm.journal import (
    Head,
    JournalDetail,
    JournalKind,
    JournalRow,
    Tampering,
    broken_links,
    keyed,
    missed_heads,
)
from itsm.packs import pack_id
from store.deciding import contents
from store.findings import Findings
from store.journal import CONTENT, Journal, erased_among
from store.journal_tables import DECLARATIONS, REGISTER_VERSIONS
from store.meetings import Meetings
from store.pack_comments import SectionComments
from store.registering import DemandNotes
from store.result_tables import PACK_SNAPSHOTS, REGISTER_ENTRIES, REVIEW_DECISIONS

_K = JournalKind
Place = tuple[str, ...]
"""Where the content of a row lies: the sort, then its key."""

_DECLARED = frozenset({_K.WEIGHTS, _K.COST_MODEL, _K.ROLE, _K.FORMULA, _K.MODEL})
_OF_ENTRIES = frozenset(
    {_K.TRANSITION, _K.EDIT, _K.APPROVAL, _K.SIGNATURE, _K.PROOF, _K.TASK, _K.MIRROR}
)


class Audit:
    """Holds the journal against itself, against kept heads, and against what it vouches for."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def verify(self, heads: Mapping[str, Head] = MappingProxyType({})) -> tuple[Tampering, ...]:
        """Everything that does not fit; nothing where all is as it was written.

        Args:
            heads: heads that were kept elsewhere, by who keeps them.
        """
        rows, found = self._journal.rows(), self._all_contents()
        return (
            *broken_links(rows),
            *missed_heads(rows, heads),
            *self._details(rows),
            *self._contents(rows, found),
            *self._present(rows, found),
        )

    def _details(self, rows: Sequence[JournalRow]) -> Iterator[Tampering]:
        """Texts beside the chain that were changed, or are gone without an erasure."""
        details, erased = self._journal.details(), erased_among(rows, "details")
        for row in rows:
            detail = details.get(row.sequence)
            if detail is None:
                if (row.digest or CONTENT in row.facts) and str(row.sequence) not in erased:
                    yield Tampering(sequence=row.sequence, what="its text is gone, not erased")
            elif row.digest != (keyed(detail.salt, detail.text.encode()) if detail.text else ""):
                yield Tampering(sequence=row.sequence, what="the text beside it was changed")

    def _contents(
        self, rows: Sequence[JournalRow], found: Mapping[Place, bytes]
    ) -> Iterator[Tampering]:
        """What rows vouch for and is not as it was."""
        details = self._journal.details()
        erased = erased_among(rows, "contents")
        for place, row in _vouched(rows).items():
            name = "/".join(place)
            if name in erased or row.sequence not in details:
                continue
            content = found.get(place)
            if content is None:
                yield Tampering(sequence=row.sequence, what=f"{name} is gone")
            elif not _fits(row, details[row.sequence], content):
                yield Tampering(sequence=row.sequence, what=f"{name} was changed")

    def _present(
        self, rows: Sequence[JournalRow], found: Mapping[Place, bytes]
    ) -> Iterator[Tampering]:
        """What is there and no row tells of, and entries that are not their newest version."""
        for place in sorted(found.keys() - _vouched(rows).keys()):
            if place[0] in {"decision", "entry"}:
                yield Tampering(sequence=0, what=f"{'/'.join(place)} is in no row")
        entries = sa.select(REGISTER_ENTRIES.c.number, REGISTER_ENTRIES.c.entry)
        newest = self._newest_versions()
        for number, text in self._connection.execute(entries):
            if newest.pop(number, None) != text:
                yield Tampering(sequence=0, what=f"entry {number} is not its newest version")
        for number in sorted(newest):
            yield Tampering(sequence=0, what=f"entry {number} is gone from the register")

    def _newest_versions(self) -> dict[str, str]:
        table = REGISTER_VERSIONS.c
        query = sa.select(table.number, table.entry).order_by(table.number, table.version)
        return {row.number: row.entry for row in self._connection.execute(query)}

    def _all_contents(self) -> dict[Place, bytes]:
        """Everything that rows vouch for, by where it lies."""
        readers: Sequence[Callable[[], Iterator[tuple[Place, bytes]]]] = (
            self._decisions,
            self._versions,
            self._declarations,
            self._packs,
            self._notes,
        )
        return dict(pair for reader in readers for pair in reader())

    def _decisions(self) -> Iterator[tuple[Place, bytes]]:
        ids = sa.select(REVIEW_DECISIONS.c.sequence, REVIEW_DECISIONS.c.decision_id)
        names = {row.sequence: row.decision_id for row in self._connection.execute(ids)}
        for sequence, content in contents(self._connection).items():
            yield ("decision", names[sequence]), content

    def _versions(self) -> Iterator[tuple[Place, bytes]]:
        for row in self._connection.execute(sa.select(REGISTER_VERSIONS)):
            yield ("entry", row.number, str(row.version)), row.entry.encode()

    def _declarations(self) -> Iterator[tuple[Place, bytes]]:
        for row in self._connection.execute(sa.select(DECLARATIONS)):
            yield ("declared", row.kind, row.name, str(row.version)), row.content.encode()

    def _packs(self) -> Iterator[tuple[Place, bytes]]:
        for row in self._connection.execute(sa.select(PACK_SNAPSHOTS)):
            yield ("pack", row.pack_id), row.content
        for one in SectionComments(self._connection, self._journal).list(all_of_them=True):
            yield ("comment", one.comment_id), to_bytes(one)

    def _notes(self) -> Iterator[tuple[Place, bytes]]:
        for note in DemandNotes(self._connection, self._journal).list():
            yield ("note", note.note_id), to_bytes(note)
        for finding in Findings(self._connection, self._journal).list():
            yield ("finding", finding.finding_id), to_bytes(finding)
        meetings = Meetings(self._connection, self._journal)
        for action in meetings.actions():
            yield ("meeting", action.action_id), to_bytes(action)
        for decision in meetings.decisions():
            yield ("meeting", decision.decision_id), to_bytes(decision)


def _vouched(rows: Sequence[JournalRow]) -> dict[Place, JournalRow]:
    """The newest row that vouches for each thing."""
    return {place: row for row in rows if CONTENT in row.facts and (place := _place(row))}


def _place(row: JournalRow) -> Place | None:
    facts, version = row.facts, row.facts.get("version", "")
    places: Mapping[bool, Place] = {
        row.kind == _K.DECISION: ("decision", facts.get("decision", "")),
        row.kind in _OF_ENTRIES: ("entry", row.subject, version),
        row.kind in _DECLARED: ("declared", row.kind, row.subject, version),
        row.kind == _K.RELEASE: ("pack", _pack_id(row)),
        row.kind == _K.COMMENT: ("comment", facts.get("comment", "")),
        row.kind == _K.DEMAND: ("note", facts.get("note", "")),
        row.kind == _K.FINDING: ("finding", facts.get("finding", "")),
        row.kind == _K.MEETING: ("meeting", facts.get("action") or facts.get("decision", "")),
    }
    return places.get(True)


def _pack_id(row: JournalRow) -> str:
    """The pack a row tells of; rows of schema 8 and before do not name it."""
    named = row.facts.get("pack")
    if named is not None:
        return named
    edition, version = row.facts.get("edition", ""), int(row.facts.get("version", "0"))
    return pack_id(row.subject, edition, version)


def _fits(row: JournalRow, detail: JournalDetail, content: bytes) -> bool:
    return row.facts[CONTENT] == keyed(detail.salt, content)
