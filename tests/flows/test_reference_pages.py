"""The reference pages are those that the code makes, and leave nothing unsaid."""

import re
from pathlib import Path

import pytest

from flows.cli import VERBS
from flows.reference_pages import PAGES, commands_page, main, settings_page
from flows.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_makes(name: str, tmp_path: Path) -> None:
    main(tmp_path)
    told = "run: python -m flows.reference_pages docs"
    assert (DOCS / name).read_text() == (tmp_path / name).read_text(), told


def test_every_setting_says_what_it_is_for() -> None:
    silent = re.findall(r"^\| `(\w+)` .* \|  \|$", settings_page(), re.MULTILINE)
    assert silent == []


def test_every_table_and_verb_is_there() -> None:
    page = settings_page()
    for key in Settings.model_fields:
        assert re.search(rf"^\| `{key}` |^## `\[+{key}\b", page, re.MULTILINE), key
    assert set(re.findall(r"^## csi ([a-z-]+)$", commands_page(), re.MULTILINE)) == set(VERBS)


def test_no_secret_and_no_machine_is_in_it() -> None:
    assert str(Path.home()) not in settings_page() + commands_page()
