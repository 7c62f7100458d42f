"""The UCI incident log: rows of updates become incidents with their history, in both its forms."""

import gzip
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from connectors.core.source import Mapped
from connectors.files.source import FileSource
from connectors.files.table import read_table
from itsm.records import HistoryEvent, Incident, Record, SlaClock
from itsm.states import ClockTarget, ClockType, HistoryField, IncidentState, RecordKind
from tests.connectors.export_files import (
    csv_text,
    mapped_of,
    raw_of,
    records_of,
    source_of,
    write_rows,
)

INCIDENT = RecordKind.INCIDENT
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}):00")
BASE = {
    "number": "INC1", "incident_state": "New", "reassignment_count": "0", "reopen_count": "0",
    "sys_mod_count": "0", "made_sla": "true", "opened_at": "2016-02-29T01:16:00",
    "sys_updated_by": "Updated by 1", "sys_updated_at": "2016-02-29T01:23:00",
    "category": "Category 55", "priority": "3 - Moderate", "assignment_group": "Group 56",
    "assigned_to": "", "problem_id": "", "vendor": "", "cmdb_ci": "",
    "resolved_at": "2016-02-29T11:29:00", "closed_at": "2016-03-05T12:00:00",
}  # fmt: skip


def log(*updates: Mapping[str, str]) -> list[dict[str, str]]:
    """Rows of one incident: each update on what was before, numbered."""
    rows: list[dict[str, str]] = []
    for n, update in enumerate(updates):
        rows.append({**(rows[-1] if rows else BASE), "sys_mod_count": str(n), **update})
    return rows


def uci(path: Path) -> FileSource:
    return source_of(INCIDENT, path, preset="uci")


def read(tmp_path: Path, rows: Sequence[Mapping[str, str]]) -> list[Record]:
    return records_of(uci(write_rows(tmp_path / "log.csv", rows)), INCIDENT)


def history(records: list[Record], field: HistoryField) -> list[tuple[str | None, str | None]]:
    events = [r for r in records if isinstance(r, HistoryEvent) and r.field is field]
    return [(event.old, event.new) for event in events]


def published(row: Mapping[str, str]) -> dict[str, str]:
    """A row as its publisher wrote it: `?` for empty, day-first times without leading zeros."""

    def cell(text: str) -> str:
        match = ISO.fullmatch(text)
        if match:
            year, month, day, clock = match.groups()
            return f"{int(day)}/{int(month)}/{year} {clock}"
        return text or "?"

    return {name: cell(text) for name, text in row.items()}


def test_rows_become_an_incident_with_its_history_and_clock(tmp_path: Path) -> None:
    rows = log(
        {},
        {"incident_state": "Awaiting Vendor", "sys_updated_at": "2016-02-29T02:00:00",
         "vendor": "Vendor 1", "assignment_group": "Group 70", "reassignment_count": "2"},
        {"incident_state": "Closed", "sys_updated_at": "2016-03-05T12:00:00", "vendor": "",
         "made_sla": "false", "priority": "2 - High", "reassignment_count": "1",
         "assigned_to": "Resolver 1"},
    )  # fmt: skip
    incident, *others = read(tmp_path, rows)
    assert incident == Incident(
        source="ours",
        number="INC1",
        updated_at=datetime(2016, 3, 5, 12, tzinfo=UTC),
        opened_at=datetime(2016, 2, 29, 1, 16, tzinfo=UTC),
        resolved_at=datetime(2016, 2, 29, 11, 29, tzinfo=UTC),
        closed_at=datetime(2016, 3, 5, 12, tzinfo=UTC),
        state=IncidentState.CLOSED,
        state_code="Closed",
        category="Category 55",
        priority=2,
        team="Group 70",
        assignee="Resolver 1",
        vendor="Vendor 1",
        sla_met=False,
        reopen_count=0,
        reassignment_count=2,
    )
    assert history(others, HistoryField.STATE) == [
        (None, "new"),
        ("new", "awaiting_vendor"),
        ("awaiting_vendor", "closed"),
    ]
    assert history(others, HistoryField.TEAM) == [(None, "Group 56"), ("Group 56", "Group 70")]
    assert history(others, HistoryField.ASSIGNEE) == [(None, "Resolver 1")]
    assert history(others, HistoryField.PRIORITY) == [(None, "3"), ("3", "2")]
    assert history(others, HistoryField.SLA_MET) == [(None, "true"), ("true", "false")]
    (clock,) = (r for r in others if isinstance(r, SlaClock))
    assert (clock.type, clock.target) == (ClockType.SLA, ClockTarget.RESOLUTION)
    assert (clock.started_at, clock.ended_at) == (incident.opened_at, incident.resolved_at)
    assert (clock.record_kind, clock.record, clock.is_breached) == (INCIDENT, "INC1", True)


def test_an_event_tells_who_when_and_in_which_order(tmp_path: Path) -> None:
    rows = log({}, {"incident_state": "Active", "sys_updated_by": "Updated by 2"})
    events = [r for r in read(tmp_path, rows) if isinstance(r, HistoryEvent)]
    last = [event for event in events if event.field is HistoryField.STATE][-1]
    assert (last.number, last.record, last.sequence) == ("INC1/state/1", "INC1", 1)
    assert (last.actor, last.new_code) == ("Updated by 2", "Active")
    assert last.at == datetime(2016, 2, 29, 1, 23, tzinfo=UTC)
    assert len({event.number for event in events}) == len(events)


