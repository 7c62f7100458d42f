"""Erasing a person from what people wrote and did, while every count and the chain stay whole."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import from_bytes, to_bytes
from itsm.journal import JournalNote
from itsm.register import RegisterEntry
from store.accounts import Accounts
from store.decision_tables import REVIEW_DECISIONS
from store.erasing_given_out import ErasingGivenOut
from store.erasing_names import pattern_of
from store.erasing_outbox import ErasingOutbox
from store.erasing_records import ErasingRecords, Wanted
from store.erasing_rest import ErasingRest
from store.holds import Holds
from store.journal import Journal
from store.journal_tables import (
    AUDIT_FINDINGS,
    DEMAND_NOTES,
    JOURNAL_DETAILS,
    JOURNAL_KEYS,
    REGISTER_VERSIONS,
)
from store.meeting_tables import MEETING_ACTIONS, MEETING_DECISIONS, QUARANTINE_OVERRIDES
from store.result_tables import REGISTER_ENTRIES
from store.saved_views import SAVED_VIEWS
from store.sealing import Sealer

ERASED = "erased person"
"""What stands where a name stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure took out, by number of rows.

    Attributes:
        keys: pseudonyms that nobody can resolve any more.
        texts: reasons and changes of the journal.
        decisions: decisions whose actor or text named the person.
        versions: versions of register entries.
        notes: priorities, assumptions and findings.
        pushes: intents, conflicts, writes and stops of the outbox.
        given_out: subscriptions, deliveries, releases and remarks on packs.
        people: pseudonyms of callers, assignees and others in records.
        records: texts of records.
        payloads: raw payloads.
        rest: rows of other tables.
        in_keys: keys that hold the name and stay, as table and column.
    """

    keys: int
    texts: int
    decisions: int
    versions: int
    notes: int
    pushes: int
    given_out: int
    people: int
    records: int
    payloads: int
    rest: int
    in_keys: tuple[str, ...]


class Erasing:
    """Takes a person out of everything that is kept here."""

    def __init__(
        self,
        connection: Connection,
        journal: Journal,
        holds: Holds,
        sealer: Sealer | None = None,
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._holds = holds
        self._sealer = sealer

    def person(
        self, names: Sequence[str], note: JournalNote, *, withdrawn: Sequence[str] = ()
    ) -> Erased:
        """Erase a person under all the names they are written with.

        Args:
            names: the short name, the full name, other spellings; whole words are matched.
            note: who erases, when and why; what was taken out is filled in.
            withdrawn: packs that named the person and whose bytes were removed before.

        Raises:
            OnHoldError: a legal hold forbids it.
        """
        self._journal.lock()
        self._holds.require_free(names)
        self._holds.forget(names)
        self._forget_account(names)
        found = pattern_of(names)
        given_out = ErasingGivenOut(self._connection, found, ERASED)
        every = [*names, *given_out.addresses]
        found = pattern_of(every)
        pseudonyms = self._keys([*names, *self._addresses(found)])
        texts, decisions = self._texts(found), self._decisions(found)
        versions, notes = self._versions(found), self._notes(found)
        n_given_out, comments = given_out.all()
        wanted = Wanted(names=every, found=found, instead=ERASED)
        pushes = ErasingOutbox(self._connection, found, ERASED).all()
        records = ErasingRecords(self._connection, self._sealer, wanted)
        n_people, n_texts, n_payloads = records.all()
        rest = ErasingRest(self._connection, records, wanted)
        declared = rest.declarations()
        erased = Erased(
            keys=len(pseudonyms),
            texts=len(texts),
            decisions=len(decisions),
            versions=len(versions),
            notes=len(notes),
            pushes=pushes,
            given_out=n_given_out,
            people=n_people,
            records=n_texts,
            payloads=n_payloads,
            rest=rest.all() + len(declared),
            in_keys=rest.in_keys(),
        )
        contents = [*decisions.values(), *versions, *notes, *comments, *declared]
        contents += [f"pack/{one}" for one in withdrawn]
        self._say(note, pseudonyms, details=texts, decisions=decisions, contents=contents)
        return erased

    def _forget_account(self, names: Sequence[str]) -> None:
        self._connection.execute(sa.delete(SAVED_VIEWS).where(SAVED_VIEWS.c.person.in_(names)))
        Accounts(self._connection, self._journal).erase_person(names)

    def _say(self, note: JournalNote, keys: Iterable[str], **erased: Iterable[object]) -> None:
        """Journal that something was erased, and what, by names that tell nothing."""
        named = {"pseudonyms": keys, **erased}
        facts = {name: ",".join(map(str, each)) for name, each in named.items()}
        self._journal.append(replace(note, facts=facts))

    def _addresses(self, found: re.Pattern[str]) -> list[str]:
        """The addresses that name the person and have a pseudonym, former ones included."""
        names = self._connection.execute(sa.select(JOURNAL_KEYS.c.name)).scalars()
        return [name for name in names if "@" in name and found.search(name)]

    def _keys(self, names: Sequence[str]) -> list[str]:
        """Destroy the keys: nobody can tell any more whose pseudonym it was."""
        table = JOURNAL_KEYS.c
        whose = table.name.in_(sorted(set(names)))
        query = sa.select(table.pseudonym).where(whose).order_by(table.pseudonym)
        found = list(self._connection.execute(query).scalars())
        self._connection.execute(sa.delete(JOURNAL_KEYS).where(whose))
        return found

    def _texts(self, found: re.Pattern[str]) -> list[int]:
        """Take out the texts that name the person, and the salt with which one could guess them."""
        table = JOURNAL_DETAILS.c
        rows = self._connection.execute(sa.select(JOURNAL_DETAILS).order_by(table.sequence)).all()
        named = [row.sequence for row in rows if found.search(row.text)]
        for sequence in named:
            which = sa.delete(JOURNAL_DETAILS).where(table.sequence == sequence)
            self._connection.execute(which)
        return named

    def _decisions(self, found: re.Pattern[str]) -> dict[str, str]:
        """Decisions by sequence, and what the journal calls each."""
        table = REVIEW_DECISIONS.c
        query = sa.select(table.sequence, table.decision_id, table.actor, table.decision)
        erased = {}
        for row in self._connection.execute(query.order_by(table.sequence)).all():
            if found.search(row.decision) or found.search(row.actor):
                values = {
                    "actor": found.sub(ERASED, row.actor),
                    "decision": found.sub(ERASED, row.decision),
                }
                which = table.sequence == row.sequence
                self._connection.execute(sa.update(REVIEW_DECISIONS).where(which).values(values))
                erased[str(row.sequence)] = f"decision/{row.decision_id}"
        return erased

    def _versions(self, found: re.Pattern[str]) -> list[str]:
        table, erased = REGISTER_VERSIONS.c, []
        for row in self._connection.execute(sa.select(REGISTER_VERSIONS)).all():
            if found.search(row.entry):
                which = sa.and_(table.number == row.number, table.version == row.version)
                made = _out_of_entry(found, row.entry)
                update = sa.update(REGISTER_VERSIONS).where(which).values(entry=made)
                self._connection.execute(update)
                erased.append(f"entry/{row.number}/{row.version}")
        entries = REGISTER_ENTRIES.c
        for number, text in self._connection.execute(
            sa.select(entries.number, entries.entry)
        ).all():
            if found.search(text):
                update = sa.update(REGISTER_ENTRIES).where(entries.number == number)
                self._connection.execute(update.values(entry=_out_of_entry(found, text)))
        self._replace(REGISTER_ENTRIES, "number", found)
        return sorted(erased)

    def _notes(self, found: re.Pattern[str]) -> list[str]:
        notes = self._replace(DEMAND_NOTES, "note_id", found)
        findings = self._replace(AUDIT_FINDINGS, "finding_id", found)
        actions = self._replace(MEETING_ACTIONS, "action_id", found)
        decisions = self._replace(MEETING_DECISIONS, "decision_id", found)
        self._replace(QUARANTINE_OVERRIDES, "key", found)
        return [
            *(f"note/{one}" for one in notes),
            *(f"finding/{one}" for one in findings),
            *(f"meeting/{one}" for one in (*actions, *decisions)),
        ]

    def _replace(self, table: sa.Table, key: str, found: re.Pattern[str]) -> list[str]:
        """Replace the name in every text of a table; returns the keys of the rows it was in."""
        texts = [c.name for c in table.columns if isinstance(c.type, sa.Text) and not c.primary_key]
        changed = []
        for row in self._connection.execute(sa.select(table).order_by(table.c[key])).all():
            said = {name: row._mapping[name] for name in texts if row._mapping[name]}
            made = {name: found.sub(ERASED, text) for name, text in said.items()}
            if made != said:
                which = sa.and_(*(c == row._mapping[c.name] for c in table.primary_key.columns))
                self._connection.execute(sa.update(table).where(which).values(made))
                changed.append(str(row._mapping[key]))
        return changed


def _out_of_entry(found: re.Pattern[str], text: str) -> str:
    """An entry without the person; a baseline that named them is sealed anew, and holds."""
    made = found.sub(ERASED, text)
    entry = from_bytes(RegisterEntry, made.encode())
    before = entry.baseline
    if before is None or before.sealed() == before:
        return made
    sealed = before.sealed()
    proof = entry.proof
    if proof is not None and proof.seal == before.seal:
        proof = replace(proof, seal=sealed.seal)
    return to_bytes(replace(entry, baseline=sealed, proof=proof)).decode()
