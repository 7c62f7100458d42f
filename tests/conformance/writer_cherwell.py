"""The practice Cherwell CSM, to be written to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from itsm.pushing import PROBLEM, PushKind
from itsm.states import RecordKind
from simulator.cherwell.objects import OBJECTS
from simulator.cherwell.server import CherwellServer
from simulator.cherwell.words import public_id
from simulator.desk.entering import enter, shown
from simulator.desk.tables import Row, Table
from simulator.faults import Fault, Faults
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_OF: Mapping[PushKind, str] = {
    PushKind.INCIDENT: "Incident",
    PushKind.PROBLEM: "Problem",
    PushKind.REGISTER_ENTRY: "Improvement",
}
_OWN = {"title": "Title", "description": "Description"}


class CherwellWriterFake(WriterFake):
    """An instance with a small estate, and an object of its own for improvements."""

    system = "cherwell"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "incident",
        PushKind.PROBLEM: "problem",
        PushKind.REGISTER_ENTRY: "review_action",
    }
    columns: Mapping[str, str] = {
        "title": "ShortDescription",
        "description": "Description",
        PROBLEM: "ProblemID",
    }
    policy = ("Impact", "impact")

    @property
    def instance(self) -> str:
        """The address it is reached at."""
        return urlsplit(self.served.url).netloc

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the server."""
        clock = TickingClock(self.estate.export_at)
        with CherwellServer(self.estate, clock=clock) as self.served:
            yield
        assert self.served.errors == []

    def settings(self) -> dict[str, object]:
        """A client, and a user with a password."""
        served = self.served
        push = {"mode": "full", "instance": self.instance, "register_object": "Improvement"}
        who = {"client_id": served.client_id, "user": served.user, "password": served.password}
        return {"url": served.url, "push": push, **who}

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Open incidents without a problem."""
        key = OBJECTS["Incident"].table.key
        ended = {"resolved", "closed", "canceled"}
        return [
            (key(one.id), str(public_id(one.number)))
            for one in self.served.truth(RecordKind.INCIDENT)
            if one.text("state") not in ended and not one.text("problem")
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By the field for keys."""
        rows = self.served.rows(_OF[kind])
        return [of.key(row.id) for of, row in rows if shown(of, row, "ExternalKey") == key]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see in a field."""
        table, row = self._row(kind, record)
        return shown(table, row, self._column(kind, field))

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        self._enter(kind, record, {self._column(kind, field): value})

    def close(self, kind: PushKind, record: str) -> None:
        """By its state."""
        self._enter(kind, record, {"Status": "Closed"})

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """The notes of its journal."""
        return [
            (shown(table, row, "Details"), shown(table, row, "ShowInPortal") == "False")
            for table, row in self.served.rows("JournalNote")
            if shown(table, row, "ParentRecID") == record
        ]

    def edits(self) -> list[PersonEdit]:
        """What the server remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def _column(self, kind: PushKind, field: str) -> str:
        known = _OWN if kind is PushKind.REGISTER_ENTRY else self.columns
        return known.get(field, field)

    def _enter(self, kind: PushKind, record: str, values: Mapping[str, str]) -> None:
        table, row = self._row(kind, record)
        desk = self.served.system.desk_of(table)
        enter(desk, table, row.record, dict(values), "Gwen Harper")

    def _row(self, kind: PushKind, record: str) -> tuple[Table, Row]:
        table = OBJECTS[_OF[kind]].table
        row = table.row(self.served.system.desk_of(table), record)
        assert row is not None
        return table, row
