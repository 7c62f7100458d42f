"""The README says what the settings and tables are."""

import re
from pathlib import Path

from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.tables import tables_of
from itsm.states import RecordKind

TEXT = (Path(__file__).parents[2] / "connectors" / "servicenow" / "README.md").read_text()
CONFIG = ServiceNowConfig.model_validate(
    {"url": "https://sn.invalid", "user": "csi", "password": "none"}
)


def rows(heading: str) -> list[list[str]]:
    table = TEXT.partition(heading)[2].partition("| --- |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]


def test_every_setting_is_explained_with_its_default() -> None:
    told = {
        name: cells[0]
        for key, *cells in rows("## Settings")
        for name in re.findall(r"`(\w+)`", key)
    }
    assert told.keys() == ServiceNowConfig.model_fields.keys()
    for name in ("history", "page_size", "overlap_s"):
        assert told[name].strip("`") == str(getattr(CONFIG, name))


def test_every_kind_is_listed_with_its_table() -> None:
    told = {RecordKind(kind.strip("`")): table for kind, table, _ in rows("## What is read")}
    assert set(told) == set(RecordKind)
    tables = tables_of(CONFIG).kinds
    for kind, table in told.items():
        if kind in tables:
            assert f"`{tables[kind].table}`" in table
        else:
            assert table == "a table of yours"


def test_every_module_is_named() -> None:
    folder = Path(__file__).parents[2] / "connectors" / "servicenow"
    modules = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    named = set(re.findall(r"`(\w+\.py)`", TEXT.partition("## Modules")[2]))
    assert named == modules
