"""What a practice Freshservice holds: a desk, people and agents by number, and the trash."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.making import made_desk
from simulator.desk.records import Held
from simulator.faults import Chances
from simulator.people import address

K = RecordKind
TICKETS = (K.INCIDENT, K.SERVICE_REQUEST)
_OF_TICKETS = frozenset(TICKETS)
_FIRST_PERSON = 21_000_000_000


def sequence(kind: RecordKind) -> str:
    """Tickets share their ids, whatever their type; so do assets and services."""
    if kind in _OF_TICKETS:
        return "ticket"
    return "asset" if kind in {K.CONFIGURATION_ITEM, K.SERVICE} else kind.value


@dataclass(slots=True)
class Account:
    """The records of one estate, and who is who.

    Attributes:
        trash: deleted tickets by id; spam is marked in them.
        notes: of problems and changes by kind and id.
        objects: records of custom objects, by object.
        links: the problem of a ticket, where it was set over the API.
    """

    desk: Desk
    trash: dict[int, Held] = field(default_factory=dict)
    spam: set[int] = field(default_factory=set)
    people: dict[str, int] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    by_person: dict[int, str] = field(default_factory=dict)
    notes: dict[tuple[RecordKind, int], list[dict[str, object]]] = field(default_factory=dict)
    objects: dict[int, dict[int, dict[str, object]]] = field(default_factory=dict)

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

    def make(self, *agents: str) -> None:
        """Enter the estate; whoever works on tickets is an agent."""
        made_desk(self.desk)
        for name in agents:
            self.agent(name)
        for record in self.desk.of(K.KNOWLEDGE_ARTICLE).values():
            self.agent(record.text("owner"))
        for kind in TICKETS:
            for record in self.desk.of(kind).values():
                for event in record.events:
                    if event.field == "assignee" and event.new:
                        self.agent(event.new)
                if record.text("assignee"):
                    self.agent(record.text("assignee"))
                for remark in record.remarks:
                    if remark.is_internal:
                        self.agent(remark.author)
                self.person(record.text("caller"))

    def person(self, name: str) -> int | None:
        """Somebody's number; None for nobody."""
        if not name:
            return None
        if name not in self.people:
            self.people[name] = key = _FIRST_PERSON + len(self.people) + 1
            self.by_person[key] = name
        return self.people[name]

    def agent(self, name: str) -> int | None:
        """An agent's number; None for nobody."""
        if name:
            self.agents.add(name)
        return self.person(name)

    def shown_person(self, name: str) -> dict[str, object]:
        """Somebody as the API tells."""
        first, _, last = name.partition(" ")
        mail = address(name)
        is_agent = name in self.agents
        told = {"email": mail} if is_agent else {"primary_email": mail}
        return {"id": self.person(name), "first_name": first, "last_name": last, **told,
                "active": True}  # fmt: skip

    def number(self, kind: RecordKind, number: str) -> int | None:
        """The id of a record of the estate; None where there is none."""
        found = self.desk.numbered(kind, number) if number else None
        return None if found is None else found.id

    def ticket(self, key: int) -> Held | None:
        """A ticket, one in the trash included."""
        for kind in TICKETS:
            if key in self.desk.of(kind):
                return self.desk.of(kind)[key]
        return self.trash.get(key)

    def tickets(self) -> Iterator[Held]:
        """All tickets that are not in the trash."""
        for kind in TICKETS:
            yield from self.desk.of(kind).values()

    def delete(self, record: Held, *, is_spam: bool = False) -> None:
        """Put a ticket into the trash."""
        with self.desk.lock:
            self.desk.remove(record, is_told=False)
            record.updated = self.desk.now_s()
            self.trash[record.id] = record
            self.spam |= {record.id} if is_spam else set()

    def restore(self, record: Held) -> None:
        """Take a ticket out of the trash."""
        with self.desk.lock:
            del self.trash[record.id]
            self.spam.discard(record.id)
            record.updated, record.entry = self.desk.now_s(), 0
            self.desk.add(record)
