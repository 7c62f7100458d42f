"""What the practice system holds: a desk, links between its records, and who is logged in."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from itsm.states import RecordKind
from simulator.bmc_helix.forms import BESIDE_ESTATE, BY_NAME
from simulator.bmc_helix.words import number_of
from simulator.desk.desk import Desk
from simulator.desk.making import made_desk
from simulator.desk.records import Event, Held, Value
from simulator.desk.tables import OWN, Row, Table
from simulator.faults import Chances
from simulator.practice_server import practice_word

K = RecordKind
TOKEN_LIFE = timedelta(hours=1)
MOST_ENTRIES = 1_000
"""Entries of one answer at most, however many are asked for."""
_OF_KIND = (
    (K.INCIDENT, "Incident", "HPD:Help Desk"),
    (K.PROBLEM, "Problem Investigation", "PBM:Problem Investigation"),
    (K.CHANGE, "Infrastructure Change", "CHG:Infrastructure Change"),
    (K.KNOWN_ERROR, "Known Error", "PBM:Known Error"),
)
_LINKS = (
    ("problem", K.PROBLEM, ("Problem Investigation", "Caused By")),
    ("caused_by_change", K.CHANGE, ("Infrastructure Change", "Caused By")),
    ("parent_incident", K.INCIDENT, ("Incident", "Child Of")),
)


@dataclass(slots=True)
class System:
    """Forms with the records of one estate; `own` holds entries that are none of them."""

    desk: Desk
    own: Desk
    login: str
    tokens: dict[str, datetime] = field(default_factory=dict)

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
        """Enter the estate, and what links its records."""
        made_desk(self.desk, {})
        for case in self.desk.of(K.VENDOR_CASE).values():
            incident = self.desk.numbered(K.INCIDENT, case.text("incident"))
            if incident is not None:
                incident.values.setdefault("vendor_ticket", case.text("vendor_reference"))
        for clock in self.desk.of(K.SLA_CLOCK).values():
            owner = self.desk.numbered(K.INCIDENT, clock.text("record"))
            clock.updated = clock.time("ended_at") or (owner or clock).updated
        for kind in (K.INCIDENT, K.SERVICE_REQUEST, K.PROBLEM, K.CHANGE):
            for record in self.desk.of(kind).values():
                self._created(record)
        self.desk.sort()
        self._associate_all()

    def _associate_all(self) -> None:
        for record in self.desk.of(K.INCIDENT).values():
            for name, kind, link in _LINKS:
                other = self.desk.numbered(kind, record.text(name))
                if other is not None:
                    self.associate(record, other, link)
        for error in self.desk.of(K.KNOWN_ERROR).values():
            problem = self.desk.numbered(K.PROBLEM, error.text("problem"))
            if problem is not None:
                self.associate(problem, error, ("Known Error", "Related To"))

    def desk_of(self, table: Table) -> Desk:
        """Where the entries of a form are."""
        return self.own if table.name in BESIDE_ESTATE else self.desk

    def rows(self, name: str) -> Iterator[Row]:
        """The entries of a form."""
        return BY_NAME[name].rows(self.desk_of(BY_NAME[name]))

    def log_in(self) -> str:
        """A new token, good for an hour."""
        now, serial = self.now(), self.desk.serial("token")
        ends = now + TOKEN_LIFE
        claims = {"sub": self.login, "jti": serial, "exp": int(ends.timestamp())}
        word = practice_word(self.desk.settings.seed, f"token {serial}")
        head = {"alg": "HS256"}
        parts = [base64.urlsafe_b64encode(orjson.dumps(one)).rstrip(b"=") for one in (head, claims)]
        token = ".".join([*(part.decode() for part in parts), word])
        self.tokens[token] = ends
        return token

    def knows(self, token: str) -> bool:
        """Whether a token is good at present."""
        ends = self.tokens.get(token)
        return ends is not None and self.now() < ends

    def _created(self, record: Held) -> None:
        """What the log of changes says of a record's creation."""
        moved = next((one for one in record.events if one.field == "state"), None)
        state = moved.old if moved is not None else record.text("state")
        actor = record.text("opened_by") or "Remedy Application Service"
        told = Event(record.entry, record.created, actor, "state", None, state)
        record.events.insert(0, told)
        self.desk.entries[record.entry] = record, told

    def associate(
        self, owner: Held, related: Held, link: tuple[str, str], at: datetime | None = None
    ) -> None:
        """An entry of the form for links that belongs to the owner's application.

        Args:
            owner: whose link it is.
            related: what it is linked with.
            link: the type of what it is linked with, and the label.
            at: when it is made; None: when the owner was changed last.
        """
        type_, label = link
        forms = {kind: form for kind, _, form in _OF_KIND}
        told: dict[str, Value] = {
            "Request ID01": number_of(related.number),
            "Request Type01": type_,
            "Request Description01": related.values.get("title"),
            "Request ID02": number_of(owner.number),
            "Form Name01": forms[related.kind],
            "Form Name02": forms[owner.kind],
            "Association Type01": label,
        }
        key = self.own.serial(self.own.sequence(owner.kind))
        values = {f"{OWN}{name}": value for name, value in told.items()}
        at_s = owner.updated if at is None else int(at.timestamp())
        self.own.add(Held(key, owner.kind, f"ASC{key:012d}", at_s, at_s, values))