def test_rows_that_tie_in_time_are_ordered_by_their_count(tmp_path: Path) -> None:
    rows = log(*({"incident_state": s} for s in ("New", "Active", "Awaiting Problem", "Resolved")))
    random.Random(3).shuffle(rows)
    assert [new for _, new in history(read(tmp_path, rows), HistoryField.STATE)] == [
        "new",
        "in_progress",
        "awaiting_problem",
        "resolved",
    ]


def test_rows_that_tie_in_time_and_count_have_one_order(tmp_path: Path) -> None:
    rows = [{**BASE, "incident_state": state} for state in ("New", "Active", "Resolved", "Closed")]
    told = {
        tuple(read(tmp_path, [rows[n] for n in order]))
        for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2])
    }
    assert len(told) == 1


def test_an_incident_never_resolved_has_no_clock(tmp_path: Path) -> None:
    incident, *others = read(tmp_path, log({"incident_state": "Closed", "resolved_at": ""}))
    assert not [r for r in others if isinstance(r, SlaClock)]
    assert isinstance(incident, Incident)
    assert incident.sla_met is True


def test_a_state_without_a_meaning_is_kept_and_counted_once(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "log.csv", log({}, {"incident_state": "-100"}))
    mapped = mapped_of(uci(path), INCIDENT)
    assert mapped.unmapped_codes == {("state", "-100"): 1}
    incident, *others = mapped.mapped[0].records
    assert isinstance(incident, Incident)
    assert (incident.state, incident.state_code) == (IncidentState.UNMAPPED, "-100")
    assert history(others, HistoryField.STATE) == [(None, "new"), ("new", "unmapped")]


@pytest.mark.parametrize(
    ("update", "field"),
    [
        ({"sys_mod_count": "?"}, "sys_mod_count"),
        ({"sys_updated_at": ""}, "sys_updated_at"),
        ({"sys_updated_at": "2016-02-30T01:00:00"}, "sys_updated_at"),
        ({"opened_at": "?"}, "opened_at"),
    ],
)
def test_a_bad_row_sets_its_incident_aside(
    tmp_path: Path, update: dict[str, str], field: str
) -> None:
    rows = [*log({}, {}, update), {**BASE, "number": "INC2"}]
    mapped = mapped_of(uci(write_rows(tmp_path / "log.csv", rows)), INCIDENT)
    assert [item.key for item in mapped.mapped] == ["INC2"]
    assert [(bad.key, bad.field) for bad in mapped.quarantined] == [("INC1", field)]


def test_the_published_form_tells_the_same(tmp_path: Path) -> None:
    rows = log({}, {"incident_state": "Active", "vendor": "Vendor 1"}, {"made_sla": "false"})
    assert read(tmp_path, rows) == read(tmp_path, [published(row) for row in rows])


def test_the_last_states_alone_tell_no_history(tmp_path: Path) -> None:
    row = {**BASE, "incident_state": "Closed", "n_events": "4", "max_reopen_count": "3"}
    incident, clock = read(tmp_path, [row])
    assert isinstance(clock, SlaClock)
    assert isinstance(incident, Incident)
    assert incident.reopen_count == 3


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    return real_data / "uci_incident_log"


@pytest.fixture(scope="module")
def real_log(folder: Path) -> Mapped:
    """The real log, read and mapped, in at most 15 seconds of one processor."""
    started = time.process_time()
    mapped = mapped_of(uci(folder / "incident_event_log.csv.gz"), INCIDENT)
    assert time.process_time() - started < 15
    return mapped


@pytest.mark.real_data
def test_every_row_of_the_real_log_is_accounted_for(folder: Path, real_log: Mapped) -> None:
    raw = raw_of(uci(folder / "incident_event_log.csv.gz"), INCIDENT)
    assert sum(len(orjson.loads(record.payload)["rows"]) for record in raw) == 141_712
    mapped = real_log
    assert mapped.quarantined == ()
    assert len(mapped.mapped) == 24_918
    kinds = Counter(type(record) for item in mapped.mapped for record in item.records)
    assert kinds[Incident] == 24_918
    assert kinds[SlaClock] == 24_918 - 1_556  # as many have no resolved_at
    assert set(mapped.unmapped_codes) == {("state", "-100")}


@pytest.mark.real_data
def test_the_real_log_agrees_with_its_last_states(folder: Path, real_log: Mapped) -> None:
    log_items = real_log.mapped
    from_log = {item.key: item.records[0] for item in log_items}
    last_items = mapped_of(uci(folder / "incidents_last_state.csv.gz"), INCIDENT).mapped
    from_last = {item.key: item.records[0] for item in last_items}
    assert from_log == from_last
    assert sum(isinstance(r, Incident) and r.vendor is not None for r in from_log.values()) == 67
    assert sum(isinstance(r, Incident) and r.problem is not None for r in from_log.values()) == 381
    waited = {
        r.record
        for item in log_items
        for r in item.records
        if isinstance(r, HistoryEvent) and r.new == IncidentState.AWAITING_VENDOR
    }
    assert len(waited) == 259


@pytest.mark.real_data
def test_both_forms_of_the_real_log_tell_the_same(folder: Path, tmp_path: Path) -> None:
    rows = []
    for row in read_table(folder / "incident_event_log.csv.gz"):
        if int(row["number"][3:]) % 40 == 7:
            rows.append(row)
    assert len(rows) > 3000
    as_published = tmp_path / "incident_event_log.csv"
    as_published.write_text(csv_text([published(row) for row in rows]), "utf-8", newline="")
    as_iso = tmp_path / "log.csv.gz"
    as_iso.write_bytes(gzip.compress(csv_text(rows).encode()))
    assert records_of(uci(as_published), INCIDENT) == records_of(uci(as_iso), INCIDENT)
