"""The practice GLPI, to be written to."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from itsm.pushing import PushKind
from itsm.register import RegisterState
from simulator.faults import Fault, Faults
from simulator.glpi.database import Row
from simulator.glpi.server import GlpiServer
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_TAG = re.compile(r"<[^<>]*>")
_MARK = re.compile(r"\[csi[^\]]*\]$")


class GlpiWriterFake(WriterFake):
    """A GLPI with a small estate."""

    system = "glpi"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "Ticket",
        PushKind.PROBLEM: "Problem",
        PushKind.REGISTER_ENTRY: "Project",
    }
    columns: Mapping[str, str] = {
        "title": "name",
        "description": "content",
        "root_cause": "causecontent",
    }
    policy = ("causecontent", "root_cause")

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, str] = {}

    @property
    def instance(self) -> str:
        """The server tells the address it is reached at."""
        return urlsplit(self.served.url).netloc

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the server."""
        clock = TickingClock(self.estate.export_at)
        with GlpiServer(self.estate, clock=clock) as self.served:
            yield
        assert self.served.errors == []

    def add_project_states(self) -> None:
        """A state of projects for each of a register entry, as a company adds them."""
        for place, state in enumerate(RegisterState, 10):
            name = str(self.states.setdefault(state.value, f"Own {state}"))
            self.served.database.put("ProjectState", {"id": place, "name": name, "is_finished": 0})

    def settings(self) -> dict[str, object]:
        """A user with tokens."""
        served = self.served
        push: dict[str, object] = {"mode": "full", "instance": self.instance}
        push |= {"project_states": self.states} if self.states else {}
        return {"url": served.url, "user_token": served.user_token, "app_token": served.app_token,
                "push": push}  # fmt: skip

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Open incidents without a problem."""
        linked = {row["tickets_id"] for row in self.served.truth("Problem_Ticket")}
        return [
            (str(row["id"]), str(row["id"]))
            for row in self.served.truth("Ticket", type=1)
            if row["status"] not in {5, 6} and row["id"] not in linked
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By the end of the description."""
        rows = self.served.truth(self.tables[kind])
        return [str(row["id"]) for row in rows if f"[{key}" in row["content"]]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people read in a column, without the key."""
        value = str(self._row(kind, record)[self.columns.get(field, field)] or "")
        return value if field == "title" else _plain(value)

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        self.served.edit(self.tables[kind], record, self.columns[field], value)

    def edit_entry(self, record: str, field: str, value: str) -> None:
        """As at the form of a project."""
        if field != "state":
            self.edit(PushKind.REGISTER_ENTRY, record, field, value)
            return
        name = self.states[value]
        rows = self.served.truth("ProjectState")
        found = next(row["id"] for row in rows if row["name"] == name)
        self.served.edit("Project", record, "projectstates_id", str(found))

    def close(self, kind: PushKind, record: str) -> None:
        """By its status."""
        self.served.edit(self.tables[kind], record, "status", "6")

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """The followups of a problem."""
        rows = self.served.database.linked("ITILFollowup", "Problem", int(record))
        return [(_plain(row["content"]), bool(row["is_private"])) for row in rows]

    def edits(self) -> list[PersonEdit]:
        """What the server remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def _row(self, kind: PushKind, record: str) -> Row:
        return self.served.database.table(self.tables[kind]).rows[int(record)]


def _plain(html: str) -> str:
    text = unescape(_TAG.sub("", html.replace("<br>", "\n"))).strip()
    return _MARK.sub("", text).strip()
