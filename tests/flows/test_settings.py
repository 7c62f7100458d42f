"""Settings: the file, the environment before it, and errors that name the key and not the value."""

from pathlib import Path

import pytest

from flows.settings import load_settings
from itsm.candidates import CostModel
from itsm.errors import ConfigError

SOURCE = """
[sources.desk]
kind = "files"
preset = "servicenow"
files = { incident = "incident.csv" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "csi.toml"
    path.write_text(text)
    return path


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'zone = "Europe/Berlin"\n' + SOURCE))
    assert settings.zone == "Europe/Berlin"
    assert settings.sources["desk"].preset == "servicenow"


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_ZONE", "America/New_York")
    monkeypatch.setenv("CSI_SOURCES__DESK__PRESET", "jira")
    settings = load_settings(written(tmp_path, 'zone = "Europe/Berlin"\n' + SOURCE))
    assert settings.zone == "America/New_York"
    assert settings.sources["desk"].preset == "jira"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 3", "colour"),
        ('zone = "Mars/Olympus"', "zone"),
        ("cutoff_lag_h = -1", "cutoff_lag_h"),
        ("[cost]\nhandling_h = 0", "cost.handling_h"),
        (SOURCE + "token = 'x'", "sources.desk.token"),
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
