"""Human edits come back: what people changed in the records that mirror entries is taken over here.

One transaction a record: the version of the entry, its row in the journal, what is known of the
record, and the conflicts. A run that is killed is simply started again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.core.delivering import Delivery
from connectors.core.reading_back import ReadBack, authors, read_back
from connectors.core.writing import Writer
from flows.mirroring import (
    keep_taken,
    names_of,
    owners_of,
    queue_mirrors,
    sources_of,
    value_here,
)
from flows.registering import act_of
from flows.stages.deliver import Door
from flows.wiring import Parts
from itsm.errors import ConfigError, SourceError
from itsm.pushed import (
    Choice,
    Difference,
    Known,
    Outcome,
    Remote,
    Standing,
    conflict_of,
    taken_over,
)
from itsm.pushing import STATE, IntentState, PushKind
from itsm.register import RegisterEntry
from itsm.register_mirroring import Verdict, dispute, editor, taken, told_state, verdict, with_ours
from itsm.register_pushing import mirrored
from itsm.register_roles import PIPELINE
from itsm.register_rules import Act
from store.conflicts import Resolution
from store.push_lock import only_push
from store.unit_of_work import UnitOfWork

READ_DAYS = 90
"""Entries that ended are read back for so many days after."""
_RUN = "read back"
_UNDECIDED = (IntentState.WAITING, IntentState.SENDING, IntentState.CONFLICT)


@dataclass(slots=True)
class MirrorReading:
    """Reads the records that mirror entries.

    Attributes:
        parts: settings and store.
        doors: the sources that may be written to.
        at: now.
        is_dry: whether only to say what would be taken over.
        troubles: why a source could not be read, by source.
    """

    parts: Parts
    doors: Mapping[str, Door]
    at: datetime
    is_dry: bool = False
    troubles: dict[str, str] = field(default_factory=dict)

    def run(self) -> list[str]:
        """Take over what people changed; says it, a line a field.

        Raises:
            StoreError: a push is at work.
        """
        with only_push(self.parts.store):
            return [line for source in sources_of(self.parts) for line in self._source(source)]

    def _source(self, source: str) -> Iterator[str]:
        door, records = self.doors.get(source), self._records(source)
        if door is None or not records:
            return
        try:
            Delivery(door.writer, door.rules).require_instance()
            disputed = self._disputed(source)
            for back in read_back(door.writer, records):
                if back.changes or back.remote is None or back.known.subject in disputed:
                    yield from self._record(door.writer, back)
        except (SourceError, ConfigError) as error:
            self.troubles[source] = str(error)

    def _records(self, source: str) -> list[Known]:
        since = self.at.date() - timedelta(days=READ_DAYS)
        with self.parts.store.begin() as uow:
            return [
                known
                for entry in uow.register.list()
                if entry.is_open or (entry.closed_on and entry.closed_on >= since)
                for known in uow.outbox.known_of(entry.number)
                if known.source == source and known.kind is PushKind.REGISTER_ENTRY
            ]

    def _disputed(self, source: str) -> set[str]:
        """The entries with an open conflict, which may have ended by itself."""
        with self.parts.store.begin() as uow:
            return {one.fate.intent.subject for one in uow.conflicts.list(source=source)}

    def _record(self, writer: Writer, back: ReadBack) -> list[str]:
        known, remote = back.known, back.remote
        if remote is None:
            where = f"{known.remote.number} in {known.source}"
            return [f"{known.subject}: its record {where} is gone, or this user may not see it"]
        act, wrote = act_on(self.parts, known, self.at), authors(writer, back)
        with self.parts.store.begin() as uow:
            if uow.outbox.known(known.source, known.kind, known.key) != known:
                return []  # somebody was faster; the next run looks again
            taking = _Taking(uow, self.parts, known, remote, act, wrote)
            lines = taking.take(writer, back.changes)
            if not self.is_dry:
                uow.commit()
        return [f"would: {line}" for line in lines] if self.is_dry else lines


def act_on(parts: Parts, known: Known, at: datetime) -> Act:
    """Who takes over what somebody edited in a record, and the reason that is kept."""
    reason = f"as edited in {known.source} ({known.remote.number})"
    return act_of(parts, editor(known.source), reason, at)


def ours_in(parts: Parts, writer: Writer, entry: RegisterEntry) -> dict[str, str]:
    """What an entry holds, as a system would show it."""
    held = writer.held(PushKind.REGISTER_ENTRY, mirrored(entry, names_of(parts)))
    return {**held, STATE: told_state(entry)}


@dataclass(slots=True)
class _Taking:
    """Takes over the changes of one record, in one transaction."""

    uow: UnitOfWork
    parts: Parts
    known: Known
    remote: Remote
    act: Act
    authors: Mapping[str, str]

    def take(self, writer: Writer, changes: tuple[Difference, ...]) -> list[str]:
        """Take over what may be, queue the rest; says it."""
        entry = self.uow.register.get(self.known.subject)
        ours = ours_in(self.parts, writer, entry)
        self._settle(ours)
        busy = self._busy()
        found = [with_ours(one, ours) for one in changes if one.field not in busy]
        owners = owners_of(self.uow, self.parts)
        judged = [(one, verdict(one, owners.of(one.field, self.known.source))) for one in found]
        takes = [one for one, what in judged if what is Verdict.TAKE]
        values = {one.field: value_here(self.parts, one.field, one.theirs) for one in takes}
        result = taken(entry, values, self.act)
        facts = {"source": self.known.source, "record": self.remote.number}
        act = replace(self.act, beside=self._editors(takes))
        keep_taken(self.uow, self.parts, entry, result.entry, act, facts)
        queue_mirrors(self.uow, self.parts, skip=self.known.source)
        agreed = [one.field for one, what in judged if what is Verdict.AGREED]
        self._note([*agreed, *result.fields])
        disputed = [
            one for one, what in judged if what is Verdict.DISPUTE or one.field in result.refused
        ]
        self._dispute(result.entry, disputed, result.refused)
        source = self.known.source
        return [
            *(_told(entry, one, source) for one in takes if one.field in result.fields),
            *(_told_dispute(entry, one, source, result.refused) for one in disputed),
        ]

    def _editors(self, taken_over: Sequence[Difference]) -> dict[str, str]:
        """Who is behind what is taken over, for the journal: one person, or one a field."""
        by = {one.field: self.authors.get(one.field, "") for one in taken_over}
        if len(set(by.values())) == 1:
            return {"editor": next(iter(by.values()))}
        return {f"editor_{name}": person for name, person in by.items()}

    def _note(self, fields: list[str]) -> None:
        known = self.uow.outbox.known(self.known.source, self.known.kind, self.known.key)
        if known is not None and fields:
            self.uow.outbox.note(taken_over(known, self.remote, fields), self.act.at)

    def _dispute(
        self, entry: RegisterEntry, differences: list[Difference], refused: Mapping[str, str]
    ) -> None:
        for intent, found in dispute(entry, self.known.source, differences, self.act):
            conflict = conflict_of(replace(found, by=self.authors.get(found.field, "")))
            outcome = Outcome(
                state=IntentState.CONFLICT,
                remote=self.remote,
                conflicts=(conflict,),
                said=refused.get(conflict.field, ""),
            )
            self.uow.outbox.append([intent])
            self.uow.outbox.finish(intent.intent_id, outcome, _RUN, self.act.at)

    def _settle(self, ours: Mapping[str, str]) -> None:
        """End conflicts about fields in which both sides hold the same by now."""
        number, source = self.known.subject, self.known.source
        for queued in self.uow.conflicts.list(subject=number, source=source):
            name, is_theirs = queued.conflict.field, queued.conflict.standing is Standing.THEIRS
            if is_theirs and name in ours and ours[name] == self.remote.value(name):
                by = Resolution(
                    choice=Choice.KEEP_THEIRS,
                    actor=PIPELINE.name,
                    at=self.act.at,
                    reason="both sides hold the same by now",
                )
                self.uow.conflicts.resolve(queued.conflict.conflict_id, by)
                self._note([name])

    def _busy(self) -> set[str]:
        """The fields that are to be written, or wait for a choice: the delivery sees to them."""
        fates = self.uow.outbox.fates(
            subject=self.known.subject, source=self.known.source, states=_UNDECIDED
        )
        return {
            one.field
            for fate in fates
            if fate.intent.kind is PushKind.REGISTER_ENTRY
            for one in fate.intent.fields
        }


def _told(entry: RegisterEntry, one: Difference, source: str) -> str:
    return f"{entry.number}: {one.field} as edited in {source}: {one.seen!r} -> {one.theirs!r}"


def _told_dispute(
    entry: RegisterEntry, one: Difference, source: str, refused: Mapping[str, str]
) -> str:
    why = f": {refused[one.field]}" if one.field in refused else ""
    there = f"{one.theirs!r} in {source}, {one.ours!r} here"
    return f"{entry.number}: {one.field}: {there}: in conflict{why}"
