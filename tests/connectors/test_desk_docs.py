"""The READMEs of GLPI and Freshservice, and docs/systems.md, say what there is."""

import re
from pathlib import Path

import pytest

from connectors.freshservice.tables import LACKS as FRESHSERVICE_LACKS
from connectors.glpi.tables import LACKS as GLPI_LACKS
from itsm.states import RecordKind

ROOT = Path(__file__).parents[2]
BOTH = pytest.mark.parametrize(
    ("system", "lacks"), [("glpi", GLPI_LACKS), ("freshservice", FRESHSERVICE_LACKS)]
)
HEADINGS = {"glpi": "GLPI", "freshservice": "Freshservice"}


def rows(text: str, heading: str) -> list[list[str]]:
    table = text.partition(heading)[2].partition("| --- |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]


@BOTH
def test_every_kind_is_listed_with_where_it_is(system: str, lacks: dict[RecordKind, str]) -> None:
    text = (ROOT / "connectors" / system / "README.md").read_text()
    told = {
        RecordKind(kind): where
        for kinds, where, _ in rows(text, "## What is read")
        for kind in re.findall(r"`(\w+)`", kinds)
    }
    assert told.keys() == set(RecordKind)
    assert {kind for kind, where in told.items() if where == "none"} == lacks.keys()


@BOTH
def test_every_kind_is_in_the_table_of_systems(system: str, lacks: dict[RecordKind, str]) -> None:
    text = (ROOT / "docs" / "systems.md").read_text()
    head = text.partition("## What each")[2].partition("| --- |")[0].strip().splitlines()[-1]
    place = [cell.strip() for cell in head.split("|")].index(HEADINGS[system]) - 2
    told = {RecordKind(kind.strip("`")): cells for kind, *cells in rows(text, "## What each")}
    assert {kind for kind, cells in told.items() if cells[place].startswith("no")} == lacks.keys()


@BOTH
def test_every_module_is_named(system: str, lacks: dict[RecordKind, str]) -> None:
    text = (ROOT / "connectors" / system / "README.md").read_text()
    modules = {path.name for path in (ROOT / "connectors" / system).glob("*.py")}
    named = set(re.findall(r"`(\w+\.py)`", text.partition("## Modules")[2]))
    assert named == modules - {"__init__.py"}
    assert lacks
