"""What goes wrong with iTop: around a request, and with objects between requests."""

from dataclasses import dataclass, field

import orjson

from itsm.states import RecordKind
from simulator.desk.churn import Churn
from simulator.desk.records import Event
from simulator.faults import Chances, Fault, FaultName
from simulator.itop.answers import UNAUTHORIZED, refused
from simulator.itop.objects import Base
from simulator.itop.words import CLASSES
from simulator.mishaps import PracticeMishaps
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps

_F = FaultName
_INCIDENTS = frozenset({"Incident"})
_WRITES = frozenset({"core/create", "core/update", "core/apply_stimulus", "core/delete"})
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
    writes: WriteMishaps = field(init=False)
    page = b"<!DOCTYPE html><html><head><title>iTop is in maintenance</title></head></html>"

    def __post_init__(self) -> None:
        self.writes = WriteMishaps(lambda: self.chances, self._touched, self._edit)

    def edited(self, key: int, name: str, value: str) -> PersonEdit | None:
        """Somebody changes a field by hand, in the words of the estate."""
        record, desk = self.base.find(key), self.base.desk
        if record is None:
            return None
        before = record.text(name)
        with desk.lock:
            record.values[name] = value
            desk.change(record)
            told = Event(desk.serial("entry"), record.updated, "Some Body", name, before, value)
            desk.note(record, told)
        return PersonEdit(CLASSES[record.kind].name, str(key), name, before, value)

    def _touched(self, request: Request) -> Touched | None:
        given = self._given(request)
        if str(given.get("operation")) not in _WRITES:
            return None
        return Touched(str(given.get("class", "")), str(given.get("key", "")))

    def _edit(self, touched: Touched, name: str, ordinal: int) -> PersonEdit | None:
        """Another problem, or other words."""
        value = f"words of a person, {ordinal}"
        if name == "problem":
            numbers = sorted(one.number for one in self.base.desk.of(RecordKind.PROBLEM).values())
            value = numbers[ordinal % len(numbers)]
        return self.edited(int(touched.key), name, value)

    def _given(self, request: Request) -> dict[str, object]:
        try:
            given = orjson.loads(request.form.get("json_data", ""))
        except orjson.JSONDecodeError:
            return {}
        return given if isinstance(given, dict) else {}

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
        given = self._given(request)
        is_read = given.get("operation") == "core/get"
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
