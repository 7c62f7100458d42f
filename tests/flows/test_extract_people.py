"""No extract names anybody or tells what somebody wrote, whatever stands in the records."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from itsm.fields import FieldType, fields_of, kind_of
from itsm.records import Incident, Record
from itsm.states import RecordKind
from reports.extract.manifest import read_manifest
from reports.extract.parts import read_part
from reports.extract.tables import TABLES
from simulator.estate import build_estate
from simulator.settings import EstateSettings
from tests.flows.extracted import ESTATE, WEEK, Tables, extracted, installed

MINE = "Anna Beispiel", "anna.beispiel@example.org", "Beispiel, Anna", "+49 170 1234567"


def test_nobody_is_named_and_no_text_is_told(tmp_path: Path) -> None:
    """People and mail addresses are planted into every text of every record."""
    small = EstateSettings(n_incidents=200, n_weeks=6, seed=3)
    planted = [_planted(one) for one in chain(*build_estate(small).records.values())]
    parts = installed(tmp_path, planted, with_figures=True)
    folder = extracted(parts, tmp_path / "x", with_hyper=False).folder
    texts = list(_texts(folder))
    assert len(texts) > 1000
    named = [one for one in texts if any(word.casefold() in one.casefold() for word in MINE)]
    assert named == []
    assert not any("beispiel" in one.casefold() or "@" in one for one in texts)
    raw = b"".join(path.read_bytes() for path in folder.resolve().rglob("*") if path.is_file())
    assert b"beispiel" not in raw.lower()


_FREE = {
    *("title", "description", "close_notes", "workaround", "root_cause", "text", "summary"),
    *("assignee", "caller", "opened_by", "resolved_by", "owner", "author", "actor", "approver"),
}
_LABELS = {"service", "team", "category", "subcategory", "channel", "location", "close_code", "ci"}


def _planted(record: Record) -> Record:
    """A record with a person in every text that is no key of another record."""
    changed: dict[str, Any] = {}
    for spec in fields_of(kind_of(record)):
        value = getattr(record, spec.name)
        if spec.type is not FieldType.TEXT or value is None:
            continue
        if spec.name in _FREE:
            changed[spec.name] = MINE[0]
        elif spec.name in _LABELS:
            changed[spec.name] = f"{value} of Anna Beispiel <{MINE[1]}>, {MINE[3]}"
    return replace(record, **changed)


def _texts(folder: Path) -> Iterator[str]:
    """Every text in every table."""
    for part in read_manifest(folder).parts:
        held = read_part(TABLES[part.table], folder / part.files[0].path)
        for column in held.schema:
            if str(column.type) == "string":
                yield from filter(None, held.column(column.name).to_pylist())


def test_restricted_records_count_and_are_not_told(tmp_path: Path) -> None:
    records = [one for kind in build_estate(ESTATE).records.values() for one in kind]
    hidden = [
        replace(one, restricted=True) if isinstance(one, Incident) else one for one in records
    ]
    told = Tables(extracted(installed(tmp_path, hidden), tmp_path / "x").folder)
    assert told.ask("SELECT count(*) > 600, count(number), max(ci_key) FROM fact_incident") == [
        (True, 0, 0)
    ]


def test_a_text_that_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path) -> None:
    at = WEEK.start_at
    bad = _some_incident_like("=cmd|' /C calc'!A0")
    folder = extracted(installed(tmp_path, [bad]), tmp_path / "x").folder
    shown = (folder / "csv" / "dim_category.csv").read_text()
    assert "'=cmd" in shown
    assert not any(
        cell.startswith(("=", "+", "@"))
        for path in (folder / "csv").rglob("*.csv")
        for line in path.read_text().splitlines()
        for cell in line.replace('"', "").split(",")
    )
    held = Tables(folder).ask("SELECT category FROM dim_category WHERE category_key <> 0")
    assert held == [("=cmd|' /C calc'!A0",)]
    assert at < bad.opened_at


def _some_incident_like(category: str) -> Incident:
    first = build_estate(ESTATE).records[RecordKind.INCIDENT][0]
    assert isinstance(first, Incident)
    opened_at = WEEK.start_at + timedelta(hours=1)
    return replace(
        first, category=category, subcategory=None, opened_at=opened_at, duplicate_of=None
    )


def test_every_field_of_an_incident_is_told_or_left_out_on_purpose() -> None:
    """A new field of incidents has to be looked at: it might name somebody."""
    left_out = {
        *("title", "description", "close_notes", "symptom", "state_code", "updated_at"),
        *("assignee", "caller", "opened_by", "resolved_by", "closed_at", "major_declared_at"),
        *("problem", "parent_incident", "duplicate_of", "caused_by_change", "change"),
        *("knowledge_article", "reopen_count", "reassignment_count", "restricted", "correlation"),
    }
    told = {
        *("source", "number", "opened_at", "state", "resolved_at", "priority", "impact", "urgency"),
        *("service", "ci", "category", "subcategory", "location", "team", "channel", "close_code"),
        *("sla_met", "is_first_contact", "is_major", "is_test", "affected_users", "handling_h"),
        "vendor",
    }
    assert {field.name for field in fields(Incident)} == left_out | told
