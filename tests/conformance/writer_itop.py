"""The practice server of iTop, to be written to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.faults import Fault, Faults
from simulator.itop.server import ItopServer
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_KINDS = {PushKind.INCIDENT: RecordKind.INCIDENT, PushKind.PROBLEM: RecordKind.PROBLEM}


class ItopWriterFake(WriterFake):
    """An iTop with a small estate."""

    system = "itop"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "Incident",
        PushKind.PROBLEM: "Problem",
    }
    columns: Mapping[str, str] = {
        "title": "title",
        "description": "description",
        "problem": "problem",
    }
    policy = ("impact", "impact")

    @property
    def instance(self) -> str:
        """The address it is reached under."""
        return urlsplit(self.served.url).netloc

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the iTop."""
        clock = TickingClock(self.estate.export_at)
        with ItopServer(self.estate, clock=clock) as self.served:
            yield
        assert self.served.errors == []

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        served = self.served
        push = {"mode": "full", "instance": self.instance, "organization": "Demo",
                "team": "Linux", "agent": "Ann Ortiz"}  # fmt: skip
        return {"url": served.url, "user": served.user, "password": served.password, "push": push}

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Open ones without a problem."""
        base = self.served.base
        return [
            (str(one.id), base.reference(one))
            for one in self.served.truth(RecordKind.INCIDENT)
            if base.attributes(one).plain("status") in {"new", "assigned"}
            and not one.text("problem")
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By the attribute."""
        found = self.served.truth(_KINDS[kind])
        return [str(one.id) for one in found if one.text("product") in {key, f"{key} canceled"}]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see."""
        text = self._held(record).text(field)
        return self.in_our_words(text) if field == "problem" else text

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        if field == "problem":
            base = self.served.base
            problems = self.served.truth(RecordKind.PROBLEM)
            value = next(one.number for one in problems if base.reference(one) == value)
        self.served.edit(int(record), field, value)

    def close(self, kind: PushKind, record: str) -> None:
        """For good."""
        held = self._held(record)
        held.values["state"] = "closed"
        self.served.base.desk.change(held)

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """Entries of both logs."""
        return [(one.text, one.is_internal) for one in self._held(record).remarks]

    def edits(self) -> list[PersonEdit]:
        """What the server remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def in_our_words(self, value: str) -> str:
        """A problem by its reference."""
        for one in self.served.truth(RecordKind.PROBLEM):
            if one.number == value:
                return self.served.base.reference(one)
        return value

    def _held(self, record: str) -> Held:
        found = self.served.base.find(int(record))
        assert found is not None
        return found
