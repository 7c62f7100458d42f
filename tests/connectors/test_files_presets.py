"""Presets: what tools export becomes the records it tells of."""

import csv
import io
import math
from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.records import (
    RECORD_TYPES,
    Change,
    Comment,
    HistoryEvent,
    Incident,
    Problem,
    Record,
    SlaClock,
)
from itsm.states import (
    ChangeOutcome,
    ChangeState,
    ChangeType,
    ClockType,
    HistoryField,
    IncidentState,
    ProblemState,
    RecordKind,
)
from tests.connectors.export_files import mapped_of, records_of, source_of, write_rows

INCIDENT = RecordKind.INCIDENT
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)
times = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
PLAIN_VALUES = {
    FieldType.TEXT: texts,
    FieldType.INTEGER: st.integers(-(10**9), 10**9),
    FieldType.NUMBER: st.floats(allow_nan=False, allow_infinity=False).filter(math.isfinite),
    FieldType.FLAG: st.booleans(),
    FieldType.TIME: times,
}


def value_of(spec: FieldSpec) -> st.SearchStrategy[object]:
    values: st.SearchStrategy[object]
    values = st.sampled_from(spec.enum) if spec.enum else PLAIN_VALUES[spec.type]
    return values if spec.is_required else st.none() | values


def record_of(kind: RecordKind) -> st.SearchStrategy[Record]:
    values = {spec.name: value_of(spec) for spec in fields_of(kind) if spec.name != "source"}
    return st.builds(RECORD_TYPES[kind], source=st.just("ours"), **values)


def row_of(record: Record) -> dict[str, str]:
    """A record under the plain names."""
    row = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, datetime):
            row[field.name] = value.isoformat()
        elif isinstance(value, StrEnum):
            row[field.name] = value.value
        elif value is not None:
            row[field.name] = str(value)
    del row["source"]
    return row


def with_codes(record: Record) -> Record:
    """A record whose codes keep their word, as they do once they were read."""
    missing: dict[str, Any] = {
        f"{field.name}_code": value.value
        for field in fields(record)
        if isinstance(value := getattr(record, field.name), StrEnum)
        and getattr(record, f"{field.name}_code", "") is None
    }
    return replace(record, **missing)


@pytest.mark.parametrize("kind", [kind for kind in RecordKind if kind is not RecordKind.HISTORY])
@settings(max_examples=10)
@given(data=st.data())
def test_plain_rows_give_every_record_back(
    tmp_path_factory: pytest.TempPathFactory, kind: RecordKind, data: st.DataObject
) -> None:
    written = data.draw(
        st.lists(record_of(kind), min_size=1, max_size=3, unique_by=lambda r: r.number)
    )
    path = tmp_path_factory.mktemp("x") / "x.csv"
    source = source_of(kind, write_rows(path, [row_of(record) for record in written]))
    assert records_of(source, kind) == [with_codes(record) for record in written]


NAMED = {
    "number": "INC0010001", "opened_at": "2026-03-01 08:09:10", "state": "3", "hold_reason": "4",
    "priority": "2", "impact": "1", "urgency": "2", "short_description": "VPN drops",
    "assignment_group": "Network", "assigned_to": "Ann", "caller_id": "Bob", "cmdb_ci": "vpn-01",
    "business_service": "Remote access", "contact_type": "phone", "made_sla": "false",
    "problem_id": "PRB0001", "caused_by": "CHG0001", "vendor": "Telco", "reopen_count": "1",
    "close_code": "", "sys_updated_on": "2026-03-02 00:00:00", "resolved_at": "", "closed_at": "",
}  # fmt: skip
LABELLED = {
    "Number": "INC0010001", "Opened": "2026-03-01 08:09:10", "State": "On Hold",
    "On hold reason": "Awaiting Vendor", "Priority": "2 - High", "Impact": "1 - High",
    "Urgency": "2 - Medium", "Short description": "VPN drops", "Assignment group": "Network",
    "Assigned to": "Ann", "Caller": "Bob", "Configuration item": "vpn-01",
    "Service": "Remote access", "Channel": "phone", "Made SLA": "false", "Problem": "PRB0001",
    "Caused by Change": "CHG0001", "Vendor": "Telco", "Reopen count": "1",
    "Resolution code": "", "Updated": "2026-03-02 00:00:00", "Resolved": "", "Closed": "",
}  # fmt: skip


