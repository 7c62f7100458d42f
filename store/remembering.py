"""What mining keeps from run to run: by what incidents are known again, and what a run said."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.candidates import Decision
from itsm.decisions import IncidentRef
from itsm.states import RecordKind
from store.bulk import insert_new, read_columns, upsert
from store.by_texts import among
from store.decision_tables import INCIDENT_ALIASES, INCIDENT_MARKS, MINING_NOTES
from store.result_tables import CANDIDATE_MEMBERS, CANDIDATES, MINING_RUNS
from store.tables import CANONICAL

READ_FROM = 1_000
"""From so many marks on it is read first which of them are there."""
_ALL_MARKS: sa.Select[tuple[object]] = sa.select(INCIDENT_MARKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMark:
    """By what an incident is known again."""

    source: str
    number: str
    record_key: str | None
    text_hash: str
    opened_at: datetime | None


MarkRows = list[tuple[str, str, str | None, str, datetime | None]]
"""Marks as their values, in the order of the fields of `StoredMark`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIncident:
    """An incident as the source gave it, for whoever has to know it again."""

    source: str
    number: str
    title: str | None
    description: str | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlias:
    """What an incident is called now, how that was found, and in which week."""

    source: str
    number: str
    now_source: str
    now_number: str
    how: str
    week: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen:
    """A candidate as the newest run that proposed it had it."""

    candidate_id: str
    run_id: str
    week: str
    cutoff_at: datetime
    statement: str
    decision: Decision
    ruled_by: str | None
    members: tuple[IncidentRef, ...]


