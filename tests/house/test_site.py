"""The documentation builds as a site, and a link that leads nowhere stops it."""

import re
import shutil
from pathlib import Path

import pytest

from tests.house import site


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages in a folder of their own."""
    for page in site.places():
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site.ROOT / page, tmp_path / page)
    for picture in (*site.ROOT.glob("docs/**/*.png"), *site.ROOT.glob("docs/**/*.svg")):
        place = tmp_path / picture.relative_to(site.ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, place)
    monkeypatch.setattr(site, "ROOT", tmp_path)
    return tmp_path


def test_it_builds_holds_every_page_and_fetches_nothing(copy: Path) -> None:
    folder = copy / "out" / "docs"
    folder.mkdir(parents=True)
    config = site.assemble(folder, copy)
    assert site.built(config)
    pages = {path.relative_to(folder / "site") for path in (folder / "site").rglob("*.html")}
    assert {place.with_suffix(".html") for place in site.places(copy).values()} <= pages
    index = (folder / "site" / "index.html").read_text()
    assert re.findall(r'(?:src|href)="https?://[^"]+\.(?:js|css|woff2?)[^"]*"', index) == []


def test_a_link_that_leads_nowhere_stops_it(copy: Path) -> None:
    page = copy / "docs" / "running.md"
    page.write_text(page.read_text() + "\n[gone](store.md#nothing-of-that-name)\n")
    folder = copy / "out" / "docs"
    folder.mkdir(parents=True)
    assert not site.built(site.assemble(folder, copy))


def test_links_are_turned_to_where_pages_are() -> None:
    where = site.places()
    page = Path("docs/systems.md")
    told = site.turned(
        "[a](../connectors/rt/README.md#b) [c](store.md) [d](../flows/cli.py)", page, where
    )
    assert told == "[a](systems/rt.md#b) [c](store.md) d"


def test_every_page_is_in_the_navigation_once() -> None:
    where = site.places()
    told = [place for part in site.navigation(where) for pages in part.values() for place in pages]
    assert sorted(told) == sorted(map(str, where.values()))