def test_servicenow_by_names_and_by_labels_tells_the_same(tmp_path: Path) -> None:
    named = source_of(INCIDENT, write_rows(tmp_path / "n.csv", [NAMED]), preset="servicenow")
    labelled = source_of(INCIDENT, write_rows(tmp_path / "l.xlsx", [LABELLED]), preset="servicenow")
    (of_names,), (of_labels,) = records_of(named, INCIDENT), records_of(labelled, INCIDENT)
    assert isinstance(of_names, Incident)
    assert isinstance(of_labels, Incident)
    assert (of_names.state_code, of_labels.state_code) == ("4", "Awaiting Vendor")
    assert of_names == replace(of_labels, state_code="4")
    assert of_names == Incident(
        source="ours",
        number="INC0010001",
        updated_at=datetime(2026, 3, 2, tzinfo=UTC),
        opened_at=datetime(2026, 3, 1, 8, 9, 10, tzinfo=UTC),
        state=IncidentState.AWAITING_VENDOR,
        state_code="4",
        title="VPN drops",
        priority=2,
        impact=1,
        urgency=2,
        service="Remote access",
        ci="vpn-01",
        team="Network",
        assignee="Ann",
        caller="Bob",
        channel="phone",
        reopen_count=1,
        sla_met=False,
        problem="PRB0001",
        caused_by_change="CHG0001",
        vendor="Telco",
    )


@pytest.mark.parametrize(
    ("code", "reason", "state", "word"),
    [
        ("1", "", IncidentState.NEW, "1"),
        ("2", "4", IncidentState.IN_PROGRESS, "2"),
        ("3", "", IncidentState.ON_HOLD, "3"),
        ("3", "1", IncidentState.AWAITING_USER, "1"),
        ("3", "3", IncidentState.AWAITING_PROBLEM, "3"),
        ("3", "5", IncidentState.AWAITING_CHANGE, "5"),
        ("on hold", "Awaiting Parts", IncidentState.UNMAPPED, "Awaiting Parts"),
        ("6", "", IncidentState.RESOLVED, "6"),
        ("7", "", IncidentState.CLOSED, "7"),
        ("8", "", IncidentState.CANCELED, "8"),
        ("42", "", IncidentState.UNMAPPED, "42"),
    ],
)
def test_servicenow_incident_states(
    tmp_path: Path, code: str, reason: str, state: IncidentState, word: str
) -> None:
    row = {**NAMED, "state": code, "hold_reason": reason}
    source = source_of(INCIDENT, write_rows(tmp_path / "x.csv", [row]), preset="servicenow")
    mapped = mapped_of(source, INCIDENT)
    ((incident,),) = (item.records for item in mapped.mapped)
    assert isinstance(incident, Incident)
    assert (incident.state, incident.state_code) == (state, word)
    assert mapped.unmapped_codes == (
        {("state", word): 1} if state is IncidentState.UNMAPPED else {}
    )


@pytest.mark.parametrize(
    ("word", "priority"),
    [("3", 3), ("3 - Moderate", 3), ("Moderate", 3), ("p2", 2), ("Gold", None)],
)
def test_servicenow_priorities(tmp_path: Path, word: str, priority: int | None) -> None:
    row = {**NAMED, "priority": word, "major_incident_state": "perhaps"}
    source = source_of(INCIDENT, write_rows(tmp_path / "x.csv", [row]), preset="servicenow")
    mapped = mapped_of(source, INCIDENT)
    ((incident,),) = (item.records for item in mapped.mapped)
    assert isinstance(incident, Incident)
    assert (incident.priority, incident.is_major) == (priority, False)
    unknown = {("priority", word): 1} if priority is None else {}
    assert mapped.unmapped_codes == {**unknown, ("is_major", "perhaps"): 1}


def test_servicenow_changes(tmp_path: Path) -> None:
    rows = [
        {"number": "CHG1", "opened_at": "2026-03-01", "type": "emergency", "state": "3",
         "close_code": "successful_issues", "risk": "2"},
        {"number": "CHG2", "opened_at": "2026-03-01", "type": "Normal", "state": "Scheduled",
         "close_code": "", "risk": "Very High"},
    ]  # fmt: skip
    kind = RecordKind.CHANGE
    source = source_of(kind, write_rows(tmp_path / "x.csv", rows), preset="servicenow")
    told = [
        (r.type, r.state, r.outcome, r.risk)
        for r in records_of(source, kind)
        if isinstance(r, Change)
    ]
    assert told == [
        (ChangeType.EMERGENCY, ChangeState.CLOSED, ChangeOutcome.WITH_ISSUES, 2),
        (ChangeType.NORMAL, ChangeState.SCHEDULED, None, 1),
    ]


