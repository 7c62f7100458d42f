"""The practice server of Request Tracker, to be written to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.faults import Fault, Faults
from simulator.rt.server import RtServer
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_KINDS = {PushKind.INCIDENT: RecordKind.INCIDENT, PushKind.PROBLEM: RecordKind.PROBLEM}


class RtWriterFake(WriterFake):
    """A tracker with a small estate, whose problems have a custom field for their description."""

    system = "rt"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "Incidents",
        PushKind.PROBLEM: "Problems",
    }
    columns: Mapping[str, str] = {"title": "Subject", "description": "Description"}
    policy = None
    ignores_fields = True

    @property
    def instance(self) -> str:
        """The address it tells."""
        return urlsplit(self.served.url).netloc

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the tracker."""
        clock = TickingClock(self.estate.export_at)
        with RtServer(self.estate, clock=clock) as self.served:
            yield
        assert self.served.errors == []

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        served = self.served
        fields = {"description": "Description"}
        push = {"mode": "full", "instance": self.instance, "custom_fields": fields}
        return {"url": served.url, "user": served.user, "password": served.password, "push": push}

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Tickets that are open and refer to no problem."""
        return [
            (str(one.id), str(one.id))
            for one in self.served.truth(RecordKind.INCIDENT)
            if self.served.tracker.status(one) in {"new", "open"}
            and not self.served.tracker.links(one)
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By the custom field."""
        found = self.served.truth(_KINDS[kind])
        return [str(one.id) for one in found if one.text("external_key") == key]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see."""
        return self._held(record).text(field)

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        self.served.edit(int(record), self.columns[field], value)

    def close(self, kind: PushKind, record: str) -> None:
        """For good."""
        held = self._held(record)
        held.values["state"] = "rejected"
        self.served.tracker.desk.change(held)

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """Comments, and replies."""
        return [(one.text, one.is_internal) for one in self._held(record).remarks]

    def edits(self) -> list[PersonEdit]:
        """What the server remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def _held(self, record: str) -> Held:
        found = self.served.tracker.ticket(int(record))
        assert found is not None
        return found
