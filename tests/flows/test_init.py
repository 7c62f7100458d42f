"""What `csi init` writes."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from flows.settings import (
    BmcHelixSettings,
    CherwellSettings,
    FilesSettings,
    FreshserviceSettings,
    GlpiSettings,
    ItopSettings,
    JiraSettings,
    RtSettings,
    ServiceNowSettings,
    Settings,
    load_settings,
)
from flows.verbs.init import KINDS, init
from itsm.errors import ConfigError

PASSWORD = "CSI_SOURCES__SERVICENOW__PASSWORD"


def written(folder: Path, *options: str) -> str:
    """The configuration that the options make."""
    done = CliRunner().invoke(init, [str(folder), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return (folder / "csi.toml").read_text()


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("servicenow", ServiceNowSettings),
        ("jira", JiraSettings),
        ("rt", RtSettings),
        ("itop", ItopSettings),
        ("glpi", GlpiSettings),
        ("freshservice", FreshserviceSettings),
        ("bmc_helix", BmcHelixSettings),
        ("cherwell", CherwellSettings),
        ("files", FilesSettings),
    ],
)
def test_what_it_writes_loads(
    kind: str, model: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, "not in the file") if kind == "servicenow" else None
    written(tmp_path, "--kind", kind, "--organisation", 'The "Desk"', "--zone", "Europe/Prague")
    settings = load_settings(tmp_path / "csi.toml")
    assert (settings.organisation, settings.zone) == ('The "Desk"', "Europe/Prague")
    assert isinstance(settings.sources[kind], model)


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_behind_a_mark_could_stand_without_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written(tmp_path, "--kind", kind)
    (tmp_path / "csi.toml").write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
    if kind == "servicenow":
        monkeypatch.setenv(PASSWORD, "secret")
    assert list(load_settings(tmp_path / "csi.toml").sources) == [kind]


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("servicenow", ServiceNowSettings),
        ("jira", JiraSettings),
        ("rt", RtSettings),
        ("itop", ItopSettings),
        ("glpi", GlpiSettings),
        ("freshservice", FreshserviceSettings),
        ("bmc_helix", BmcHelixSettings),
        ("cherwell", CherwellSettings),
    ],
)
def test_every_key_is_named(kind: str, model: type[BaseModel], tmp_path: Path) -> None:
    text = written(tmp_path, "--kind", kind)
    for key in [*model.model_fields, *Settings.model_fields]:
        assert re.search(rf"^(# )?{key} (= |is not written)|^\[(.+\.)?{key}[.\]]", text, re.M), key


def test_a_default_that_is_shown_is_the_default(tmp_path: Path) -> None:
    text = written(tmp_path)
    lines = re.findall(r"^# (\w+) = ([^{\n]+)$", text, re.MULTILINE)
    first = dict(reversed(lines))  # several sections have keys of one name
    shown = tomllib.loads("\n".join(f"{key} = {value}" for key, value in first.items()))
    assert shown["cutoff_lag_h"] == Settings.model_fields["cutoff_lag_h"].default
    assert shown["page_size"] == ServiceNowSettings.model_fields["page_size"].default
    assert shown["history"] == ServiceNowSettings.model_fields["history"].default


def test_a_secret_is_named_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "hunter2")
    done = CliRunner().invoke(init, [str(tmp_path), "--url", "https://a.example", "--user", "me"])
    assert f"export {PASSWORD}=" in done.output
    assert "hunter2" not in done.output + (tmp_path / "csi.toml").read_text()
    assert not re.search(r"^password", (tmp_path / "csi.toml").read_text(), re.MULTILINE)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text("mine")
    written(tmp_path)
    assert (tmp_path / "prefect.yaml").read_text() == "mine"
    (tmp_path / "csi.toml").write_text("mine, too")
    with pytest.raises(ConfigError, match="is there already"):
        CliRunner().invoke(init, [str(tmp_path)], catch_exceptions=False)
    assert (tmp_path / "csi.toml").read_text() == "mine, too"


def test_schedules_are_in_the_zone_of_the_desk(tmp_path: Path) -> None:
    written(tmp_path, "--zone", "America/New_York")
    schedules = (tmp_path / "prefect.yaml").read_text()
    assert schedules.count("timezone: America/New_York") == schedules.count("cron:") >= 4
    assert "Europe/London" not in schedules


def test_another_name_is_used_everywhere(tmp_path: Path) -> None:
    text = written(tmp_path, "--name", "desk_uk")
    assert "[sources.desk_uk]" in text
    assert "[sources.desk_uk.http]" in text
    assert "CSI_SOURCES__DESK_UK__PASSWORD" in text


@pytest.mark.parametrize(
    ("option", "value"), [("--name", "Desk-UK"), ("--name", "a__b"), ("--zone", "Mars/Base")]
)
def test_what_could_not_work_is_refused(option: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        CliRunner().invoke(init, [str(tmp_path), option, value], catch_exceptions=False)
    assert not (tmp_path / "csi.toml").exists()
