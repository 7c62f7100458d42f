"""The PDF: tagged, paged, deterministic; a missing system package is named."""

import importlib
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from itsm.errors import RenderError
from reports.pack import PackInput, build_pack
from reports.pdf import SYSTEM_PACKAGES, render_pdf
from tests.reports.sample_pack import empty_input, hostile_input, quiet_input, sample_input


@pytest.fixture(scope="module")
def quiet() -> bytes:
    """A small pack as PDF."""
    return render_pdf(build_pack(quiet_input()))


def inflated(document: bytes) -> bytes:
    """A PDF with its compressed streams written out after it."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL)
    parts = [document]
    for stream in streams:
        with suppress(zlib.error):
            parts.append(zlib.decompress(stream))
    return b"\n".join(parts)


def test_a_pdf_is_tagged_titled_and_bookmarked(quiet: bytes) -> None:
    assert quiet.startswith(b"%PDF-1.7")
    text = inflated(quiet)
    assert b"pdfuaid:part" in text
    assert b"/StructTreeRoot" in text
    assert b"/MarkInfo" in text
    assert b"/Outlines" in text
    assert b"/Lang" in text


def test_every_picture_in_a_pdf_has_an_alternative_text(quiet: bytes) -> None:
    text = inflated(quiet)
    pictures = text.count(b"/S /Figure") + text.count(b"/S/Figure")
    assert pictures >= 2
    assert text.count(b"/Alt") >= pictures


def test_the_same_pack_gives_the_same_pdf(quiet: bytes) -> None:
    assert render_pdf(build_pack(quiet_input())) == quiet


def test_the_time_made_is_no_pdf_date(quiet: bytes) -> None:
    assert b"/CreationDate" not in quiet
    assert b"/ModDate" not in quiet


@pytest.mark.slow
@pytest.mark.parametrize("make", [hostile_input, empty_input, lambda: sample_input(40)])
def test_hard_packs_render(make: Callable[[], PackInput]) -> None:
    assert render_pdf(build_pack(make())).startswith(b"%PDF")


def test_rendering_warns_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    render_pdf(build_pack(quiet_input()))
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is missing")
def test_pages_carry_header_footer_and_contents(tmp_path: Path) -> None:
    file = tmp_path / "pack.pdf"
    file.write_bytes(render_pdf(build_pack(sample_input())))
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert 8 <= len(pages) <= 30
    assert "The week in brief" in pages[0] and "What is missing" in pages[0]
    assert "Contents" in pages[1]
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    assert all("Full edition" in page for page in pages)
    in_contents = re.search(r"Missing from this pack[. ]+(\d+)", pages[1])
    assert in_contents is not None
    assert "Missing from this pack" in pages[int(in_contents[1]) - 1]


@pytest.mark.parametrize("package", SYSTEM_PACKAGES)
def test_a_missing_system_package_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def refuse(name: str, package: str | None = None) -> ModuleType:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(RenderError, match=package):
        render_pdf(build_pack(quiet_input()))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(RenderError, match="weasyprint is not installed"):
        render_pdf(build_pack(quiet_input()))
