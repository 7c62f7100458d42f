"""What the tracker holds: a desk whose records are tickets and assets, people and deletions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.making import BESIDE, made_desk
from simulator.desk.records import Event, Held, Remark, Value
from simulator.faults import Chances
from simulator.rt.words import CATALOGS, NOBODY, QUEUES, status_of

K = RecordKind
_BESIDE: Mapping[RecordKind, str] = {
    kind: name for kind, name in BESIDE.items() if kind is not K.APPROVAL
}


@dataclass(slots=True)
class Tracker:
    """Tickets and assets of one estate."""

    desk: Desk
    login: str
    users: dict[str, int] = field(default_factory=dict)
    deleted: dict[int, Held] = field(default_factory=dict)
    linked: dict[int, list[tuple[str, int]]] = field(default_factory=dict)

    @property
    def chances(self) -> Chances:
        """What goes wrong."""
        return self.desk.chances

    @chances.setter
    def chances(self, chances: Chances) -> None:
        self.desk.chances = chances

    def now(self) -> datetime:
        """What time it is there."""
        return self.desk.now()

    def make(self) -> None:
        """Enter the estate."""
        made_desk(self.desk, _BESIDE)
        for name in ("RT_System", NOBODY, self.login):
            self.user_id(name)
        for kind in QUEUES:
            for record in self.desk.of(kind).values():
                self._adopt(record)
        for kind in QUEUES:
            for record in self.desk.of(kind).values():
                self._link(record)

    def ticket(self, key: int) -> Held | None:
        """A ticket, deleted ones included."""
        found = self.deleted.get(key)
        if found is None:
            for kind in QUEUES:
                found = found or self.desk.of(kind).get(key)
        return found

    def tickets(self, kinds: frozenset[RecordKind], since: int | None) -> Iterator[Held]:
        """Tickets by update, then id."""
        if len(kinds) == 1:
            return self.desk.ordered(next(iter(kinds)), since)
        found = [one for kind in kinds for one in self.desk.ordered(kind, since)]
        return iter(sorted(found, key=lambda one: (one.updated, one.id)))

    def assets(self) -> Iterator[Held]:
        """All assets by id."""
        found = [one for kind in CATALOGS for one in self.desk.of(kind).values()]
        return iter(sorted(found, key=lambda one: one.id))

    def user_id(self, name: str) -> int:
        """The id of a user, who is entered if need be."""
        return self.users.setdefault(login_of(name), 10 + len(self.users))

    def owner(self, record: Held) -> str:
        """Who works on a ticket."""
        return record.text(QUEUES[record.kind].owner) or NOBODY

    def status(self, record: Held) -> str:
        """The status of a ticket."""
        if record.id in self.deleted:
            return "deleted"
        return status_of(record.kind, record.text("state"))

    def links(self, record: Held) -> list[tuple[str, int]]:
        """The links of a ticket: ref and id."""
        return self.linked.get(record.id, [])

    def connect(self, record: Held, ref: str, other: int) -> None:
        """Link two tickets, seen from both."""
        for key, side, end in ((record.id, ref, other), (other, INVERSE[ref], record.id)):
            known = self.linked.setdefault(key, [])
            if (side, end) not in known:
                known.append((side, end))

    def cut(self, record: Held, ref: str, other: int) -> None:
        """Take a link away."""
        for key, side, end in ((record.id, ref, other), (other, INVERSE[ref], record.id)):
            self.linked[key] = [one for one in self.linked.get(key, []) if one != (side, end)]

    def delete(self, record: Held, actor: str) -> None:
        """Delete a ticket as RT does: it is hidden, and a transaction says so."""
        with self.desk.lock:
            told: dict[int, Event | Remark] = {one.id: one for one in record.events}
            told |= {one.id: one for one in record.remarks}
            old = self.status(record)
            self.desk.remove(record)
            self.deleted[record.id] = record
            self.desk.entries[record.entry] = record, None
            for key, one in told.items():
                self.desk.entries[key] = record, one
            self.desk.sort()
            gone = Event(
                self.desk.serial("entry"), self.desk.now_s(), actor, "state", old, "deleted"
            )
            self.desk.note(record, gone)
            record.updated = gone.at

    def value(self, record: Held, name: str) -> Value:
        """A field of a ticket's estate record; satisfaction lies beside it."""
        if name in {"score", "score_text"}:
            answered = [one for one in record.beside.get(K.SURVEY_RESPONSE, ()) if one["score"]]
            key = "score" if name == "score" else "text"
            return answered[-1].get(key) if answered else None
        return record.values.get(name)

    def due(self, record: Held) -> tuple[str, int | None]:
        """The level of service of a ticket and its due date, by the clock for its resolution."""
        for clock in record.beside.get(K.SLA_CLOCK, ()):
            if clock["type"] == "sla" and clock["target"] == "resolution":
                due = clock["due_at"]
                return str(clock["agreement"] or ""), due if isinstance(due, int) else None
        own = QUEUES[record.kind].dates.get("Due")
        return "", record.time(own) if own else None

    def _adopt(self, record: Held) -> None:
        self.user_id(self.owner(record))
        for event in record.events:
            for name in (event.old, event.new) if event.field == "assignee" else ():
                self.user_id(name or NOBODY)

    def _link(self, record: Held) -> None:
        for ref, name, kind in QUEUES[record.kind].links:
            other = self.desk.numbered(kind, record.text(name))
            if other is not None:
                self.connect(record, ref, other.id)


INVERSE = {
    "depends-on": "depended-on-by",
    "depended-on-by": "depends-on",
    "refers-to": "referred-to-by",
    "referred-to-by": "refers-to",
    "parent": "child",
    "child": "parent",
}


def login_of(name: str) -> str:
    """The login of a person."""
    return name if name in {"RT_System", NOBODY} else name.lower().replace(" ", ".")
