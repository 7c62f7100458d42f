import re
from dataclasses import fields
from pathlib import Path

from connectors.core.settings import HttpSettings
from connectors.core.system import Capabilities, History
from tests.conformance.fakes import Trouble

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "connectors.md").read_text()


def _rows(heading: str) -> dict[str, list[str]]:
    """The cells of the first table after a heading or line, by the name in the first one."""
    table = TEXT.partition(heading)[2].partition("| --- |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]
    return {row[0].strip("`"): row[1:] for row in rows}


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    folders = (ROOT / "tests" / "connectors", ROOT / "tests" / "conformance")
    written = {
        name
        for folder in folders
        for path in folder.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 30
    assert named - written == set()


def test_every_http_setting_is_explained_with_its_default() -> None:
    told = {name: cells[0] for name, cells in _rows("### Settings").items()}
    defaults = {
        name: "" if field.default is None else f"{field.default}".lower().removesuffix(".0")
        for name, field in HttpSettings.model_fields.items()
    }
    assert told == defaults


def test_every_capability_and_trouble_is_explained() -> None:
    told = _rows("its `Capabilities`:")
    assert told.keys() == {field.name for field in fields(Capabilities)}
    assert [history for history in History if f"`{history}`" not in told["history"][0]] == []
    assert [trouble for trouble in Trouble if f"`{trouble}`" not in TEXT] == []


def test_every_module_of_core_is_named() -> None:
    modules = {path.name for path in (ROOT / "connectors" / "core").glob("*.py")}
    assert {name for name in modules - {"__init__.py"} if f"`{name}`" not in TEXT} == set()
