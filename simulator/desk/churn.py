"""Records that change between the pages of somebody who reads them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.records import Event, Held
from simulator.faults import Fault, FaultName, drawn

_F = FaultName
ROBOT = "Automation"


@dataclass(slots=True)
class Churn:
    """Changes incidents of a desk as other people and rules would.

    Attributes:
        table: what faults call the incidents.
        delete: deletes one as the system does; without it, with a tombstone.
    """

    desk: Desk
    table: str
    delete: Callable[[Held], None] | None = None

    def after(self) -> None:
        """What happens after a page was read."""
        with self.desk.lock:
            for name, act in (
                (_F.ROWS_TOUCHED, self._touch),
                (_F.ROWS_INSERTED, self._insert),
                (_F.ROWS_DELETED, self._delete),
                (_F.ROWS_PURGED, self._purge),
            ):
                hit = self.desk.chances.hit(name, self.table)
                if hit is not None:
                    act(*hit)

    def prepare(self) -> None:
        """Bring the records into the state that the faults ask for."""
        for fault in self.desk.chances.faults.of(_F.SAME_SECOND):
            self.tie(int(fault.rows))

    def tie(self, n: int) -> None:
        """Give the incidents that were changed last one and the same time of change."""
        with self.desk.lock:
            found = list(self.desk.ordered(RecordKind.INCIDENT))[-n:]
            for record in found:
                self.desk.change(record, found[0].updated)

    def _touch(self, fault: Fault, ordinal: int) -> None:
        """Half get another team, which history tells; the others are merely saved again."""
        for place, record in enumerate(self._picked(fault, ordinal)):
            self.desk.change(record)
            team, old = self._team(ordinal), record.text("team")
            if place % 2 == 0 and team != old:
                record.values["team"] = team
                key = self.desk.serial("entry")
                told = Event(key, record.updated, ROBOT, "team", old or None, team)
                self.desk.note(record, told)

    def _insert(self, fault: Fault, ordinal: int) -> None:
        """New incidents in the words of old ones."""
        for original in self._picked(fault, ordinal):
            self.desk.add(self._copy(original))

    def _copy(self, original: Held) -> Held:
        now, key = self.desk.now_s(), self.desk.serial(self.desk.sequence(original.kind))
        number = f"INC{9_000_000 + self.desk.serial('inserted'):07d}"
        gone = ("resolved_at", "closed_at", "close_code", "close_notes", "resolved_by")
        values = {**original.values, **dict.fromkeys(gone), "state": "new", "number": number}
        values |= {"opened_at": now, "updated_at": now}
        return replace(
            original, id=key, number=number, created=now, updated=now, values=values, version=1,
            entry=0, events=[], remarks=[], beside={},
        )  # fmt: skip

    def _delete(self, fault: Fault, ordinal: int) -> None:
        for record in self._picked(fault, ordinal):
            (self.delete or self.desk.remove)(record)

    def _purge(self, fault: Fault, ordinal: int) -> None:
        for record in self._picked(fault, ordinal):
            self.desk.remove(record, is_told=False)

    def _picked(self, fault: Fault, ordinal: int) -> list[Held]:
        """Incidents by chance."""
        incidents = list(self.desk.of(RecordKind.INCIDENT).values())
        found: dict[int, Held] = {}
        for place in range(int(fault.rows)):
            chance = drawn(self.desk.chances.faults.seed, "rows", fault.name, ordinal, place)
            one = incidents[int(chance * len(incidents))]
            found[one.id] = one
        return list(found.values())

    def _team(self, ordinal: int) -> str:
        teams = sorted(one.number for one in self.desk.of(RecordKind.TEAM).values())
        return teams[int(drawn(self.desk.chances.faults.seed, "team", ordinal) * len(teams))]
