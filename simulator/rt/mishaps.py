"""What goes wrong with the tracker: around a request, and with tickets between requests."""

from dataclasses import dataclass

from simulator.desk.churn import Churn
from simulator.faults import Chances, Fault, FaultName
from simulator.mishaps import PracticeMishaps
from simulator.rt.tracker import Tracker
from simulator.web import Answer, Request, json_answer

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
    page = b"<!DOCTYPE html><html><head><title>RT at a glance</title></head><body></body></html>"

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
