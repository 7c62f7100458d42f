"""Exports of ServiceNow, told by names and by labels."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm.records import (
    Change,
    HistoryEvent,
    Incident,
    SlaClock,
)
from itsm.states import (
    ChangeOutcome,
    ChangeState,
    ChangeType,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
)
from tests.connectors.export_files import mapped_of, records_of, source_of, write_rows

INCIDENT = RecordKind.INCIDENT


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
