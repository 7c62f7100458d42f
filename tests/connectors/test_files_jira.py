"""Exports of Jira, with their comments and their times."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.records import (
    Comment,
    Incident,
    Problem,
)
from itsm.states import (
    IncidentState,
    ProblemState,
    RecordKind,
)
from tests.connectors.export_files import mapped_of, records_of, source_of

INCIDENT = RecordKind.INCIDENT


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
