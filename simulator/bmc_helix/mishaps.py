"""What goes wrong with the practice system: around a request, and between requests."""

from dataclasses import dataclass
from urllib.parse import unquote

from simulator.bmc_helix.answers import no_login
from simulator.bmc_helix.entries import table_of
from simulator.bmc_helix.system import System
from simulator.desk.entering import edited_by_hand
from simulator.desk.mishaps import DeskMishaps
from simulator.faults import Fault, FaultName
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched

_F = FaultName
_ROOT = "/api/arsys/v1/entry/"
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
    Fault(name=_F.INTERNAL_LINKS, text="https://ars-node-a.internal.example:8443"),
)
"""Each fault as it is when only its name is given; the AR System limits no rate."""
DENIED = Fault(name=_F.DENIED, tables=frozenset({"HPD:HelpDesk_AuditLogSystem"}))
"""No access to the log of changes: only where it is named."""


@dataclass(slots=True)
class Mishaps(DeskMishaps):
    """Applies the faults of the practice system."""

    on: System
    root = _ROOT
    page = (
        b"<!DOCTYPE html><html><head><title>BMC Remedy Mid Tier - Login</title></head>"
        b"<body></body></html>"
    )

    def table_of(self, request: Request) -> str:
        """The kind of record that a form holds."""
        form = request.path.removeprefix(_ROOT).partition("/")[0]
        table = table_of(form) if request.path.startswith(_ROOT) else None
        if table is None or request.method != "GET":
            return ""
        return table.kind.value if table.told is None else unquote(form)

    def limited(self, fault: Fault) -> Answer:
        """The AR System limits nothing; a gateway before it may."""
        seconds = str(max(1, round(fault.seconds)))
        return json_answer([], 429, ("Retry-After", seconds))

    def expired(self, request: Request) -> Answer:
        """End the life of a token before its time."""
        self.on.tokens.pop(request.header("authorization").partition(" ")[2], None)
        return no_login()

    def touched(self, request: Request) -> Touched | None:
        """The record that a request writes to."""
        return touched(request)

    def edit(self, one: Touched, name: str, ordinal: int) -> PersonEdit | None:
        """Change a field as somebody at a form."""
        table = table_of(one.form) if isinstance(one, TouchedEntry) else None
        if table is None:
            return None
        desk = self.on.desk_of(table)
        name = table.column(name) or next(known for known in table.columns if name in known)
        return edited_by_hand(desk, table, one.key, name, f"words of a person, {ordinal}")


@dataclass(frozen=True, slots=True)
class TouchedEntry(Touched):
    """An entry that a request writes to, and the form it is in."""

    form: str = ""


def touched(request: Request) -> Touched | None:
    """The entry that a request writes to; a log or a link is one of its own."""
    form, _, key = request.path.removeprefix(_ROOT).partition("/")
    table = table_of(form) if request.path.startswith(_ROOT) else None
    if table is None or request.method not in {"POST", "PUT"}:
        return None
    return TouchedEntry(table.kind.value, unquote(key).partition("|")[0], form)
