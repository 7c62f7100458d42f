"""The practice server of Request Tracker, to be written to."""

from collections.abc import Mapping

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.rt.server import RtServer
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_simulated import KINDS, DeskWriterFake


class RtWriterFake(DeskWriterFake):
    """A tracker with a small estate, whose problems have a custom field for their description."""

    system = "rt"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "Incidents",
        PushKind.PROBLEM: "Problems",
    }
    columns: Mapping[str, str] = {"title": "Subject", "description": "Description"}
    served: RtServer

    def made(self, clock: TickingClock) -> RtServer:
        """The tracker."""
        return RtServer(self.estate, clock=clock)

    def found(self, record: str) -> Held | None:
        """A ticket."""
        return self.served.tracker.ticket(int(record))

    def settings(self) -> dict[str, object]:
        """With a custom field for descriptions."""
        return self.asked_by({"custom_fields": {"description": "Description"}})

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
        found = self.served.truth(KINDS[kind])
        return [str(one.id) for one in found if one.text("external_key") == key]

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        self.served.edit(int(record), self.columns[field], value)

    def close(self, kind: PushKind, record: str) -> None:
        """For good."""
        held = self.held(record)
        held.values["state"] = "rejected"
        self.served.tracker.desk.change(held)
