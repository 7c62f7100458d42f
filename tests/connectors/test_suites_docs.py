"""The READMEs of BMC Helix and Cherwell, and docs/systems.md, say what is there."""

import re
from pathlib import Path

import pytest

from connectors.bmc_helix import tables as bmc_helix_tables
from connectors.bmc_helix.config import BmcHelixConfig
from connectors.cherwell import tables as cherwell_tables
from connectors.cherwell.config import CherwellConfig
from connectors.core.config import HttpSourceConfig
from connectors.core.named_kinds import NamedKinds
from itsm.states import RecordKind

ROOT = Path(__file__).parents[2]
SYSTEMS = ("bmc_helix", "cherwell")


def config_of(system: str) -> HttpSourceConfig:
    given = {"url": "https://desk.invalid"}
    if system == "cherwell":
        return CherwellConfig.model_validate(given)
    return BmcHelixConfig.model_validate(given)


def tables_of(system: str) -> NamedKinds:
    config = config_of(system)
    if isinstance(config, CherwellConfig):
        return cherwell_tables.tables_of(config)
    assert isinstance(config, BmcHelixConfig)
    return bmc_helix_tables.tables_of(config)


def text_of(system: str) -> str:
    return (ROOT / "connectors" / system / "README.md").read_text()


def rows(text: str, heading: str) -> list[list[str]]:
    table = text.partition(heading)[2].partition("| --- |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_setting_is_explained_as_the_code_does(system: str) -> None:
    told = {key.strip("`"): (default, why) for key, default, why in rows(text_of(system), "## Set")}
    fields = type(config_of(system)).model_fields
    assert told.keys() == fields.keys()
    assert {name: why for name, (_, why) in told.items()} == {
        name: one.description for name, one in fields.items()
    }
    assert told["page_size"][0].strip("`") == str(fields["page_size"].default)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_kind_is_listed_with_what_holds_it(system: str) -> None:
    told = {
        RecordKind(kind): where
        for kinds, where in rows(text_of(system), "## What is read")
        for kind in re.findall(r"`(\w+)`", kinds)
    }
    assert set(told) == set(RecordKind)
    for kind, table in tables_of(system).kinds.items():
        assert any(name.partition(":")[2] in told[kind] for name in table.names), kind


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_is_named(system: str) -> None:
    modules = {path.name for path in (ROOT / "connectors" / system).glob("*.py")}
    named = set(re.findall(r"`(\w+\.py)`", text_of(system).partition("## Modules")[2]))
    assert named == modules - {"__init__.py"}


def test_bmc_is_said_to_be_verified_against_documentation_only() -> None:
    systems = (ROOT / "docs" / "systems.md").read_text()
    section = systems.partition("## BMC Helix ITSM")[2].partition("\n## ")[0]
    for text in (section, text_of("bmc_helix")):
        assert "erified against documentation only" in text


def test_the_sample_connector_is_as_short_as_is_said() -> None:
    sample = ROOT / "tests" / "conformance" / "sample_connector.py"
    assert "less than 150 lines" in " ".join(
        (ROOT / "docs/adding-a-connector.md").read_text().split()
    )
    assert len(sample.read_text().splitlines()) < 150
