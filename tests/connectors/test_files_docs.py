"""What docs/files.md shows works as it stands there."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.files.catalogue import PRESETS
from connectors.files.config import FileSourceConfig
from connectors.files.formats import READERS
from connectors.registry import system
from itsm.records import Change, Incident
from itsm.states import IncidentState, RecordKind
from tests.connectors.export_files import records_of, write_rows

TEXT = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8")


def test_the_example_configuration_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    table = tomllib.loads(example)["sources"]["service_desk"]
    october, november = table["files"]["incident"]
    row = {"Number": "INC1", "Opened": "2026-10-05 10:00:00", "State": "Parked"}
    write_rows(tmp_path / october, [{**row, "Fault pattern": "E42", "Users hit": "12"}])
    write_rows(tmp_path / november, [{**row, "Number": "INC2", "State": "With supplier"}])
    change = {"Number": "CHG1", "Opened": "2026-10-05", "State": "Closed", "Type": "Normal"}
    write_rows(tmp_path / table["files"]["change"][0], [change])
    source = system(table.pop("kind")).source("service_desk", table)
    first, second = records_of(source, RecordKind.INCIDENT)
    assert isinstance(first, Incident)
    assert isinstance(second, Incident)
    assert first.opened_at == datetime(2026, 10, 5, 8, tzinfo=UTC)
    assert (first.state, first.symptom, first.affected_users) == (IncidentState.ON_HOLD, "E42", 12)
    assert second.state is IncidentState.AWAITING_VENDOR
    assert isinstance(records_of(source, RecordKind.CHANGE)[0], Change)


def test_every_preset_ending_and_setting_is_described() -> None:
    assert set(re.findall(r"^\*\*(\w+)\*\*:", TEXT, re.MULTILINE)) == set(PRESETS)
    endings = {ending for ending in READERS if f"`.{ending}`" in TEXT}
    assert endings == set(READERS)
    keys = TEXT.partition("| key | meaning |")[2].partition("\n\n")[0]
    named = set(
        re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in keys.split("\n")[2:]))
    )
    assert named == set(FileSourceConfig.model_fields)


def test_the_kinds_of_the_servicenow_preset_are_listed() -> None:
    rows = TEXT.partition("| files of | kind |")[2].partition("\n\n")[0].split("\n")[2:]
    named = set(re.findall(r"`(\w+)`", "\n".join(row.split("|")[2] for row in rows)))
    assert named == set(map(str, PRESETS["servicenow"].kinds))
