"""What goes wrong with the tracker: around a request, and with tickets between requests."""

from dataclasses import dataclass, field

import orjson

from simulator.desk.churn import Churn
from simulator.desk.records import Event
from simulator.faults import Chances, Fault, FaultName
from simulator.mishaps import PracticeMishaps
from simulator.rt.tracker import Tracker
from simulator.rt.words import QUEUES
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps

_F = FaultName
_TICKETS = frozenset({"tickets"})
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.04),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.ACL_ROWS, rows=0.02, tables=_TICKETS),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_TICKETS),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_TICKETS),
    Fault(name=_F.ROWS_DELETED, share=0.2, rows=1, tables=_TICKETS),
    Fault(name=_F.ROWS_PURGED, share=0.1, rows=1, tables=_TICKETS),
    Fault(name=_F.SAME_SECOND, rows=400, tables=_TICKETS),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
    Fault(name=_F.INTERNAL_LINKS, text="https://rt-internal.example:8443"),
    Fault(name=_F.USER_ZONE, text="America/New_York"),
)
"""Each fault of a tracker as it is when only its name is given; it limits no rate."""


@dataclass(slots=True)
class Mishaps(PracticeMishaps):
    """Applies the faults of a tracker."""

    tracker: Tracker
    writes: WriteMishaps = field(init=False)
    page = b"<!DOCTYPE html><html><head><title>RT at a glance</title></head><body></body></html>"

    def __post_init__(self) -> None:
        self.writes = WriteMishaps(lambda: self.chances, self._touched, self._edit)

    def edited(self, key: int, name: str, value: str) -> PersonEdit | None:
        """Somebody changes a field by hand: "Subject", or a custom field by name."""
        record = self.tracker.ticket(key)
        if record is None:
            return None
        queue, desk = QUEUES[record.kind], self.tracker.desk
        own = queue.subject if name == "Subject" else queue.fields[name]
        before = record.text(own)
        with desk.lock:
            record.values[own] = value
            desk.change(record)
            told = Event(desk.serial("entry"), record.updated, "somebody", name, before, value)
            desk.note(record, told)
        return PersonEdit(queue.name, str(key), name, before, value)

    def _touched(self, request: Request) -> Touched | None:
        if request.method not in {"POST", "PUT"} or self.table_of(request):
            return None
        key = next((part for part in request.path.split("/") if part.isdecimal()), "")
        if key:
            record = self.tracker.ticket(int(key))
            return None if record is None else Touched(QUEUES[record.kind].name, key)
        given = orjson.loads(request.body or b"{}")
        return Touched(str(given.get("Queue", ""))) if isinstance(given, dict) else None

    def _edit(self, touched: Touched, name: str, ordinal: int) -> PersonEdit | None:
        return self.edited(int(touched.key), name, f"words of a person, {ordinal}")

    @property
    def chances(self) -> Chances:
        """Decides what goes wrong."""
        return self.tracker.chances

    @property
    def churn(self) -> Churn:
        """Changes tickets."""
        actor = self.tracker.login
        return Churn(self.tracker.desk, "tickets", lambda one: self.tracker.delete(one, actor))

    def table_of(self, request: Request) -> str:
        """The collection."""
        name = request.path.rpartition("/")[2]
        return name if name in {"tickets", "transactions", "attachments", "assets"} else ""

    def after(self, request: Request, table: str) -> None:
        """Tickets change once a page of them was read."""
        if table == "tickets":
            self.churn.after()

    def limited(self, fault: Fault) -> Answer:
        """RT limits nothing; a proxy before it may."""
        seconds = str(max(1, round(fault.seconds)))
        return json_answer({"message": "Too Many Requests"}, 429, ("Retry-After", seconds))

    def expired(self, request: Request) -> Answer:
        """A token that has ended is not told from a wrong one."""
        return json_answer({"message": "Unauthorized"}, 401)
