"""What `csi doctor` looks at, and how it tells it."""

import json
import re
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

import flows.installation as looked_at
from connectors.core.source import Finding, Level, Source
from flows.doctor import MakeSource, examination
from flows.figure_settings import FigureSettings
from flows.progress import silent
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.undeclared import OPENS, undeclared
from flows.verbs.doctor import doctor, lines
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import build
from itsm.errors import ConfigError
from tests.flows.desk_source import Desk

CONFIG = """\
organisation = "Desk"
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
INC2,2026-11-10 11:00:00,2026-11-10 11:00:00,"Say ""when"" to me",Printer
INC3,2026-11-10 12:00:00,2026-11-10 12:00:00,"Say ""when"" to me",Printer
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The configuration file of a small desk."""
    (tmp_path / "incident.csv").write_text(ROWS)
    (tmp_path / "csi.toml").write_text(CONFIG)
    return tmp_path / "csi.toml"


@pytest.fixture
def pulled(desk: Path) -> Path:
    """The same, after a pull."""
    parts = build(load_settings(desk), desk.parent)
    week = reporting_week(parts, "2026-W46")
    pull(parts, "desk", cutoff_of(parts, week, None))
    return desk


def told(config: Path, *options: str) -> Result:
    return CliRunner().invoke(doctor, ["--config", str(config), *options], catch_exceptions=False)


def found(config: Path, *options: str) -> list[dict[str, str | None]]:
    """The findings as JSON gives them."""
    findings: list[dict[str, str | None]] = json.loads(told(config, "--json", *options).stdout)[
        "findings"
    ]
    return findings


def test_a_desk_that_works_is_told_line_by_line(desk: Path) -> None:
    done = told(desk)
    assert done.exit_code == 0, done.output
    for check in ("settings", "zone", "database", "disk", "libraries", "prefect", "files"):
        assert re.search(rf"^ok +{check} ", done.stdout, re.MULTILINE), check
    assert re.search(r"^\d+ checks: \d+ ok, \d warning, 0 failure$", done.stdout.splitlines()[-1])


def test_nothing_is_made_by_looking(desk: Path) -> None:
    told(desk)
    assert sorted(path.name for path in desk.parent.iterdir()) == ["csi.toml", "incident.csv"]


def test_a_missing_file_is_a_failure_with_a_remedy(desk: Path) -> None:
    (desk.parent / "incident.csv").unlink()
    done = told(desk)
    assert done.exit_code == 1
    assert re.search(r"^failure +files +desk incident: .*incident.csv: No such file", done.stdout,
                     re.MULTILINE)  # fmt: skip
    assert "remedy: write the export there" in done.stdout


def test_an_empty_file_is_a_warning(desk: Path) -> None:
    (desk.parent / "incident.csv").write_text("")
    assert [one["level"] for one in found(desk) if one["check"] == "files"] == ["warning"]


def test_a_code_without_a_meaning_comes_with_the_line_that_mends_it(pulled: Path) -> None:
    code = next(one for one in found(pulled) if one["check"] == "codes")
    assert (code["level"], code["subject"]) == ("warning", "desk incident")
    assert "2 records have state code 'Say \"when\" to me'" in str(code["said"])
    assert "on_hold" in str(code["remedy"])
    assert code["line"] is not None
    pulled.write_text(CONFIG + code["line"].replace("...", "on_hold") + "\n")
    parts = build(load_settings(pulled), pulled.parent)
    pull(parts, "desk", cutoff_of(parts, reporting_week(parts, "2026-W46"), None))
    assert [one["level"] for one in found(pulled) if one["check"] == "codes"] == ["ok"]


def test_json_has_the_same_findings_and_their_number(pulled: Path) -> None:
    whole = json.loads(told(pulled, "--json").stdout)
    assert sum(whole["summary"].values()) == len(whole["findings"])
    assert whole["summary"]["warning"] == len(re.findall("^warning", told(pulled).stdout, re.M))


def test_one_source_can_be_examined_alone(desk: Path) -> None:
    assert {one["check"] for one in found(desk, "--source", "desk")} == {"coverage", "files"}
    with pytest.raises(ConfigError, match="choose from: desk"):
        told(desk, "--source", "nobody")


