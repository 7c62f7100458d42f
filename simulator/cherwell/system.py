"""What the practice system holds: a desk, tokens, and the zone of its clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.states import RecordKind
from simulator.cherwell.objects import BESIDE_ESTATE
from simulator.cherwell.words import STATES
from simulator.desk.desk import Desk
from simulator.desk.making import made_desk
from simulator.desk.records import Event, Held
from simulator.desk.tables import Table
from simulator.faults import Chances
from simulator.practice_server import practice_word

K = RecordKind
TOKEN_LIFE = timedelta(minutes=20)
MOST_ROWS = 1_000
"""Rows of one page at most; more are cut off without a word."""
USUAL_ROWS = 50
_FAR = 1_000_000_000
"""Where the ids of entries begin that do not belong to the estate."""


@dataclass(slots=True)
class System:
    """Business objects with the records of one estate; `own` holds records that are none."""

    desk: Desk
    own: Desk
    login: str
    tokens: dict[str, datetime] = field(default_factory=dict)
    refreshers: set[str] = field(default_factory=set)

    @property
    def chances(self) -> Chances:
        """What goes wrong."""
        return self.desk.chances

    @chances.setter
    def chances(self, chances: Chances) -> None:
        self.desk.chances = chances

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the server's clock, which all times are told in."""
        return ZoneInfo(self.desk.zone)

    def now(self) -> datetime:
        """What time it is there."""
        return self.desk.now()

    def make(self) -> None:
        """Enter the estate."""
        made_desk(self.desk, {})
        self.own.reserve("entry", _FAR)
        for clock in self.desk.of(K.SLA_CLOCK).values():
            owner = self.desk.numbered(K.INCIDENT, clock.text("record"))
            is_due = clock.values["type"] == "sla" and clock.values["target"] == "resolution"
            if owner is not None and is_due:
                owner.values["sla_due"] = clock.values["due_at"]
                owner.values["sla_name"] = clock.values["agreement"]
        for kind in STATES:
            for record in self.desk.of(kind).values():
                self._created(record)
        self.desk.sort()

    def desk_of(self, table: Table) -> Desk:
        """Where the records of an object are."""
        is_own = table.name in BESIDE_ESTATE or table.kind is K.REVIEW_ACTION
        return self.own if is_own else self.desk

    def log_in(self) -> tuple[str, str]:
        """A new token and a new refresh token."""
        serial, seed = self.desk.serial("token"), self.desk.settings.seed
        token, refresher = (
            practice_word(seed, f"{word} {serial}") for word in ("token", "refresh")
        )
        self.tokens[token] = self.now() + TOKEN_LIFE
        self.refreshers.add(refresher)
        return token, refresher

    def knows(self, token: str) -> bool:
        """Whether a token is good at present."""
        ends = self.tokens.get(token)
        return ends is not None and self.now() < ends

    def _created(self, record: Held) -> None:
        """What the journal says of a record's creation."""
        moved = next((one for one in record.events if one.field == "state"), None)
        state = moved.old if moved is not None else record.text("state")
        actor = record.text("opened_by") or "CSDAdmin"
        told = Event(record.entry, record.created, actor, "state", None, state)
        record.events.insert(0, told)
        self.desk.entries[record.entry] = record, told
