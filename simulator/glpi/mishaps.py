"""What goes wrong with a practice GLPI."""

from dataclasses import dataclass

from simulator.faults import Chances, Fault, FaultName
from simulator.glpi.accounts import Accounts
from simulator.glpi.answers import no_session
from simulator.glpi.churn import Churn
from simulator.glpi.database import Database
from simulator.mishaps import PracticeMishaps
from simulator.trouble import with_headers
from simulator.web import Answer, Application, Request
from simulator.write_mishaps import WriteMishaps

_F = FaultName
_WORK = frozenset({"Ticket"})
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.03),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.EXPIRED_TOKEN, share=0.02),
    Fault(name=_F.ACL_ROWS, rows=0.02, tables=_WORK),
    Fault(name=_F.DENIED, tables=frozenset({"ImpactRelation"})),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_WORK),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_WORK),
    Fault(name=_F.ROWS_DELETED, share=0.2, rows=1, tables=_WORK),
    Fault(name=_F.ROWS_PURGED, share=0.1, rows=1, tables=_WORK),
    Fault(name=_F.SAME_SECOND, rows=1_200, tables=_WORK),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
)
"""Each fault as it is when only its name is given. A GLPI has no rate limit."""
ZONED: tuple[Fault, ...] = (Fault(name=_F.USER_ZONE, text="US/Pacific"),)
"""Times of a session that is not in UTC: whoever reads has to be told."""


@dataclass(slots=True)
class Mishaps(PracticeMishaps):
    """Applies the faults."""

    database: Database
    accounts: Accounts
    churn: Churn
    writes: WriteMishaps

    page = (b"<!DOCTYPE html><html><head><title>GLPI - Maintenance</title></head><body>"
            b"<p>Service is down for maintenance.</p></body></html>")  # fmt: skip

    @property
    def chances(self) -> Chances:
        """Decides what goes wrong."""
        return self.database.desk.chances

    def table_of(self, request: Request) -> str:
        """The itemtype that is asked for."""
        parts = request.path.split("/apirest.php/")[-1].split("/api.php/v1/")[-1].split("/")
        if parts[0] == "search":
            return parts[1] if len(parts) > 1 else ""
        return parts[-1] if parts[0][:1].isupper() else ""

    def around(self, request: Request, application: Application) -> Answer:
        """As for every system; what is written may be lost, late, or disturbed."""
        return PracticeMishaps.around(
            self, request, lambda asked: self.writes.carry_out(asked, application)
        )

    def may_fail(self, name: FaultName, request: Request, table: str) -> bool:
        """Only a session that was used can end, and only what reads items is cut."""
        if name is _F.EXPIRED_TOKEN:
            return bool(table) and self.accounts.is_worn(request)
        return name is not _F.TRUNCATED_200 or (bool(table) and request.method == "GET")

    def after(self, request: Request, table: str) -> None:
        """Tickets may change once a page of them was read."""
        if table == "Ticket" and request.method == "GET":
            self.churn.after()

    def limited(self, fault: Fault) -> Answer:
        """What a proxy before the server answers."""
        return with_headers(Answer(429), ("Retry-After", str(max(1, round(fault.seconds)))))

    def expired(self, request: Request) -> Answer:
        """The session ends before its time."""
        self.accounts.end(request)
        return no_session()
