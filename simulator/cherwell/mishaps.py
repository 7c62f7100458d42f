"""What goes wrong with the practice system: around a request, and between requests."""

from dataclasses import dataclass

from simulator.cherwell.answers import unauthorized
from simulator.cherwell.objects import OBJECTS, object_of
from simulator.cherwell.searching import folded
from simulator.cherwell.system import System
from simulator.desk.entering import edited_by_hand
from simulator.desk.mishaps import DeskMishaps
from simulator.faults import Fault, FaultName
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched

_F = FaultName
ROOT = "/CherwellAPI/api/"
_INCIDENTS = frozenset({"incident"})
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.04),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.EXPIRED_TOKEN, share=0.02),
    Fault(name=_F.ACL_ROWS, rows=0.02, tables=_INCIDENTS),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_INCIDENTS),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_INCIDENTS),
    Fault(name=_F.ROWS_PURGED, share=0.2, rows=1, tables=_INCIDENTS),
    Fault(name=_F.SAME_SECOND, rows=1_200, tables=_INCIDENTS),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
)
"""Each fault as it is when only its name is given; no rate is limited."""
ZONED: tuple[Fault, ...] = (
    Fault(name=_F.USER_ZONE, text="America/Denver"),
    Fault(name=_F.DENIED, tables=frozenset({"JournalHistory"})),
)
"""A clock of another zone, and a journal that may not be read: only where they are named."""


@dataclass(frozen=True, slots=True)
class TouchedRecord(Touched):
    """A record that a request writes to, and the object it is of."""

    object: str = ""


@dataclass(slots=True)
class Mishaps(DeskMishaps):
    """Applies the faults of the practice system."""

    on: System
    root = ROOT
    page = (
        b"<!DOCTYPE html><html><head><title>Cherwell Service Management</title></head>"
        b"<body>Loading</body></html>"
    )

    def table_of(self, request: Request) -> str:
        """The kind of record that is searched for."""
        if not request.path.lower().endswith("/v1/getsearchresults"):
            return ""
        of = object_of(str(folded(request.body).get("busobid", "")))
        if of is None:
            return ""
        return of.table.kind.value if of.name in OBJECTS else of.name

    def limited(self, fault: Fault) -> Answer:
        """Cherwell limits nothing; a gateway before it may."""
        seconds = str(max(1, round(fault.seconds)))
        return json_answer({"Message": "Too many requests"}, 429, ("Retry-After", seconds))

    def expired(self, request: Request) -> Answer:
        """End the life of a token before its time."""
        self.on.tokens.pop(request.header("authorization").partition(" ")[2], None)
        return unauthorized()

    def touched(self, request: Request) -> Touched | None:
        """The record that a request writes to."""
        return touched(request)

    def edit(self, one: Touched, name: str, ordinal: int) -> PersonEdit | None:
        """Change a field as somebody at a form."""
        if not isinstance(one, TouchedRecord) or one.object not in OBJECTS:
            return None
        table = OBJECTS[one.object].table
        desk = self.on.desk_of(table)
        return edited_by_hand(desk, table, one.key, name, f"words of a person, {ordinal}")


def touched(request: Request) -> Touched | None:
    """The record that a request writes to; a note is one of its own, a link is its child's."""
    path = request.path.lower()
    parts = path.split("/")
    if "linkrelatedbusinessobject" in path:
        of = object_of(parts[-3])
        return TouchedRecord(of.table.kind.value, parts[-1], of.name) if of is not None else None
    if request.method != "POST" or "/save" not in path:
        return None
    asked = folded(request.body)
    of = object_of(str(asked.get("busobid", "")))
    if of is None or path.endswith("batch"):
        return None
    owner = object_of(str(asked.get("parentbusobid", ""))) or of
    name = owner.table.kind.value
    return TouchedRecord(name, str(asked.get("busobrecid") or ""), of.name)
