"""The README and docs/systems.md say what the settings, kinds and modules are."""

import re
from pathlib import Path

from connectors.jira.config import JiraConfig
from connectors.jira.tables import NOT_THERE, OBJECTS, tables_of
from itsm.states import RecordKind

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "connectors" / "jira" / "README.md").read_text()
CONFIG = JiraConfig.model_validate({"url": "https://jira.invalid", "user": "csi", "token": "none"})


def rows(text: str, heading: str) -> list[list[str]]:
    table = text.partition(heading)[2].partition("| --- |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]


def test_every_setting_is_explained_with_its_default() -> None:
    told = {
        name: cells[0]
        for key, *cells in rows(TEXT, "## Settings")
        for name in re.findall(r"`(\w+)`", key)
    }
    assert told.keys() == JiraConfig.model_fields.keys()
    for name in ("page_size", "overlap_s", "index_lag_s"):
        assert told[name].strip("`") == str(getattr(CONFIG, name))


def test_every_kind_is_listed_with_where_it_is() -> None:
    told = {RecordKind(kind.strip("`")): where for kind, where, _ in rows(TEXT, "## What is read")}
    assert set(told) == set(RecordKind)
    for kind, table in tables_of(CONFIG).kinds.items():
        assert not table.types or any(name in told[kind] for name in table.types)
    assert {kind for kind, where in told.items() if where.startswith("none")} == NOT_THERE
    assert {kind for kind, where in told.items() if where == "objects of Assets"} == OBJECTS


def test_every_kind_is_in_the_table_of_systems() -> None:
    text = (ROOT / "docs" / "systems.md").read_text()
    told = {RecordKind(kind.strip("`")): cells for kind, *cells in rows(text, "## What each")}
    assert set(told) == set(RecordKind)
    assert {kind for kind, cells in told.items() if cells[1].startswith("no")} == NOT_THERE


def test_every_module_is_named() -> None:
    modules = {path.name for path in (ROOT / "connectors" / "jira").glob("*.py")}
    named = set(re.findall(r"`(\w+\.py)`", TEXT.partition("## Modules")[2]))
    assert named == modules - {"__init__.py"}
