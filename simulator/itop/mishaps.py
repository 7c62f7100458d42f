"""What goes wrong with iTop: around a request, and with objects between requests."""

from dataclasses import dataclass

import orjson

from simulator.desk.churn import Churn
from simulator.faults import Chances, Fault, FaultName
from simulator.itop.answers import UNAUTHORIZED, refused
from simulator.itop.objects import Base
from simulator.mishaps import PracticeMishaps
from simulator.web import Answer, Request, json_answer

_F = FaultName
_INCIDENTS = frozenset({"Incident"})
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.04),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_INCIDENTS),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_INCIDENTS),
    Fault(name=_F.ROWS_DELETED, share=0.2, rows=1, tables=_INCIDENTS),
    Fault(name=_F.ROWS_PURGED, share=0.1, rows=1, tables=_INCIDENTS),
    Fault(name=_F.SAME_SECOND, rows=400, tables=_INCIDENTS),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
)
"""Each fault of iTop as it is when only its name is given; it limits no rate."""
DENYING: tuple[Fault, ...] = (
    Fault(name=_F.DENIED, ordinals=frozenset(range(1, 10_000)),
          tables=frozenset({"CMDBChangeOpSetAttributeScalar"})),
    Fault(name=_F.USER_ZONE, text="America/New_York"),
)  # fmt: skip
"""Faults that change what is read: the log of changes is for administrators; another zone."""


@dataclass(slots=True)
class Mishaps(PracticeMishaps):
    """Applies the faults of iTop."""

    base: Base
    page = b"<!DOCTYPE html><html><head><title>iTop is in maintenance</title></head></html>"

    @property
    def chances(self) -> Chances:
        """Decides what goes wrong."""
        return self.base.chances

    @property
    def churn(self) -> Churn:
        """Changes incidents."""
        return Churn(self.base.desk, "Incident")

    def table_of(self, request: Request) -> str:
        """The class that is read; "" for what is written."""
        form = request.form
        try:
            given = orjson.loads(form.get("json_data", ""))
        except orjson.JSONDecodeError:
            return ""
        is_read = isinstance(given, dict) and given.get("operation") == "core/get"
        return str(given.get("class", "")) if is_read else ""

    def after(self, request: Request, table: str) -> None:
        """Incidents change once some were read."""
        if table == "Incident":
            self.churn.after()

    def limited(self, fault: Fault) -> Answer:
        """ITop limits nothing; a proxy before it may."""
        seconds = str(max(1, round(fault.seconds)))
        return json_answer({}, 429, ("Retry-After", seconds))

    def expired(self, request: Request) -> Answer:
        """Nothing ends; a login that is refused looks so."""
        return refused(UNAUTHORIZED, "Error: Invalid login")
