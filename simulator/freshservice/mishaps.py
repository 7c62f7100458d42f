"""What goes wrong with a practice Freshservice."""

from dataclasses import dataclass, field

from itsm.states import RecordKind
from simulator.desk.churn import Churn
from simulator.desk.records import Event
from simulator.faults import Chances, Fault, FaultName
from simulator.freshservice.account import Account
from simulator.freshservice.answers import nobody
from simulator.mishaps import PracticeMishaps
from simulator.trouble import with_headers
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps

_F = FaultName
_WORK = frozenset({"tickets"})
_TABLES = {RecordKind.INCIDENT: "tickets", RecordKind.PROBLEM: "problems"}
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.RATE_LIMIT, share=0.03, seconds=1),
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.03),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.ACL_ROWS, rows=0.02, tables=_WORK),
    Fault(name=_F.DENIED, tables=frozenset({"articles"})),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_WORK),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_WORK),
    Fault(name=_F.ROWS_DELETED, share=0.2, rows=1, tables=_WORK),
    Fault(name=_F.ROWS_PURGED, share=0.1, rows=1, tables=_WORK),
    Fault(name=_F.SAME_SECOND, rows=400, tables=_WORK),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
    Fault(name=_F.INTERNAL_LINKS, text="https://shard-7.internal.example"),
)
"""Each fault as it is when only its name is given."""


@dataclass(slots=True)
class Mishaps(PracticeMishaps):
    """Applies the faults."""

    account: Account
    churn: Churn
    writes: WriteMishaps = field(init=False)

    page = (b"<!DOCTYPE html><html><head><title>Freshservice: scheduled maintenance</title></head>"
            b"<body></body></html>")  # fmt: skip

    def __post_init__(self) -> None:
        """Meddle with writes, too."""
        self.writes = WriteMishaps(lambda: self.chances, self._touched, self._edit)

    def edited(self, kind: RecordKind, key: int, name: str, value: str) -> PersonEdit | None:
        """Somebody changes a field by hand: title or description, or the problem of a ticket."""
        desk = self.account.desk
        record = desk.of(kind).get(key)
        if record is None:
            return None
        before = record.text(name)
        with desk.lock:
            record.values[name] = value
            record.values.pop(f"{name}_html", None)
            desk.change(record)
            told = Event(desk.serial("entry"), record.updated, "somebody", name, before, value)
            desk.note(record, told)
        return PersonEdit(_TABLES[kind], str(key), name, before, value)

    def _touched(self, request: Request) -> Touched | None:
        if request.method not in {"POST", "PUT"}:
            return None
        words = request.path.removeprefix("/api/v2/").split("/")
        kind = next((kind for kind, name in _TABLES.items() if name == words[0]), None)
        if kind is None:
            return None
        return Touched(words[0], words[1] if len(words) > 1 else "")

    def _edit(self, touched: Touched, name: str, ordinal: int) -> PersonEdit | None:
        kind = next(kind for kind, table in _TABLES.items() if table == touched.table)
        value = f"words of a person, {ordinal}"
        if name == "problem":
            problems = self.account.desk.of(RecordKind.PROBLEM)
            value = problems[min(problems)].number
        return self.edited(kind, int(touched.key), name, value)

    @property
    def chances(self) -> Chances:
        """Decides what goes wrong."""
        return self.account.chances

    def table_of(self, request: Request) -> str:
        """What is asked for: the last word of the path that is no id."""
        words = [word for word in request.path.removeprefix("/api/v2/").split("/")
                 if not word.isdecimal()]  # fmt: skip
        return words[-1] if words else ""

    def may_fail(self, name: FaultName, request: Request, table: str) -> bool:
        """Keys do not end, and only what is read is cut."""
        if name is _F.EXPIRED_TOKEN:
            return False
        return name is not _F.TRUNCATED_200 or (bool(table) and request.method == "GET")

    def after(self, request: Request, table: str) -> None:
        """Tickets may change once a page of them was read."""
        if table == "tickets" and request.method == "GET":
            self.churn.after()

    def limited(self, fault: Fault) -> Answer:
        """Too much in a minute."""
        told = "You have exceeded the limit of requests per minute"
        answer = json_answer({"message": told}, 429)
        return with_headers(answer, ("Retry-After", str(max(1, round(fault.seconds)))))

    def expired(self, request: Request) -> Answer:
        """Never: keys do not end."""
        return nobody()
