"""Handing the role of system of record over: what it changes on either side, and the deed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.core.delivering import Delivery
from flows.mirror_reading import ours_in
from flows.mirroring import (
    SYSTEM_OF_RECORD,
    holder_of,
    keep_taken,
    owners_of,
    queue_mirrors,
    sources_of,
    value_here,
)
from flows.stages.deliver import Door
from flows.wiring import Parts
from itsm.errors import ConfigError, TransitionError
from itsm.journal import JournalKind
from itsm.pushed import Difference, Known, Remote, taken_over
from itsm.pushing import STATE, PushKind
from itsm.register import RegisterEntry
from itsm.register_mirroring import HERE, FieldOwner, Owners, dispute, standing_of, taken
from itsm.register_roles import Deed, require_role
from itsm.register_rules import Act
from store.improving import note_of
from store.outbox import OPEN
from store.unit_of_work import UnitOfWork

ENTRY = PushKind.REGISTER_ENTRY


@dataclass(slots=True)
class HandOver:
    """One handing over, from `holder` to `to`; the records of the other system are read first.

    Attributes:
        parts: settings and store.
        doors: the sources that may be written to.
        to: the source that is to be the system of record, or `HERE`.
        remotes: the records, by entry.
    """

    parts: Parts
    doors: Mapping[str, Door]
    to: str
    holder: str = field(init=False)
    remotes: dict[str, tuple[Known, Remote | None]] = field(init=False)

    def __post_init__(self) -> None:
        """Read the records.

        Raises:
            ConfigError: there is nobody to hand it over to, or it is not the installation meant.
            SourceError: the system cannot be asked.
        """
        with self.parts.store.begin() as uow:
            self.holder = holder_of(uow)
            numbers = [one.number for one in uow.register.list() if one.is_open]
            known = [one for number in numbers for one in uow.outbox.known_of(number)]
        if self.to == self.holder:
            raise ConfigError(f"the system of record is {self.to} already")
        if self.to != HERE and self.to not in sources_of(self.parts):
            raise ConfigError(f"--to {self.to}: it does not mirror the register; see `mirrors`")
        if self.partner not in self.doors:
            raise ConfigError(
                f"sources.{self.partner}.push.mode is off; nothing can be handed over"
            )
        door = self.doors[self.partner]
        Delivery(door.writer, door.rules).require_instance()
        self.remotes = {
            one.subject: (one, door.writer.read(ENTRY, one.remote.key))
            for one in known
            if one.source == self.partner and one.kind is ENTRY
        }

    @property
    def partner(self) -> str:
        """The other system, whoever of the two hands over."""
        return self.holder if self.to == HERE else self.to

    def lacks(self, uow: UnitOfWork) -> list[str]:
        """Why it cannot be handed over now: what is not settled between the two sides."""
        n_open = sum(
            one.intent.kind is ENTRY
            for one in uow.outbox.fates(source=self.partner, states=list(OPEN))
        )
        n_disputed = sum(
            one.fate.intent.kind is ENTRY for one in uow.conflicts.list(source=self.partner)
        )
        unseen = [
            number
            for number, (known, _) in self.remotes.items()
            if uow.outbox.known(known.source, known.kind, known.key) != known
        ]
        found = {
            f"{n_open} changes wait to be written; run `csi push` first": n_open,
            f"{n_disputed} fields are in conflict; see `csi push --conflicts`": n_disputed,
            f"{', '.join(unseen)} was written meanwhile; try again": len(unseen),
        }
        return [told for told, n in found.items() if n]

    def make(self, uow: UnitOfWork, act: Act) -> list[str]:
        """Hand over, in the transaction; says what changes on which side, a line a field.

        Raises:
            RoleError: the person may not.
            TransitionError: something is not settled; says what.
        """
        require_role(act.by, Deed.HAND_OVER)
        if lacks := self.lacks(uow):
            raise TransitionError(f"not handed over: {'; '.join(lacks)}")
        lines = [line for one in uow.register.list() for line in self._entry(uow, one, act)]
        queue_mirrors(uow, self.parts, skip=self.to)
        content = {"holder": self.to}
        uow.declarations.note(JournalKind.ROLE, SYSTEM_OF_RECORD, content, act.at)
        facts = {"from": self.holder, "to": self.to, "fields": str(len(lines))}
        row = note_of(act, JournalKind.MIRROR, "register", facts)
        uow.journal.append(row)
        return lines

    def _entry(self, uow: UnitOfWork, entry: RegisterEntry, act: Act) -> Iterator[str]:
        if not entry.is_open:
            return
        known, remote = self.remotes.get(entry.number, (None, None))
        if known is None or remote is None:
            if entry.state.value != "new":
                yield f"{entry.number}: has no record in {self.partner}; nothing changes"
            return
        ours = ours_in(self.parts, self.doors[self.partner].writer, entry)
        found = standing_of(remote, ours)
        if self.to == HERE:
            yield from self._to_here(uow, entry, found, act)
            return
        owners = Owners(self.to, owners_of(uow, self.parts).own)
        theirs = [
            one
            for one in found
            if one.field == STATE or owners.of(one.field, self.to) is FieldOwner.THEIRS
        ]
        yield from self._to_there(uow, entry, known, remote, theirs, act)

    def _to_here(
        self, uow: UnitOfWork, entry: RegisterEntry, found: tuple[Difference, ...], act: Act
    ) -> Iterator[str]:
        """What differs there is written as it is here, by the next push."""
        uow.outbox.append([one for one, _ in dispute(entry, self.partner, found, act)])
        for one in found:
            yield f"{entry.number}: {one.field} in {self.partner}: {one.theirs!r} -> {one.ours!r}"

    def _to_there(
        self,
        uow: UnitOfWork,
        entry: RegisterEntry,
        known: Known,
        remote: Remote,
        found: list[Difference],
        act: Act,
    ) -> Iterator[str]:
        """What differs here becomes as it is there, as far as the rules let it."""
        values = {one.field: value_here(self.parts, one.field, one.theirs) for one in found}
        result = taken(entry, values, act)
        facts = {"source": self.to, "record": remote.number}
        keep_taken(uow, self.parts, entry, result.entry, act, facts)
        uow.outbox.note(taken_over(known, remote, result.fields), act.at)
        for one in found:
            if one.field in result.fields:
                yield f"{entry.number}: {one.field} here: {one.ours!r} -> {one.theirs!r}"
            else:
                both = f"{one.ours!r} here and {one.theirs!r} in {self.to}"
                yield f"{entry.number}: {one.field} stays {both}: {result.refused[one.field]}"
