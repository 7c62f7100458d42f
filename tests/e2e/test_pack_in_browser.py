"""Packs as people open them: in Chromium at three widths and in the dark, and in LibreOffice."""

import base64
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reports.editions import Choice, EditionKind
from reports.formats import Format, render
from reports.model import Pack
from reports.pack import build_pack
from tests.e2e.axe import fetched, found
from tests.e2e.monday import chromium
from tests.reports.hostile_pack import hostile
from tests.reports.sample_pack import empty_input, quiet_input, sample_input

pytestmark = pytest.mark.e2e
WIDTHS = (320, 800, 1400)
TOO_WIDE = """width => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.scroll, .skip, svg, thead') && e.getClientRects().length)
  .filter(e => e.getBoundingClientRect().right > width + 1)
  .map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 60))"""
UNREAD = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.children.length === 0 && e.textContent.trim() && e.getClientRects().length)
  .filter(e => !e.closest('svg, .skip, thead'))
  .filter(e => e.scrollHeight > e.clientHeight + 2 && getComputedStyle(e).overflow === 'hidden')
  .map(e => e.textContent.slice(0, 60))"""


def executive() -> Pack:
    """The executive edition of a busy week."""
    return build_pack(replace(sample_input(), choice=Choice(kind=EditionKind.EXECUTIVE)))


PACKS: dict[str, Callable[[], Pack]] = {
    "busy": lambda: build_pack(sample_input()),
    "executive": executive,
    "quiet": lambda: build_pack(quiet_input()),
    "empty": lambda: build_pack(empty_input()),
    "hostile": lambda: hostile(build_pack(sample_input(4))),
}


@cache
def page_of(name: str, kind: Format) -> str:
    """The page of a pack, or of its mail with the pictures put in."""
    first, *others = render(PACKS[name](), kind)
    page = first.data.decode()
    for one in others:
        if one.content_id:
            data = base64.b64encode(one.data).decode()
            page = page.replace(f"cid:{one.content_id}", f"data:image/png;base64,{data}")
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as made:
        yield made


class Opened:
    """A page in a browser, with what it fetched, said and asked."""

    def __init__(self, browser: Any, file: Path, width: int, scheme: str) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.fetched: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda one: self.fetched.append(one.url))
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("dialog", lambda asked: self.complaints.append(asked.message))
        self.page.goto(file.as_uri())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", [Format.HTML, Format.MAIL])
@pytest.mark.parametrize("name", PACKS)
def test_a_page_fits_runs_nothing_and_fetches_nothing(
    browser: Any, tmp_path: Path, name: str, kind: Format, width: int, scheme: str
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(name, kind), encoding="utf-8")
    opened = Opened(browser, file, width, scheme)
    try:
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.evaluate(TOO_WIDE, width) == []
        assert opened.page.evaluate(UNREAD) == []
        assert [one for one in opened.fetched if not one.startswith(("file:", "data:"))] == []
        assert opened.complaints == []
        assert opened.page.evaluate("document.scripts.length") == 0
    finally:
        opened.page.close()


@pytest.mark.parametrize("name", ["busy", "executive", "quiet", "hostile"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible(browser: Any, tmp_path: Path, name: str, scheme: str) -> None:
    script = fetched(tmp_path)
    if script is None:
        pytest.skip("axe-core could not be fetched from npm")
    file = tmp_path / "page.html"
    file.write_text(page_of(name, Format.HTML), encoding="utf-8")
    opened = Opened(browser, file, 1200, scheme)
    try:
        assert found(opened.page, script) == []
    finally:
        opened.page.close()


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is missing")
@pytest.mark.parametrize("name", ["busy", "hostile"])
@pytest.mark.parametrize("kind", [Format.WORKBOOK, Format.SLIDES])
def test_an_office_program_opens_it(tmp_path: Path, name: str, kind: Format) -> None:
    pack = PACKS[name]()
    made = render(pack, kind)[0]
    file = tmp_path / made.name
    file.write_bytes(made.data)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, file],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    paper = file.with_suffix(".pdf")
    told = subprocess.run(
        ["pdftotext", "-layout", paper, "-"], check=True, capture_output=True, text=True
    ).stdout
    assert "#REF!" not in told and "#NAME?" not in told and "Err:5" not in told
    wanted = "onerror=alert(1)" if name == "hostile" else pack.brief.headline
    assert wanted in " ".join(told.replace("’", "'").split())
