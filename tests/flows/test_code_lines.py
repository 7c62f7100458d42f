"""The lines that give codes a meaning."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from flows.code_lines import line_to_add, meanings, toml_text
from flows.pull_report import unmapped_codes
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import build
from itsm.states import IncidentState, RecordKind
from tests.flows.desk_source import Desk

SOURCE = FileSource("desk", FileSourceConfig(preset="servicenow"))
ROWS = """\
number,opened_at,sys_updated_on,state,priority,short_description
INC1,2026-11-10 10:00:00,2026-11-10 10:00:00,Waiting,1,Printer
INC2,2026-11-10 11:00:00,2026-11-10 11:00:00,Waiting,Sky high,Printer
"""


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_code_is_written_as_toml_reads_it(code: str) -> None:
    assert tomllib.loads(f"{toml_text(code)} = {toml_text(code)}") == {code: code}


@pytest.mark.parametrize(
    ("kind", "field", "table"),
    [
        (RecordKind.INCIDENT, "state", "incident_state"),
        (RecordKind.CHANGE, "state", "change_state"),
        (RecordKind.INCIDENT, "priority", "priority"),
    ],
)
def test_a_line_names_the_table_of_the_field(kind: RecordKind, field: str, table: str) -> None:
    line = line_to_add(SOURCE, kind, field, "42")
    assert line is not None
    assert tomllib.loads(line) == {"sources": {"desk": {"codes": {table: {"42": "..."}}}}}


def test_there_is_no_line_where_there_is_no_table() -> None:
    assert line_to_add(SOURCE, RecordKind.INCIDENT, "title", "42") is None
    assert line_to_add(Desk({}), RecordKind.INCIDENT, "state", "42") is None


def test_meanings_are_those_a_code_may_be_given() -> None:
    assert set(meanings(RecordKind.INCIDENT, "state")) == set(IncidentState) - {"unmapped"}
    assert meanings(RecordKind.INCIDENT, "title") == ()


def test_a_pull_tells_the_codes_it_met_and_those_that_are_stored(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(ROWS)
    config = tmp_path / "csi.toml"
    config.write_text(
        '[sources.desk]\nkind = "files"\npreset = "servicenow"\n'
        'files = { incident = ["incident.csv"] }\n'
    )
    parts = build(load_settings(config), tmp_path)
    cutoff_at = cutoff_of(parts, reporting_week(parts, "2026-W46"), None)
    told = unmapped_codes(parts, pull(parts, "desk", cutoff_at))
    assert {(one.field, one.code, one.n) for one in told} == {
        ("incident state", "Waiting", 2),
        ("priority", "Sky high", 1),
    }
    assert [one.line.splitlines()[0] for one in told if one.line] == [
        "[sources.desk.codes.incident_state]",
        "[sources.desk.codes.priority]",
    ]
    again = unmapped_codes(parts, pull(parts, "desk", cutoff_at))
    assert {one.code for one in again} == {"Waiting"}