class Remembered:
    """Marks and aliases of incidents, candidates of all runs, and notes of runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_marks(self, marks: Sequence[StoredMark]) -> int:
        """Keep by what incidents are known again; the newest mark of an incident counts.

        Of many most are as they were: what is there is read, which takes a fraction of writing it
        anew.

        Returns:
            How many were written.
        """
        rows: MarkRows = [
            (mark.source, mark.number, mark.record_key, mark.text_hash, mark.opened_at)
            for mark in marks
        ]
        return upsert(self._connection, INCIDENT_MARKS, self.unlike_marks(rows))

    def unlike_marks(self, marks: MarkRows) -> MarkRows:
        """Those of some marks that are not there as they are; of few, all of them."""
        if len(marks) < READ_FROM:
            return marks
        columns = [INCIDENT_MARKS.c[one.name] for one in fields(StoredMark)]
        known = set(zip(*read_columns(self._connection, columns, _ALL_MARKS).values(), strict=True))
        return [row for row in marks if row not in known]

    def marks(self, refs: Iterable[IncidentRef]) -> tuple[StoredMark, ...]:
        """The marks of some incidents, in order; those without one are left out."""
        wanted = {(ref.source, ref.number) for ref in refs}
        table = INCIDENT_MARKS.c
        numbers = {number for _, number in wanted}
        query = sa.select(INCIDENT_MARKS).where(among(self._connection, table.number, numbers))
        found = [StoredMark(**row._mapping) for row in self._connection.execute(query)]
        kept = [mark for mark in found if (mark.source, mark.number) in wanted]
        return tuple(sorted(kept, key=lambda mark: (mark.source, mark.number)))

    def held(self, refs: Iterable[IncidentRef]) -> tuple[HeldIncident, ...]:
        """What is held of some incidents, those included that their system has deleted."""
        wanted = {(ref.source, ref.number) for ref in refs}
        table = CANONICAL[RecordKind.INCIDENT].c
        columns = (table.source, table.number, table.title, table.description, table.opened_at)
        numbers = {number for _, number in wanted}
        query = sa.select(*columns).where(among(self._connection, table.number, numbers))
        found = [HeldIncident(**row._mapping) for row in self._connection.execute(query)]
        kept = [one for one in found if (one.source, one.number) in wanted]
        return tuple(sorted(kept, key=lambda one: (one.source, one.number)))

    def save_aliases(self, aliases: Sequence[StoredAlias]) -> int:
        """Keep what incidents are called now; what is known stays. Returns how many are new."""
        names = [column.name for column in INCIDENT_ALIASES.columns]
        rows = [tuple(getattr(alias, name) for name in names) for alias in aliases]
        return insert_new(self._connection, INCIDENT_ALIASES, rows)

    def aliases(self) -> tuple[StoredAlias, ...]:
        """Every alias, in order."""
        query = sa.select(INCIDENT_ALIASES).order_by(*INCIDENT_ALIASES.primary_key.columns)
        return tuple(StoredAlias(**row._mapping) for row in self._connection.execute(query))

    def candidates(self, *, before_week: str) -> tuple[LastSeen, ...]:
        """Every candidate ever proposed, as last seen before a week, the newest first.

        Of a week with several runs the newest counts.
        """
        runs = self._runs(before_week)
        table = CANDIDATES.c
        query = sa.select(
            table.candidate_id, table.run_id, table.statement, table.decision, table.position
        ).where(among(self._connection, table.run_id, set(runs)))
        seen: dict[str, tuple[int, int, str, str, str]] = {}
        for candidate_id, run_id, statement, decision, position in self._connection.execute(query):
            place = runs[run_id][0]
            if candidate_id not in seen or place < seen[candidate_id][0]:
                seen[candidate_id] = (place, position, run_id, statement, decision)
        wanted = {(name, row[2]) for name, row in seen.items()}
        members, ruled_by = self._members(wanted), self._ruled_by(wanted)
        return tuple(
            LastSeen(
                candidate_id=name,
                run_id=run_id,
                week=runs[run_id][1],
                cutoff_at=runs[run_id][2],
                statement=statement,
                decision=Decision(decision),
                ruled_by=ruled_by.get((name, run_id)),
                members=members.get((name, run_id), ()),
            )
            for name, (_, _, run_id, statement, decision) in sorted(
                seen.items(), key=lambda item: (*item[1][:2], item[0])
            )
        )

    def note(self, run_id: str, kind: str, note: str) -> None:
        """Keep what a run says beside its candidates, as JSON; replaces what it said before."""
        upsert(self._connection, MINING_NOTES, [(run_id, kind, note)])

    def notes(self, run_id: str) -> Mapping[str, str]:
        """What a run said, by kind."""
        table = MINING_NOTES.c
        query = sa.select(table.kind, table.note).where(table.run_id == run_id).order_by(table.kind)
        return dict(self._connection.execute(query).tuples().all())

    def past_notes(self, kind: str, *, before_week: str) -> tuple[str, ...]:
        """What runs of earlier weeks said of one kind, the newest first."""
        runs = self._runs(before_week)
        table = MINING_NOTES.c
        query = sa.select(table.run_id, table.note).where(
            table.kind == kind, among(self._connection, table.run_id, set(runs))
        )
        found = dict(self._connection.execute(query).tuples().all())
        return tuple(found[run_id] for run_id in runs if run_id in found)

    def _runs(self, before_week: str) -> dict[str, tuple[int, str, datetime]]:
        """The newest run of each week before one: its place (0 the newest), week and cut-off."""
        table = MINING_RUNS.c
        query = (
            sa.select(table.run_id, table.week, table.cutoff_at)
            .where(table.week < before_week)
            .order_by(table.week.desc(), table.finished_at.desc(), table.run_id.desc())
        )
        newest: dict[str, tuple[str, datetime]] = {}
        for run_id, week, cutoff_at in self._connection.execute(query):
            newest.setdefault(week, (run_id, cutoff_at))
        return {
            run_id: (place, week, cutoff_at)
            for place, (week, (run_id, cutoff_at)) in enumerate(newest.items())
        }

    def _ruled_by(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The decision that ruled each of some candidates, where one did."""
        table = CANDIDATES.c
        query = sa.select(table.candidate_id, table.run_id, table.candidate).where(
            among(self._connection, table.run_id, {run_id for _, run_id in wanted})
        )
        found = {}
        for candidate_id, run_id, text in self._connection.execute(query):
            if (candidate_id, run_id) in wanted and '"standing":null' not in text:
                standing = json.loads(text).get("standing") or {}
                if standing.get("decision_id"):
                    found[candidate_id, run_id] = str(standing["decision_id"])
        return found

    def _members(
        self, wanted: set[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[IncidentRef, ...]]:
        table = CANDIDATE_MEMBERS.c
        query = (
            sa.select(table.candidate_id, table.run_id, table.source, table.number)
            .where(among(self._connection, table.run_id, {run_id for _, run_id in wanted}))
            .order_by(table.run_id, table.candidate_id, table.position)
        )
        found: dict[tuple[str, str], list[IncidentRef]] = {}
        for candidate_id, run_id, source, number in self._connection.execute(query):
            if (candidate_id, run_id) in wanted:
                ref = IncidentRef(source=source, number=number)
                found.setdefault((candidate_id, run_id), []).append(ref)
        return {key: tuple(refs) for key, refs in found.items()}
