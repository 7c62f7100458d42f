"""The practice instance of ServiceNow, to be written to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from itsm.pushing import PushKind
from simulator.faults import Fault, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_CLOSED = {PushKind.INCIDENT: "7", PushKind.PROBLEM: "107", PushKind.REGISTER_ENTRY: "8"}

_CODES = {"assess": "3", "closed": "8"}


class ServiceNowWriterFake(WriterFake):
    """An instance with a small estate."""

    system = "servicenow"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "incident",
        PushKind.PROBLEM: "problem",
        PushKind.REGISTER_ENTRY: "sn_cim_register",
    }
    columns: Mapping[str, str] = {
        "title": "short_description",
        "description": "description",
        "problem": "problem_id",
    }
    policy = ("impact", "impact")

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the instance."""
        clock = TickingClock(self.estate.export_at)
        with ServiceNowServer(self.estate, directory=folder, clock=clock) as self.served:
            yield
        assert self.served.errors == []

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        served = self.served
        push = {"mode": "full", "instance": "practice"}
        return {"url": served.url, "user": served.user, "password": served.password, "push": push}

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice server."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Active incidents without a problem."""
        return [
            (value(row, "sys_id"), value(row, "number"))
            for row in self.served.truth("incident")
            if value(row, "active") == "true"
            and value(row, "state") not in {"7", "8"}
            and not value(row, "problem_id")
        ]

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By `correlation_id`."""
        rows = self.served.truth(self.tables[kind])
        return [value(row, "sys_id") for row in rows if value(row, "correlation_id") == key]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see in a column."""
        column = self.columns.get(field, field)
        cell = self._row(self.tables[kind], record)[column]
        assert isinstance(cell, Mapping)
        return str(cell["display_value" if field == "problem" else "value"])

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As at a form."""
        if field == "problem":
            value = self._problem(value)
        self.served.edit(self.tables[kind], record, self.columns[field], value)

    def edit_entry(self, record: str, field: str, value: str) -> None:
        """As at a form; states by their code."""
        if field == "state":
            self.served.edit("sn_cim_register", record, field, _CODES[value])
        else:
            self.edit(PushKind.REGISTER_ENTRY, record, field, value)

    def close(self, kind: PushKind, record: str) -> None:
        """State and flag."""
        self.served.edit(self.tables[kind], record, "state", _CLOSED[kind])
        self.served.edit(self.tables[kind], record, "active", "false")

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """The journal; comments are for customers."""
        return [
            (value(row, "value"), value(row, "element") == "work_notes")
            for row in self.served.truth("sys_journal_field")
            if value(row, "element_id") == record
        ]

    def edits(self) -> list[PersonEdit]:
        """What the server remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the server has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def in_our_words(self, value: str) -> str:
        """A problem by its number."""
        found = [row for row in self.served.truth("problem") if row_id(row) == value]
        return number_of(found[0]) if found else value

    def _problem(self, number: str) -> str:
        rows = self.served.truth("problem")
        return next(value(row, "sys_id") for row in rows if value(row, "number") == number)

    def _row(self, table: str, record: str) -> Mapping[str, object]:
        return next(row for row in self.served.truth(table) if row_id(row) == record)


def value(row: Mapping[str, object], column: str) -> str:
    """The raw value of a cell."""
    cell = row[column]
    assert isinstance(cell, Mapping)
    return str(cell["value"])


def row_id(row: Mapping[str, object]) -> str:
    """The sys_id of a row."""
    return value(row, "sys_id")


def number_of(row: Mapping[str, object]) -> str:
    """The number of a row."""
    return value(row, "number")
