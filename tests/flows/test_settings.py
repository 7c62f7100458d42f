"""Settings: the file, the environment before it, and errors that name the key and not the value."""

from pathlib import Path

import pytest

from flows.settings import FilesSettings, ServiceNowSettings, Settings, load_settings
from itsm.candidates import CostModel
from itsm.errors import ConfigError

SOURCE = """
[sources.desk]
kind = "files"
preset = "servicenow"
files = { incident = "incident.csv" }
"""
INSTANCE = """
[sources.sn]
kind = "servicenow"
url = "https://example.service-now.com"
user = "csi"
"""


def files(settings: Settings) -> FilesSettings:
    source = settings.sources["desk"]
    assert isinstance(source, FilesSettings)
    return source


def written(folder: Path, text: str) -> Path:
    path = folder / "csi.toml"
    path.write_text(text)
    return path


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'zone = "Europe/Berlin"\n' + SOURCE))
    assert settings.zone == "Europe/Berlin"
    assert files(settings).preset == "servicenow"


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_ZONE", "America/New_York")
    monkeypatch.setenv("CSI_SOURCES__DESK__PRESET", "jira")
    settings = load_settings(written(tmp_path, 'zone = "Europe/Berlin"\n' + SOURCE))
    assert settings.zone == "America/New_York"
    assert files(settings).preset == "jira"


def test_a_source_without_a_kind_is_read_from_files(tmp_path: Path) -> None:
    text = SOURCE.replace('kind = "files"\n', "")
    assert files(load_settings(written(tmp_path, text))).kind == "files"


def test_the_password_of_an_instance_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_SOURCES__SN__PASSWORD", "correct horse")
    settings = load_settings(written(tmp_path, INSTANCE))
    source = settings.sources["sn"]
    assert isinstance(source, ServiceNowSettings)
    assert source.password is not None
    assert source.password.get_secret_value() == "correct horse"
    assert "horse" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 3", "colour"),
        ('zone = "Mars/Olympus"', "zone"),
        ("cutoff_lag_h = -1", "cutoff_lag_h"),
        ("[cost]\nhandling_h = 0", "cost.handling_h"),
        (SOURCE + "token = 'x'", "sources.desk.token"),
        (SOURCE.replace('files"', 'papyrus"'), "sources.desk: kind: there is no such connector"),
        (INSTANCE + "page_size = 0", "sources.sn.page_size"),
        ("zone = ", "TOML"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_settings(written(tmp_path, text))


def test_an_error_never_shows_a_value(tmp_path: Path) -> None:
    text = '[database]\nurl = "postgresql+psycopg://csi:hunter2@db/csi"'
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, text))
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings(tmp_path / "csi.toml")


def test_a_cost_that_is_set_is_no_assumption(tmp_path: Path) -> None:
    text = "[cost]\nhandling_h = 2\nlost_h_per_user = 1\naffected_users = 3\nrate_per_h = 50"
    assert not load_settings(written(tmp_path, text)).cost.model().is_assumed
    assert load_settings(written(tmp_path, "[cost]\nhandling_h = 2")).cost.model().is_assumed
    assert load_settings(written(tmp_path, "")).cost.model() == CostModel()


def test_a_secret_of_another_configuration_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_SOURCES__SN__PASSWORD", "correct horse")
    assert list(load_settings(written(tmp_path, SOURCE)).sources) == ["desk"]
    given = {"sources": {"desk": {"kind": "files", "files": {}}}}
    monkeypatch.setenv("CSI_SOURCES__SN__KIND", "servicenow")
    assert list(load_settings(given=given).sources) == ["desk"]


def test_a_source_may_be_in_the_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in (
        ("KIND", "servicenow"),
        ("URL", "http://127.0.0.1:8443"),
        ("USER", "csi"),
        ("PASSWORD", "correct horse"),
    ):
        monkeypatch.setenv(f"CSI_SOURCES__SN__{key}", value)
    assert isinstance(load_settings(written(tmp_path, "")).sources["sn"], ServiceNowSettings)


def test_settings_load_without_the_password_that_only_a_pull_needs(tmp_path: Path) -> None:
    assert list(load_settings(written(tmp_path, INSTANCE)).sources) == ["sn"]
