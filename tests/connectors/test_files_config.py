"""The settings of a source that is read from exports, and what a company adds to a preset."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.core.mapping.loading import load_preset
from connectors.core.mapping.preset import Preset
from connectors.files.catalogue import PRESETS
from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from connectors.registry import REGISTRY, system
from itsm.errors import ConfigError
from itsm.fields import column_names
from itsm.records import Incident
from itsm.states import IncidentState, RecordKind
from tests.connectors.export_files import records_of, source_of, write_rows

INCIDENT = RecordKind.INCIDENT


@pytest.mark.parametrize(
    "given",
    [
        {"presets": "uci"},
        {"zone": "Europe/Nowhere"},
        {"encoding": "utf-99"},
        {"delimiter": ",,"},
        {"batch_size": 0},
        {"files": {"ticket": ["x.csv"]}},
        {"fields": {"incident": {"titel": "Title"}}},
        {"fields": {"incident": {"title": ""}}},
        {"day_first": "perhaps"},
    ],
)
def test_settings_that_are_wrong_are_refused_without_their_values(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        FileSourceConfig.model_validate(given)
    assert "input_value" not in str(caught.value)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in FileSourceConfig.model_fields.values())


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        FileSourceConfig().__setattr__("zone", "UTC")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"preset": "remedy"}, "no preset 'remedy'; choose from jira, plain, servicenow, uci"),
        ({"preset": "uci", "files": {"change": ["c.csv"]}}, "'uci' has no change records"),
        ({"preset": "uci", "fields": {"change": {"title": "T"}}}, "'uci' has no change records"),
        ({"preset": "uci", "codes": {"states": {"1": "new"}}}, "no such code table; choose from"),
        ({"preset": "uci", "codes": {"incident_state": {"1": "neu"}}}, "no such meaning; choose"),
        ({"preset": "jira", "codes": {"priority": {"P1": "one"}}}, "must be a whole number"),
        ({"preset": "jira", "codes": {"record_kind": {"Bug": "defect"}}}, "no such meaning"),
    ],
)
def test_what_a_preset_does_not_have_is_said(given: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        FileSource("ours", FileSourceConfig.model_validate(given))


def test_a_company_adds_its_columns_and_codes(tmp_path: Path) -> None:
    rows = [
        {"Ticket no.": "T1", "Opened": "2026-11-01", "Status (EU)": "Parked", "Problem": "x"},
        {"Ticket no.": "T2", "Opened": "2026-11-01", "Status (EU)": "Resolved", "Problem": "y"},
    ]
    source = source_of(
        INCIDENT,
        write_rows(tmp_path / "x.csv", rows),
        preset="servicenow",
        fields={INCIDENT: {"number": "Ticket no.", "state": "Status (EU)", "title": "problem"}},
        codes={"incident_state": {"parked": "on_hold", "Resolved": "closed"}},
    )
    found = [
        (r.number, r.state, r.state_code, r.title)
        for r in records_of(source, INCIDENT)
        if isinstance(r, Incident)
    ]
    assert found == [
        ("T1", IncidentState.ON_HOLD, "Parked", "x"),
        ("T2", IncidentState.CLOSED, "Resolved", "y"),
    ]


def test_a_company_names_a_column_the_preset_does_not_know(tmp_path: Path) -> None:
    rows = [{"number": "T1", "opened_at": "2026-11-01", "incident_state": "New", "u_users": "12"}]
    source = source_of(
        INCIDENT,
        write_rows(tmp_path / "x.csv", rows),
        preset="uci",
        fields={INCIDENT: {"affected_users": "u_users"}},
    )
    # the event log needs its order column as well
    with_order = [{**rows[0], "sys_mod_count": "0", "sys_updated_at": "2026-11-01"}]
    write_rows(tmp_path / "x.csv", with_order)
    (incident, *_) = records_of(source, INCIDENT)
    assert isinstance(incident, Incident)
    assert incident.affected_users == 12


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_name_fields_and_code_tables_that_exist(name: str) -> None:
    preset = PRESETS[name]
    for kind, of_kind in preset.kinds.items():
        assert of_kind.kind is kind
        assert {rule.field for rule in of_kind.rules} <= set(column_names(kind))
        tables = {rule.codes for rule in of_kind.rules} - {None}
        tables |= {rule.refine.codes for rule in of_kind.rules if rule.refine}
        assert tables <= set(preset.codes)
    FileSource("ours", FileSourceConfig(preset=name))  # meanings are checked here


def tables_used(preset: Preset) -> set[str | None]:
    """The code tables that the rules of a preset name."""
    used = {rule.codes for kind in preset.kinds.values() for rule in kind.rules}
    used |= {r.refine.codes for k in preset.kinds.values() for r in k.rules if r.refine}
    return used | {"record_kind" for kind in preset.kinds.values() if kind.kind_columns}


def test_every_code_table_of_a_preset_is_used() -> None:
    api = {"jira": load_preset("jira_api", "connectors.jira", "fields.toml", str)}
    for name, preset in PRESETS.items():
        used = tables_used(preset)
        if name in api:  # exports and the API are told by the same words
            used |= tables_used(api[name])
        assert set(preset.codes) <= used, name


def test_the_registry_makes_a_source_of_its_table() -> None:
    source = system("files").source("mine", {"preset": "uci", "files": {"incident": "x.csv"}})
    assert (source.name, source.kinds) == ("mine", (INCIDENT,))
    assert set(source.kinds) <= REGISTRY["files"].capabilities.kinds


def test_the_registry_says_which_setting_is_wrong_and_not_its_value() -> None:
    with pytest.raises(ConfigError, match=r"sources\.mine: token: Extra inputs") as caught:
        system("files").source("mine", {"token": "hunter2"})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"no connector 'fax'; choose from .*files"):
        system("fax")