def test_servicenow_audit_rows_are_history(tmp_path: Path) -> None:
    audit = {"tablename": "incident", "documentkey": "INC1", "user": "ann"}
    rows = [
        {**audit, "fieldname": "state", "oldvalue": "1", "newvalue": "2",
         "sys_created_on": "2026-03-01 10:00:00", "user": "system"},
        {**audit, "fieldname": "state", "oldvalue": "2", "newvalue": "99",
         "sys_created_on": "2026-03-01 11:00:00"},
        {**audit, "fieldname": "assignment_group", "oldvalue": "", "newvalue": "Network",
         "sys_created_on": "2026-03-01 11:00:00"},
        {**audit, "fieldname": "priority", "oldvalue": "3", "newvalue": "2 - High",
         "sys_created_on": "2026-03-01 11:00:00"},
        {**audit, "tablename": "problem", "fieldname": "state", "oldvalue": "101",
         "newvalue": "Resolved", "sys_created_on": "2026-03-01 11:00:00"},
        {**audit, "fieldname": "short_description", "oldvalue": "x", "newvalue": "y",
         "sys_created_on": "2026-03-01 11:00:00"},
        {**audit, "tablename": "sc_task", "fieldname": "state", "oldvalue": "1", "newvalue": "2",
         "sys_created_on": "2026-03-01 11:00:00"},
    ]  # fmt: skip
    kind = RecordKind.HISTORY
    source = source_of(kind, write_rows(tmp_path / "x.csv", rows), preset="servicenow")
    mapped = mapped_of(source, kind)
    events = [e for item in mapped.mapped for e in item.records if isinstance(e, HistoryEvent)]
    assert [(e.field, e.old, e.new, e.new_code, e.is_integration) for e in events] == [
        (HistoryField.STATE, "new", "in_progress", "2", True),
        (HistoryField.STATE, "in_progress", "unmapped", "99", False),
        (HistoryField.TEAM, None, "Network", None, False),
        (HistoryField.PRIORITY, "3", "2", None, False),
        (HistoryField.STATE, "new", "resolved", "Resolved", False),
    ]
    assert len({e.number for e in events}) == 5
    assert mapped.unmapped_codes == {
        ("state", "99"): 1,
        ("field", "short_description"): 1,
        ("record_kind", "sc_task"): 1,
    }


def test_servicenow_clocks(tmp_path: Path) -> None:
    row = {
        "Task": "INC1", "SLA definition": "P2 resolution", "Type": "Underpinning contract",
        "Target": "Resolution", "Stage": "Cancelled", "Has breached": "true",
        "Start time": "2026-03-01 08:00:00", "Business elapsed time": "5400",
    }  # fmt: skip
    kind = RecordKind.SLA_CLOCK
    source = source_of(kind, write_rows(tmp_path / "x.csv", [row]), preset="servicenow")
    (clock,) = records_of(source, kind)
    assert isinstance(clock, SlaClock)
    assert (clock.type, clock.type_code) == (ClockType.CONTRACT, "Underpinning contract")
    assert (clock.record, clock.is_canceled, clock.is_breached) == ("INC1", True, True)
    assert (clock.elapsed_h, clock.agreement) == (1.5, "P2 resolution")


