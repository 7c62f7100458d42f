"""The practice server of Freshservice, to be written to."""

from collections.abc import Mapping

from connectors.core.mapping.html_text import plain_of
from connectors.freshservice.register_object import STATES
from itsm.pushing import PROBLEM, PushKind
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.freshservice.server import FreshserviceServer
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_simulated import KINDS, DeskWriterFake

OBJECT = 7
"""The custom object that holds register entries."""


class FreshserviceWriterFake(DeskWriterFake):
    """An account with a small estate and a field for our key."""

    system = "freshservice"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "tickets",
        PushKind.PROBLEM: "problems",
    }
    columns: Mapping[str, str] = {
        "title": "title",
        "description": "description",
        PROBLEM: "problem",
    }
    ignores_fields = False
    served: FreshserviceServer

    def made(self, clock: TickingClock) -> FreshserviceServer:
        """The account."""
        return FreshserviceServer(self.estate, clock=clock)

    def found(self, record: str) -> Held | None:
        """A problem, or else a ticket."""
        desk = self.served.account.desk
        return desk.of(RecordKind.PROBLEM).get(int(record)) or self.served.account.ticket(
            int(record)
        )

    def settings(self) -> dict[str, object]:
        """In the name of the key's own agent."""
        me = self.served.account.agent(self.served.user)
        told = {
            "mode": "full",
            "instance": self.instance,
            "requester_id": me,
            "register_object_id": OBJECT,
            "register_fields": {"expected_benefit": "benefit"},
        }
        return {"url": self.served.url, "api_key": self.served.api_key, "push": told}

    def incidents(self) -> list[tuple[str, str]]:
        """Tickets that are not closed and have no problem."""
        return [
            (str(one.id), f"INC-{one.id}")
            for one in self.served.truth(RecordKind.INCIDENT)
            if one.text("state") not in {"closed", "resolved", "canceled"}
            and not one.text("problem")
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By the field of ours."""
        if kind is PushKind.REGISTER_ENTRY:
            rows = self.served.account.objects.get(OBJECT, {}).items()
            return [str(number) for number, row in rows if self._data(row)["csi_key"] == key]
        found = self.served.truth(KINDS[kind])
        return [str(one.id) for one in found if one.text("csi_key") == key]

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form; a problem is chosen by its number."""
        if kind is PushKind.REGISTER_ENTRY:
            self.edit_entry(record, field, value)
            return
        if field == PROBLEM:
            value = self.held(value.removeprefix("PRB-")).number
        self.served.edit(KINDS[kind], int(record), self.columns[field], value)

    def edit_entry(self, record: str, field: str, value: str) -> None:
        """As at the form of the object."""
        name, text = ("status", STATES[value]) if field == "state" else (field, value)
        self.served.edit_object(OBJECT, int(record), name, text)

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see."""
        if kind is not PushKind.REGISTER_ENTRY:
            return super().shown(kind, record, field)
        return str(self._data(self.served.account.objects[OBJECT][int(record)])[field])

    def close(self, kind: PushKind, record: str) -> None:
        """For good."""
        held = self.held(record)
        held.values["status_code"] = 3 if kind is PushKind.PROBLEM else 5
        self.served.account.desk.change(held)

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """Notes of a problem, which no requester sees; of a ticket what was said."""
        kept = self.served.account.notes.get((RecordKind.PROBLEM, int(record)))
        if kept is not None:
            return [(plain_of(str(one["body"])), True) for one in kept]
        return super().notes(record)

    def _data(self, row: Mapping[str, object]) -> Mapping[str, object]:
        data = row["data"]
        assert isinstance(data, Mapping)
        return data
