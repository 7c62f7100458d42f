"""The practice server of iTop, to be written to."""

from collections.abc import Mapping

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.itop.server import ItopServer
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_simulated import KINDS, DeskWriterFake


class ItopWriterFake(DeskWriterFake):
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
    served: ItopServer

    def made(self, clock: TickingClock) -> ItopServer:
        """The iTop."""
        return ItopServer(self.estate, clock=clock)

    def found(self, record: str) -> Held | None:
        """An object."""
        return self.served.base.find(int(record))

    def settings(self) -> dict[str, object]:
        """With what the data model demands."""
        return self.asked_by({"organization": "Demo", "team": "Linux", "agent": "Ann Ortiz"})

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
        found = self.served.truth(KINDS[kind])
        return [str(one.id) for one in found if one.text("product") in {key, f"{key} canceled"}]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see."""
        text = super().shown(kind, record, field)
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
        held = self.held(record)
        held.values["state"] = "closed"
        self.served.base.desk.change(held)

    def in_our_words(self, value: str) -> str:
        """A problem by its reference."""
        for one in self.served.truth(RecordKind.PROBLEM):
            if one.number == value:
                return self.served.base.reference(one)
        return value
