"""The practice BMC Helix ITSM, to be written to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.bmc_helix.forms import BY_NAME
from simulator.bmc_helix.server import BmcHelixServer
from simulator.bmc_helix.words import number_of
from simulator.desk.entering import enter, shown
from simulator.desk.tables import Row, Table
from simulator.faults import Fault, Faults
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_FORMS: Mapping[PushKind, str] = {
    PushKind.INCIDENT: "HPD:Help Desk",
    PushKind.PROBLEM: "PBM:Problem Investigation",
    PushKind.REGISTER_ENTRY: "CSI:Register",
}
_LOGS = {"INC": "HPD:WorkLog", "PBI": "PBM:Investigation WorkLog"}
_REGISTER = {"title": "Short Description", "description": "Description"}


class BmcHelixWriterFake(WriterFake):
    """A server with a small estate, and a form of its own for improvements."""

    system = "bmc_helix"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "incident",
        PushKind.PROBLEM: "problem",
        PushKind.REGISTER_ENTRY: "review_action",
    }
    columns: Mapping[str, str] = {"title": "Description", "description": "Detailed Decription"}
    policy = ("Impact", "impact")

    @property
    def instance(self) -> str:
        """The host that its links name."""
        return urlsplit(self.served.url).netloc

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the server."""
        clock = TickingClock(self.estate.export_at)
        with BmcHelixServer(self.estate, clock=clock) as self.served:
            yield
        assert self.served.errors == []

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        served = self.served
        push = {"mode": "full", "instance": self.instance, "register_form": "CSI:Register"}
        push["register_audit"] = "CSI:Register_AuditLogSystem"
        return {"url": served.url, "user": served.user, "password": served.password, "push": push}

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Open incidents without a problem."""
        key = BY_NAME["HPD:Help Desk"].key
        return [
            (key(one.id), str(number_of(one.number)))
            for one in self.served.truth(RecordKind.INCIDENT)
            if one.text("state") not in {"resolved", "closed", "canceled"}
            and not one.text("problem")
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By the field for keys."""
        table = BY_NAME[_FORMS[kind]]
        rows = self.served.entries(table.name)
        return [table.key(row.id) for row in rows if shown(table, row, "External Key") == key]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see in a field."""
        table, row = self._row(kind, record)
        return shown(table, row, self._column(kind, field))

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        table, row = self._row(kind, record)
        desk = self.served.system.desk_of(table)
        enter(desk, table, row.record, {self._column(kind, field): value}, "Gwen Harper")

    def close(self, kind: PushKind, record: str) -> None:
        """By its state."""
        table, row = self._row(kind, record)
        name = "Investigation Status" if kind is PushKind.PROBLEM else "Status"
        desk = self.served.system.desk_of(table)
        enter(desk, table, row.record, {name: "Closed"}, "Gwen Harper")

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """The entries of its work log."""
        table = BY_NAME[_LOGS[record[:3]]]
        return [
            (
                shown(table, row, "Detailed Description"),
                shown(table, row, "View Access") != "Public",
            )
            for row in self.served.entries(table.name)
            if BY_NAME[_FORMS[self._kind(record)]].key(row.owner) == record
        ]

    def edits(self) -> list[PersonEdit]:
        """What the server remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def _kind(self, record: str) -> PushKind:
        return PushKind.INCIDENT if record.startswith("INC") else PushKind.PROBLEM

    def _column(self, kind: PushKind, field: str) -> str:
        known = _REGISTER if kind is PushKind.REGISTER_ENTRY else self.columns
        return known.get(field, field)

    def _row(self, kind: PushKind, record: str) -> tuple[Table, Row]:
        table = BY_NAME[_FORMS[kind]]
        row = table.row(self.served.system.desk_of(table), record)
        assert row is not None
        return table, row