def jira_csv(path: Path, header: list[str], *rows: list[str]) -> Path:
    """Jira repeats a column for each value, under the same name."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    path.write_text(out.getvalue(), "utf-8", newline="")
    return path


JIRA_CELLS = (
    ("Summary", "Printer jams"),
    ("Issue key", "OPS-7"),
    ("Issue Type", "[System] Incident"),
    ("Status", "Waiting for customer"),
    ("Status Category", "In Progress"),
    ("Priority", "High"),
    ("Created", "21/Nov/26 7:54 PM"),
    ("Updated", "22/Nov/26 12:05 AM"),
    ("Resolved", ""),
    ("Labels", "a"),
    ("Labels", "b"),
    ("Reporter", "Bob"),
    ("Inward issue link (Problem/Incident)", "OPS-1"),
    ("Custom field (Affected services)", "Printing"),
    ("Custom field (Impact)", "Significant / Large"),
    ("Comment", "21/Nov/26 8:00 PM;5b10;Which floor; which room?\nThanks"),
    ("Comment", ""),
)
HEADER = [name for name, _ in JIRA_CELLS]
JIRA = [cell for _, cell in JIRA_CELLS]


def test_jira_rows_and_their_comments(tmp_path: Path) -> None:
    path = jira_csv(tmp_path / "x.csv", HEADER, JIRA)
    incident, comment = records_of(source_of(INCIDENT, path, preset="jira"), INCIDENT)
    assert incident == Incident(
        source="ours",
        number="OPS-7",
        updated_at=datetime(2026, 11, 22, 0, 5, tzinfo=UTC),
        opened_at=datetime(2026, 11, 21, 19, 54, tzinfo=UTC),
        state=IncidentState.AWAITING_USER,
        state_code="Waiting for customer",
        title="Printer jams",
        priority=2,
        impact=2,
        service="Printing",
        caller="Bob",
        problem="OPS-1",
    )
    assert isinstance(comment, Comment)
    assert (comment.record, comment.record_kind) == ("OPS-7", INCIDENT)
    assert comment.at == datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    assert (comment.author, comment.text) == ("5b10", "Which floor; which room?\nThanks")


def test_an_export_of_mixed_kinds(tmp_path: Path) -> None:
    rows = []
    for n, issue_type in enumerate(["[System] Incident", "Outage", "[System] Problem"]):
        row = list(JIRA)
        row[1:3] = [f"OPS-{n}", issue_type]
        rows.append(row)
    path = jira_csv(tmp_path / "x.csv", HEADER, *rows)
    alone = mapped_of(source_of(INCIDENT, path, preset="jira"), INCIDENT)
    assert [item.key for item in alone.mapped] == ["OPS-0", "OPS-1"]
    (bad,) = alone.quarantined
    assert (bad.key, bad.field) == ("OPS-2", "record_kind")
    assert "files.problem" in bad.remedy
    other = {INCIDENT: (path,), RecordKind.PROBLEM: (tmp_path / "other.csv",)}
    elsewhere = FileSource("ours", FileSourceConfig(preset="jira", files=other))
    assert [bad.key for bad in mapped_of(elsewhere, INCIDENT).quarantined] == ["OPS-2"]
    config = FileSourceConfig(preset="jira", files={INCIDENT: (path,), RecordKind.PROBLEM: (path,)})
    both = FileSource("ours", config)
    of_kinds = {kind: records_of(both, kind) for kind in both.kinds}
    numbers = {
        kind: [r.number for r in records if not isinstance(r, Comment)]
        for kind, records in of_kinds.items()
    }
    # "Outage" says nothing of its kind, so it is a record of each
    assert numbers == {INCIDENT: ["OPS-0", "OPS-1"], RecordKind.PROBLEM: ["OPS-1", "OPS-2"]}


def test_jira_iso_times_tell_the_same(tmp_path: Path) -> None:
    iso = list(JIRA)
    iso[6:8] = ["2026-11-21T19:54:00.000+0000", "2026-11-22 00:05"]
    forms = [
        records_of(
            source_of(INCIDENT, jira_csv(tmp_path / f"{n}.csv", HEADER, row), preset="jira"),
            INCIDENT,
        )
        for n, row in enumerate([JIRA, iso])
    ]
    assert forms[0] == forms[1]


def test_a_jira_status_of_a_site_is_told_by_its_category(tmp_path: Path) -> None:
    rows = []
    for n, category in enumerate(["To Do", "In Progress", "Done", "Elsewhere", ""]):
        row = list(JIRA)
        row[1], row[3], row[4] = f"OPS-{n}", "Triage at HQ", category
        rows.append(row)
    source = source_of(INCIDENT, jira_csv(tmp_path / "x.csv", HEADER, *rows), preset="jira")
    mapped = mapped_of(source, INCIDENT)
    incidents = [item.records[0] for item in mapped.mapped]
    assert [(r.state, r.state_code) for r in incidents if isinstance(r, Incident)] == [
        (IncidentState.NEW, "Triage at HQ"),
        (IncidentState.IN_PROGRESS, "Triage at HQ"),
        (IncidentState.CLOSED, "Triage at HQ"),
        (IncidentState.UNMAPPED, "Triage at HQ"),
        (IncidentState.UNMAPPED, "Triage at HQ"),
    ]
    assert mapped.unmapped_codes == {("state", "Triage at HQ"): 2}


def test_a_jira_comment_of_another_form_sets_the_record_aside(tmp_path: Path) -> None:
    row = list(JIRA)
    row[-1] = "a private remark"
    source = source_of(INCIDENT, jira_csv(tmp_path / "x.csv", HEADER, row), preset="jira")
    (bad,) = mapped_of(source, INCIDENT).quarantined
    assert (bad.key, bad.field) == ("OPS-7", "comment")
    assert "private" not in bad.reason


def test_jira_problems(tmp_path: Path) -> None:
    header = ["Issue key", "Summary", "Status", "Created", "Priority", "Custom field (Root cause)"]
    row = ["OPS-1", "Driver", "Under investigation", "21/Nov/26 7:54 PM", "Lowest", "Old driver"]
    kind = RecordKind.PROBLEM
    source = source_of(kind, jira_csv(tmp_path / "x.csv", header, row), preset="jira")
    (problem,) = records_of(source, kind)
    assert isinstance(problem, Problem)
    assert (problem.state, problem.priority, problem.root_cause) == (
        ProblemState.ROOT_CAUSE_ANALYSIS,
        5,
        "Old driver",
    )
