"""Hostile text in every field of a pack, each format opened again: no script, formula or header."""

import csv
import json
import re
import shutil
import subprocess
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from pptx import Presentation

from reports.deliver.letters import Letter, Reader
from reports.deliver.mime import Sender, mail
from reports.editions import Choice, EditionKind
from reports.formats import Format, RenderedFile, render
from reports.model import Pack
from reports.pack import build_pack, pack_from_json
from tests.reports.hostile_pack import ATTACKS, ENDLESS, hostile
from tests.reports.sample_pack import RUN, sample_input
from tests.reports.test_mail import Read as ReadMail
from tests.reports.test_render import Page

needs_pdftotext = pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is missing"
)
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe]")
STARTS = tuple("=+-@\t\r") + tuple(map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))


@cache
def pack() -> Pack:
    """A busy week of which every text is an attack."""
    return hostile(build_pack(sample_input(4)))


@cache
def files(kind: Format) -> tuple[RenderedFile, ...]:
    """Its files in a format; on paper the executive edition, which is soon laid out."""
    return render(brief() if kind is Format.PDF else pack(), kind)


@cache
def brief() -> Pack:
    """The same attacks in the executive edition."""
    choice = Choice(kind=EditionKind.EXECUTIVE)
    return hostile(build_pack(replace(sample_input(4), choice=choice)))


def test_the_attacks_are_in_the_pack() -> None:
    told = json.loads(render(pack(), Format.JSON)[0].data)
    text = json.dumps(told, ensure_ascii=False)
    found = {a for a in ATTACKS if json.dumps(a, ensure_ascii=False)[1:-1] in text}
    assert len(found) == len(ATTACKS)
    assert ENDLESS in text


def test_file_names_stay_in_their_folder() -> None:
    for kind in Format:
        for file in files(kind):
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{3,120}", file.name)
            assert not {"\r", "\n"} & set(file.media_type + (file.content_id or ""))


def test_html_holds_no_script_and_leads_nowhere() -> None:
    html = files(Format.HTML)[0].data.decode()
    page = Page(html)
    assert {"script", "img", "iframe", "object", "form", "base", "link"}.isdisjoint(page.tags)
    assert html.count("</style>") == 1 and html.count("</title>") >= 1
    assert not [name for _tag, name, _value in page.attributes if name.startswith("on")]
    leaving = {link for link in page.links if not link.startswith("#")}
    assert leaving <= {files(Format.HTML)[1].name}
    assert not HIDDEN.search(html)
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html, "kept as text"
    assert "{{ 7*7 }}" in html, "no template in the template"
    assert len(html) < 4_000_000, "endless words are cut"


def test_the_list_of_records_holds_no_formula() -> None:
    text = files(Format.HTML)[1].data.decode()
    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(STARTS)]


def test_the_mail_holds_no_script_and_no_header() -> None:
    page, text = files(Format.MAIL)[0].data.decode(), files(Format.MAIL)[1].data.decode()
    read = ReadMail(page)
    assert {tag for tag, _attributes in read.elements} <= set(
        "html head meta title style body table tr td th h1 h2 a img".split()
    )
    assert all(a["href"].startswith("http") for tag, a in read.elements if tag == "a")
    assert not HIDDEN.search(page + text) and "\r" not in text
    assert len(page.encode()) < 100_000


def test_the_mail_arrives_with_our_headers_only() -> None:
    page, text, *pictures = files(Format.MAIL)
    letter = Letter(
        item="p1",
        subject=pack().brief.headline,
        text=text.data.decode(),
        page=page.data.decode(),
        pictures=tuple(pictures),
        attachments=(*files(Format.PDF), *files(Format.WORKBOOK)),
    )
    reader = Reader(
        address="a@example.org", name="=cmd|x\r\nBcc: b@evil.example", subscription_id="1"
    )
    sent = message_from_bytes(
        mail(letter, reader, Sender(address="csi@example.org"), RUN.made_at), policy=SMTP
    )
    assert sent["Bcc"] is None and sent["Subject"] is not None
    assert sent.get_all("To") == [sent["To"]]
    names = [part.get_filename() for part in sent.walk() if part.get_filename()]
    assert {f.name for f in (*files(Format.PDF), *files(Format.WORKBOOK))} <= set(names)


def test_the_workbook_holds_no_formula_and_no_link_out() -> None:
    data = files(Format.WORKBOOK)[0].data
    book = openpyxl.load_workbook(BytesIO(data))
    every = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    cells = [cell for cell in every if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    risky = [c for c in cells if isinstance(c.value, str) and c.value.lstrip().startswith(STARTS)]
    assert len(risky) > 20
    assert [cell.coordinate for cell in risky if not cell.quotePrefix] == []
    assert not [c for c in cells if HIDDEN.search(str(c.value))]
    assert max(len(str(cell.value)) for cell in cells) <= 8_000
    with ZipFile(BytesIO(data)) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    assert not [name for name in kept if "vba" in name.lower() or "externalLink" in name]
    assert b'TargetMode="External"' not in b"".join(
        v for k, v in kept.items() if k.endswith("rels")
    )


def test_the_slides_hold_text_only() -> None:
    deck = Presentation(BytesIO(files(Format.SLIDES)[0].data))
    texts = [s.text_frame.text for sl in deck.slides for s in sl.shapes if s.has_text_frame]
    assert not [text for text in texts if HIDDEN.search(text.replace("\x0b", ""))]
    assert max(map(len, texts)) < 4_000
    books: list[Any] = [
        openpyxl.load_workbook(BytesIO(s.chart.part.chart_workbook.xlsx_part.blob))
        for sl in deck.slides
        for s in sl.shapes
        if s.has_chart
    ]
    assert books
    kinds = {c.data_type for b in books for s in b.worksheets for r in s.iter_rows() for c in r}
    assert "f" not in kinds


def test_json_gives_back_every_sign() -> None:
    assert pack_from_json(files(Format.JSON)[0].data) == pack()


@needs_pdftotext
def test_the_pdf_holds_text_and_nothing_that_acts(tmp_path: Path) -> None:
    assert "onerror=alert(1)" in checked_pdf(files(Format.PDF)[0].data, tmp_path)


@pytest.mark.slow
@needs_pdftotext
def test_the_pdf_of_all_sections_holds_text_and_nothing_that_acts(tmp_path: Path) -> None:
    text = checked_pdf(render(pack(), Format.PDF)[0].data, tmp_path)
    assert "{{ 7*7 }}" in text and "HYPERLINK" in text


def checked_pdf(data: bytes, folder: Path) -> str:
    """The text of a PDF in which nothing acts and nothing leads out."""
    for action in (b"/JavaScript", b"/JS", b"/Launch", b"/OpenAction", b"/EmbeddedFile", b"/URI"):
        assert action not in data
    file = folder / "hostile.pdf"
    file.write_bytes(data)
    told = ["pdftotext", "-layout", str(file), "-"]
    text = subprocess.run(told, check=True, capture_output=True, text=True).stdout
    return text.replace("’", "'")