def test_a_database_of_a_newer_version_is_a_failure(pulled: Path) -> None:
    import sqlite3

    with sqlite3.connect(pulled.parent / "csi.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    database = next(one for one in found(pulled) if one["check"] == "database")
    assert database["level"] == "failure"
    assert "9999" in str(database["said"])


def test_a_file_that_is_no_database_is_a_failure(desk: Path) -> None:
    (desk.parent / "csi.sqlite").write_text("something else, longer than the head of a database")
    database = next(one for one in found(desk) if one["check"] == "database")
    assert (database["level"], "not a database" in str(database["said"])) == ("failure", True)


def test_a_zone_that_nobody_set_is_a_warning_with_a_line(desk: Path) -> None:
    desk.write_text(CONFIG.replace('zone = "Europe/London"\n', ""))
    zone = next(one for one in found(desk) if one["check"] == "zone")
    assert zone["level"] == "warning"
    assert tomllib.loads(str(zone["line"])) == {"zone": "Europe/London"}


@pytest.mark.parametrize(("free_gb", "level"), [(100, "ok"), (1, "warning"), (0.1, "failure")])
def test_disk_space_is_looked_at(
    free_gb: float, level: str, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": free_gb * 1e9})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert next(one for one in found(desk) if one["check"] == "disk")["level"] == level


@pytest.mark.parametrize(
    ("version", "level"), [("2.0.58", Level.OK), ("2.1.0b1", Level.FAILURE), ("3.0", Level.FAILURE)]
)
def test_libraries_that_prefect_fails_on_are_failures(version: str, level: Level) -> None:
    versions = {"sqlalchemy": version, "fastapi": "0.150.0"}
    findings = list(looked_at.libraries(versions.__getitem__))
    assert [one.level for one in findings] == [level, Level.OK]


def test_the_libraries_held_back_are_those_of_pyproject() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    capped = dict(re.findall(r'"(sqlalchemy|fastapi)>=[\d.]+,<([\d.]+)"', text))
    assert capped == {name: ".".join(map(str, cap)) for name, cap in looked_at.HELD_BACK.items()}


@pytest.fixture
def health() -> Iterator[str]:
    """The URL of something that answers as a Prefect server does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/api/health": b"true", "/api/admin/version": b'"3.8.7"'}
            self.send_response(200 if self.path in answers else 404)
            self.end_headers()
            self.wfile.write(answers.get(self.path, b""))

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


def test_a_prefect_server_is_asked_for_its_health(
    health: str, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url, level in ((health, "ok"), (health[:-3] + "gone", "failure")):
        monkeypatch.setenv("PREFECT_API_URL", url)
        told = [one for one in found(desk) if one["check"] == "prefect"]
        assert told[1]["level"] == level
    monkeypatch.setenv("PREFECT_API_URL", health)
    server = [one for one in found(desk) if one["check"] == "prefect"][2]
    assert (server["level"], server["said"]) == (
        "failure",
        "the server's Prefect 3.8.7 is not supported; tested with 3.8.8",
    )
    assert "prefect>=3.8.8,<4" in str(server["remedy"])


@pytest.mark.parametrize(
    ("version", "level"),
    [("3.8.8", "ok"), ("3.9.1", "warning"), ("3.8.7", "failure"), ("4.0.0", "failure")],
)
def test_the_versions_of_prefect_that_were_tested_are_stated(version: str, level: Level) -> None:
    assert looked_at.prefect_version("prefect", version).level == level


def test_the_version_of_prefect_that_runs_these_tests_is_a_tested_one() -> None:
    assert looked_at.prefect_version("prefect", version("prefect")).level is Level.OK


class Examined(Desk):
    """A source that examines itself."""

    def examine(self) -> Iterator[Finding]:
        yield Finding(check="network", level=Level.OK, subject="", said="answers in 40 ms")
        yield Finding(
            check="auth", level=Level.FAILURE, subject="", said="401", remedy="check the user"
        )


def examined(config: Path, make_source: MakeSource) -> list[Finding]:
    settings = load_settings(config)
    return list(examination(settings, config.parent, make_source, None, only="desk", say=silent))


def test_a_source_that_examines_itself_is_asked(desk: Path) -> None:
    assert [one.check for one in examined(desk, lambda _: Examined({}))] == ["network", "auth"]


def test_a_source_that_cannot_be_made_is_a_failure(desk: Path) -> None:
    def refuse(name: str) -> Source:
        raise ConfigError(f"sources.{name}: no such thing")

    assert [(one.level, one.check) for one in examined(desk, refuse)] == [
        (Level.FAILURE, "settings")
    ]


def test_a_finding_is_read_without_colour() -> None:
    finding = Finding(
        check="codes",
        level=Level.WARNING,
        subject="desk",
        said="one code",
        remedy="give it a meaning",
        line='[sources.desk.codes.state]\n"42" = "on_hold"',
    )
    assert lines(finding) == [
        "warning  codes        desk: one code",
        "                      remedy: give it a meaning",
        "                      add:    [sources.desk.codes.state]",
        '                              "42" = "on_hold"',
    ]


def test_what_is_not_declared_is_told_with_what_it_opens(desk: Path) -> None:
    text = told(desk, "--hints").output
    assert "targets: not set; no figure is held against a target; opens `csi targets`" in text
    assert "cost_per_incident" in text
    desk.write_text(
        CONFIG + "[figures]\nproductive_h = 28\n[cost]\nhandling_h = 1\nlost_h_per_user = 1\n"
        "affected_users = 1\nrate_per_h = 1\n[cost.run_per_year]\nMail = 1\n"
    )
    text = told(desk).output.partition("what is held")[0]
    assert "set: productive_h" in text
    assert "staff_needed" not in text
    assert "cost_per_incident" not in text
    assert "run_per_year: not set" not in text


def test_every_key_of_the_figures_has_a_line_that_can_be_added(tmp_path: Path) -> None:
    assert set(OPENS) == set(FigureSettings.model_fields)
    path = tmp_path / "csi.toml"
    for finding in undeclared(load_settings()):
        if finding.line is not None:
            path.write_text(finding.line)
            assert finding.line not in [one.line for one in undeclared(load_settings(path))]
