"""`csi status`: the last good run of each stage, what is late, what waits for a person."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.stage_watch import watched
from flows.standing import standings
from flows.wiring import Parts, build
from itsm.errors import FatalSourceError
from store.stage_runs import Outcome, StageRun

CONFIG = """\
zone = "Europe/London"
[sources.desk]
kind = "files"
preset = "servicenow"
[sources.desk.files]
incident = ["incident.csv"]
"""
ROWS = """\
number,opened_at,sys_updated_on,state,short_description
INC1,2026-11-10 10:00:00,2026-11-10 10:00:00,1,Printer
INC2,2026-11-10 11:00:00,soon,1,Printer
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "incident.csv").write_text(ROWS)
    (tmp_path / "csi.toml").write_text(CONFIG)
    return tmp_path / "csi.toml"


def parts_at(config: Path) -> Parts:
    return build(load_settings(config), config.parent)


def run(config: Path, verb: str, *options: str) -> Result:
    command = [verb, "--config", str(config), *options]
    return CliRunner().invoke(csi, command, catch_exceptions=False)


def stages(config: Path) -> dict[str, dict[str, Any]]:
    """The stages as JSON tells them, by name and source."""
    whole = json.loads(run(config, "status", "--json").stdout)
    return {f"{one['stage']} {one['source'] or ''}".strip(): one for one in whole["stages"]}


def test_what_never_ran_is_late_and_what_ran_is_not(config: Path) -> None:
    assert stages(config)["pull desk"]["is_late"]
    assert run(config, "pull", "--week", "2026-W46").exit_code == 0
    told = stages(config)["pull desk"]
    assert (told["is_late"], told["outcome"]) == (False, "good")
    assert stages(config)["pack"]["is_late"], "no pack was ever made"


def test_a_monitor_learns_by_the_exit_code_that_something_is_late(config: Path) -> None:
    assert run(config, "status").exit_code == 0
    assert run(config, "status", "--fail-on-late").exit_code == 1
    late = "\n".join(f"{stage} = 0" for stage in "pull check mine propose prove pack".split())
    config.write_text(CONFIG + f"[late]\n{late}\nbackup = 0\n")
    done = run(config, "status", "--fail-on-late")
    assert done.exit_code == 0, done.output


def test_a_stage_is_late_when_its_hours_have_passed(config: Path) -> None:
    parts, now = parts_at(config), datetime.now(UTC)
    with watched(parts.store, "pull", "desk"):
        pass

    def is_late(hours: float) -> bool:
        at = now + timedelta(hours=hours)
        return next(one for one in standings(parts, at) if one.name == "pull desk").is_late

    assert not is_late(5.9)
    assert is_late(6.1)


def test_a_failure_keeps_when_it_last_went_well_and_says_why(config: Path) -> None:
    parts = parts_at(config)
    with watched(parts.store, "pull", "desk"):
        pass
    good_at = stages(config)["pull desk"]["good_at"]
    with pytest.raises(FatalSourceError), watched(parts.store, "pull", "desk"):
        raise FatalSourceError("desk", "the export is gone")
    told = stages(config)["pull desk"]
    assert (told["outcome"], told["good_at"]) == ("failed", good_at)
    assert told["error"] == "desk: the export is gone"
    assert "failed" in run(config, "status").stdout
    assert "the export is gone" in run(config, "status").stdout


def test_a_defect_is_told_by_its_kind_and_not_by_its_text(config: Path) -> None:
    parts = parts_at(config)
    with pytest.raises(ValueError, match="Printer"), watched(parts.store, "mine"):
        raise ValueError("Printer of Ann Smith")
    assert stages(config)["mine"]["error"] == "ValueError"


def test_a_stage_that_was_killed_is_told_as_not_ended(config: Path) -> None:
    parts = parts_at(config)
    killed = StageRun(stage="mine", run="x", outcome=Outcome.RUNNING, began_at=datetime.now(UTC))
    with parts.store.begin() as uow:
        uow.stage_runs.save(killed)
        uow.commit()
    assert "not ended: it is running, or was killed" in run(config, "status").stdout


def test_what_waits_for_a_person_is_counted_and_names_its_command(config: Path) -> None:
    assert "nothing" in run(config, "status").stdout
    run(config, "pull", "--week", "2026-W46")
    told = run(config, "status", "--quarantine").stdout
    assert "records set aside (csi status --quarantine)" in told
    assert "quarantine desk incident: 1 x" in told
    assert json.loads(run(config, "status", "--json").stdout)["waiting"]["quarantine"] == 1


def test_a_backup_is_a_stage_too(config: Path) -> None:
    assert stages(config)["backup"]["is_late"]
    done = CliRunner().invoke(csi, ["db", "backup", "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert not stages(config)["backup"]["is_late"]
