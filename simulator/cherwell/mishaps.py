"""What goes wrong with the practice system: around a request, and between requests."""

from dataclasses import dataclass, field

from simulator.cherwell.answers import unauthorized
from simulator.cherwell.objects import OBJECTS, object_of
from simulator.cherwell.searching import folded
from simulator.cherwell.system import System
from simulator.desk.churn import Churn
from simulator.desk.entering import edited_by_hand
from simulator.faults import Chances, Fault, FaultName
from simulator.mishaps import PracticeMishaps
from simulator.web import Answer, Application, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps

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
class Mishaps(PracticeMishaps):
    """Applies the faults of the practice system."""

    system: System
    writes: WriteMishaps = field(init=False)
    page = (
        b"<!DOCTYPE html><html><head><title>Cherwell Service Management</title></head>"
        b"<body>Loading</body></html>"
    )

    def __post_init__(self) -> None:
        """Meddle with writes, too."""
        self.writes = WriteMishaps(lambda: self.chances, touched, self._edit)

    @property
    def chances(self) -> Chances:
        """Decides what goes wrong."""
        return self.system.chances

    @property
    def churn(self) -> Churn:
        """Changes incidents; nothing remembers those that are deleted."""
        desk = self.system.desk
        return Churn(desk, "incident", lambda one: desk.remove(one, is_told=False))

    def table_of(self, request: Request) -> str:
        """The kind of record that is searched for."""
        if not request.path.lower().endswith("/v1/getsearchresults"):
            return ""
        of = object_of(str(folded(request.body).get("busobid", "")))
        if of is None:
            return ""
        return of.table.kind.value if of.name in OBJECTS else of.name

    def carry_out(self, request: Request, application: Application) -> Answer:
        """Answer a request, unless something goes wrong, with writes above all."""
        return self.around(request, lambda asked: self.writes.carry_out(asked, application))

    def may_fail(self, name: FaultName, request: Request, table: str) -> bool:
        """A token ends where one is used, and only lists are cut."""
        if name is _F.EXPIRED_TOKEN:
            return request.path.startswith(ROOT)
        return PracticeMishaps.may_fail(self, name, request, table)

    def after(self, request: Request, table: str) -> None:
        """Incidents change once a page of them was read."""
        if table == "incident":
            self.churn.after()

    def limited(self, fault: Fault) -> Answer:
        """Cherwell limits nothing; a gateway before it may."""
        seconds = str(max(1, round(fault.seconds)))
        return json_answer({"Message": "Too many requests"}, 429, ("Retry-After", seconds))

    def expired(self, request: Request) -> Answer:
        """End the life of a token before its time."""
        self.system.tokens.pop(request.header("authorization").partition(" ")[2], None)
        return unauthorized()

    def _edit(self, one: Touched, name: str, ordinal: int) -> PersonEdit | None:
        if not isinstance(one, TouchedRecord) or one.object not in OBJECTS:
            return None
        table = OBJECTS[one.object].table
        desk = self.system.desk_of(table)
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
