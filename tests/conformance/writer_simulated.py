"""What the writer fakes have in common that stand on a practice server of a desk in memory."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.faults import Fault, Faults
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

KINDS: Mapping[PushKind, RecordKind] = {
    PushKind.INCIDENT: RecordKind.INCIDENT,
    PushKind.PROBLEM: RecordKind.PROBLEM,
}


class DeskWriterFake(WriterFake):
    """A practice server that is known by the address it is reached under."""

    served: Any
    """The server; each system's has its own type."""

    @abstractmethod
    def made(self, clock: TickingClock) -> Any:  # each system's own server
        """The server; not started yet."""

    @abstractmethod
    def found(self, record: str) -> Held | None:
        """A record by its id."""

    @property
    def instance(self) -> str:
        """The address."""
        return str(urlsplit(self.served.url).netloc)

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the server."""
        with self.made(TickingClock(self.estate.export_at)) as self.served:
            yield
        assert self.served.errors == []

    def asked_by(self, push: Mapping[str, object]) -> dict[str, object]:
        """A user with a password, and what may be written."""
        told = {"mode": "full", "instance": self.instance, **push}
        served = self.served
        return {"url": served.url, "user": served.user, "password": served.password, "push": told}

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see."""
        return self.held(record).text(field)

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """Comments, and replies."""
        return [(one.text, one.is_internal) for one in self.held(record).remarks]

    def edits(self) -> list[Any]:
        """What the server remembers."""
        return list(self.served.edits)

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def held(self, record: str) -> Held:
        """A record that is there."""
        found = self.found(record)
        assert found is not None
        return found
