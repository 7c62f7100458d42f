"""Exports in every tool's form."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from itsm.errors import ConfigError
from itsm.records import Incident
from itsm.states import RecordKind
from simulator.dirt import DEFECTS
from simulator.estate import Estate, build_estate
from simulator.exports import MARKER, SYSTEMS, sheets_of, write_exports
from simulator.settings import EstateSettings

SMALL = EstateSettings(n_incidents=600, n_weeks=12, seed=11, dirt=0.0)
DIRTY = EstateSettings(n_incidents=600, n_weeks=12, seed=11, dirt=0.2)


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


@pytest.fixture(scope="module")
def small() -> Estate:
    return build_estate(SMALL)


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_every_record_of_a_written_kind_has_its_row(
    system: str, small: Estate, tmp_path: Path
) -> None:
    paths = write_exports(SMALL, system, tmp_path)
    assert paths == [tmp_path / sheet.file for sheet in SYSTEMS[system].sheets]
    written = {kind.value for kind in sheets_of(system)}
    for sheet in SYSTEMS[system].sheets:
        rows = read(tmp_path / sheet.file, SYSTEMS[system].delimiter)
        records = small.records[sheet.kind]
        wanted = [r for r in records if getattr(r, "record_kind", sheet.kind) in written]
        assert len(rows) == len(wanted), sheet.file
        assert all(None not in row and None not in row.values() for row in rows), sheet.file


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_an_export_does_not_hold_the_truth(system: str, small: Estate, tmp_path: Path) -> None:
    for path in write_exports(SMALL, system, tmp_path):
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        assert "cause_id" not in head
        assert not any(line.startswith("C0000") or ",C0000" in line for line in lines), path.name


def test_servicenow_writes_states_as_its_lists_show_them(tmp_path: Path) -> None:
    write_exports(SMALL, "servicenow", tmp_path)
    rows = read(tmp_path / "incident.csv")
    allowed = {"New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled"}
    assert {row["state"] for row in rows} <= allowed
    assert all((row["state"] == "On Hold") == bool(row["hold_reason"]) for row in rows)
    assert {row["priority"] for row in rows} <= {
        "1 - Critical", "2 - High", "3 - Moderate", "4 - Low", "5 - Planning",
    }  # fmt: skip


def test_servicenow_rows_say_what_the_records_say(small: Estate, tmp_path: Path) -> None:
    write_exports(SMALL, "servicenow", tmp_path)
    rows = {row["number"]: row for row in read(tmp_path / "incident.csv")}
    for record in small.records[RecordKind.INCIDENT]:
        assert isinstance(record, Incident)
        row = rows[record.number]
        assert row["short_description"] == (record.title or "")
        assert row["description"] == (record.description or "")
        assert row["opened_at"] == record.opened_at.strftime("%Y-%m-%d %H:%M:%S")
        resolved = record.resolved_at
        assert row["resolved_at"] == (resolved.strftime("%Y-%m-%d %H:%M:%S") if resolved else "")
        assert row["cmdb_ci"] == (record.ci or "")


def test_jira_writes_times_and_keys_as_it_does(tmp_path: Path) -> None:
    write_exports(SMALL, "jira", tmp_path)
    row = read(tmp_path / "jira_incidents.csv")[0]
    assert row["Issue key"] == "INC-1"
    day, month, rest = row["Created"].split("/")
    assert month in "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    assert day.isdigit()
    assert rest.endswith(("AM", "PM"))


def test_itop_turns_satisfaction_round(small: Estate, tmp_path: Path) -> None:
    write_exports(SMALL, "itop", tmp_path)
    rows = read(tmp_path / "user_satisfaction.csv")
    scores = [getattr(r, "score", None) for r in small.records[RecordKind.SURVEY_RESPONSE]]
    best = [row["user_satisfaction"] for row, score in zip(rows, scores, strict=True) if score == 5]
    assert best
    assert set(best) == {"1"}


def test_damage_is_as_planted_and_nothing_else_differs(tmp_path: Path) -> None:
    write_exports(SMALL, "servicenow", tmp_path / "clean")
    write_exports(DIRTY, "servicenow", tmp_path / "dirty")
    defects = build_estate(DIRTY).truth.defects
    assert set(defects.values()) == set(DEFECTS)
    clean = {row["number"]: row for row in read(tmp_path / "clean" / "incident.csv")}
    dirty = read(tmp_path / "dirty" / "incident.csv")
    changed = {row["number"] for row in dirty if row != clean[row["number"]]}
    repeated = {number for number, n in Counter(row["number"] for row in dirty).items() if n > 1}
    unresolved = {n for n, kind in defects.items() if kind == "resolved_before_opened"}
    assert changed | repeated == set(defects)
    assert repeated == {n for n, kind in defects.items() if kind == "repeated_row"}
    for row in dirty:
        if row["number"] in unresolved:
            assert row["resolved_at"] < row["opened_at"]
        if defects.get(row["number"]) == "opened_missing":
            assert row["opened_at"] == ""
        if defects.get(row["number"]) == "opened_in_the_future":
            assert row["opened_at"] > "2030"


def test_without_dirt_nothing_is_damaged() -> None:
    assert build_estate(SMALL).truth.defects == {}


def test_a_folder_is_not_written_twice_but_mended(tmp_path: Path) -> None:
    paths = write_exports(SMALL, "jira", tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in paths}
    write_exports(SMALL, "jira", tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in paths} == before
    kept = paths[0].read_bytes()
    paths[0].write_bytes(kept[:100])
    write_exports(SMALL, "jira", tmp_path)
    assert paths[0].read_bytes() == kept


def test_other_settings_write_the_folder_anew(tmp_path: Path) -> None:
    write_exports(SMALL, "jira", tmp_path)
    first = json.loads((tmp_path / MARKER).read_text())
    path = write_exports(EstateSettings(n_incidents=600, n_weeks=12, seed=12), "jira", tmp_path)[0]
    assert json.loads((tmp_path / MARKER).read_text())["fingerprint"] != first["fingerprint"]
    assert path.stat().st_size != first["bytes"][path.name]


def test_an_unknown_tool_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="servicenow"):
        write_exports(SMALL, "spreadsheet", tmp_path)
