"""From every figure of every edition a reader reaches the records, in the page and the workbook."""

import csv
import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from html.parser import HTMLParser
from io import BytesIO, StringIO

import openpyxl
import pytest

from itsm.figures import Direction, Unit
from reports.editions import Choice, EditionKind
from reports.evidence import evidence_lists
from reports.formats import Format, RenderedFile, render
from reports.model import EvidenceList, Pack
from reports.pack import build_pack
from tests.reports.sample_pack import figure, sample_input, steady

EDITIONS = [
    kind for kind in EditionKind if kind not in {EditionKind.VENDOR, EditionKind.WATCH_LIST}
]
NAMED = {EditionKind.SERVICE_OWNER, EditionKind.TEAM_LEAD}


@cache
def pack_of(kind: EditionKind) -> Pack:
    """A busy week of an edition."""
    choice = Choice(kind=kind, name="Corporate Mail") if kind in NAMED else Choice(kind=kind)
    given = sample_input(12)
    of_changes = figure(
        "change_success", "Change success", Unit.SHARE, Direction.UP, steady(3, 0.9, 0.02), 40
    )
    return build_pack(replace(given, choice=choice, figures=(*given.figures, of_changes)))


@cache
def files_of(kind: EditionKind, wanted: Format) -> tuple[RenderedFile, ...]:
    """Its files."""
    return render(pack_of(kind), wanted)


def figures_in(value: object) -> set[str]:
    """The anchor of every figure that a pack tells: cards, charts, bars, maps, rows of tables."""
    found: set[str] = set()
    if is_dataclass(value) and not isinstance(value, (type, EvidenceList)):
        for one in fields(value):
            part = getattr(value, one.name)
            if one.name in {"anchor", "anchors", "change_anchors"}:
                kept = part if isinstance(part, tuple) else (part,)
                found |= {anchor for anchor in kept if anchor and anchor.startswith("rows-")}
            else:
                found |= figures_in(part)
    elif isinstance(value, tuple):
        for part in value:
            found |= figures_in(part)
    return found


class Crawled(HTMLParser):
    """A page as a crawler sees it: which anchors links lead to, and what stands at each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.linked: set[str] = set()
        self.texts: dict[str, str] = {}
        self._at: str | None = None
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and (given.get("href") or "").startswith("#"):
            self.linked.add(str(given["href"])[1:])
        if tag == "div" and str(given.get("id", "")).startswith("rows-"):
            self._at, self._depth = str(given["id"]), 0
            self.texts[self._at] = ""
        if self._at and tag == "div":
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self._at and tag == "div":
            self._depth -= 1
            self._at = self._at if self._depth else None

    def handle_data(self, data: str) -> None:
        if self._at:
            self.texts[self._at] += data


@pytest.mark.parametrize("kind", EDITIONS)
def test_each_figure_of_a_page_leads_to_its_records(kind: EditionKind) -> None:
    pack, (page, listed, *_pages) = pack_of(kind), files_of(kind, Format.HTML)
    crawled = Crawled(page.data.decode())
    by_anchor = {item.anchor: item for item in evidence_lists(pack)}
    figures = figures_in(pack)
    assert figures, "an edition without figures proves nothing"
    assert figures <= set(by_anchor), "a figure names records that are not in the pack"
    assert figures <= crawled.linked, sorted(figures - crawled.linked)[:5]
    for anchor in figures:
        item, told = by_anchor[anchor], crawled.texts[anchor]
        on_page = re.findall(r"INC\d{7}", told)
        every = (*item.rows, *item.base_rows)
        if len(on_page) < len(every):
            assert listed.name in told, "what the page cuts off is named, with its file"
            assert lines_of(listed, item) == every
        else:
            assert tuple(on_page) == every


def lines_of(listed: RenderedFile, item: EvidenceList) -> tuple[str, ...]:
    """The records of a figure as the list beside the page has them."""
    return tuple(
        row["record"]
        for row in csv.DictReader(StringIO(listed.data.decode(), newline=""))
        if (row["figure_id"], row["dimension"], row["period"])
        == (item.figure_id, item.dimension, item.period)
    )


@pytest.mark.parametrize("kind", EDITIONS)
def test_each_figure_of_a_workbook_leads_to_its_records_and_back(kind: EditionKind) -> None:
    pack = pack_of(kind)
    book = openpyxl.load_workbook(BytesIO(files_of(kind, Format.WORKBOOK)[0].data))
    wanted = {item.anchor: (*item.rows, *item.base_rows) for item in evidence_lists(pack)}
    reached: set[tuple[str, ...]] = set()
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                place = cell.hyperlink.location if cell.hyperlink else None
                if place and re.match(r"'Rows ", place) and not sheet.title.startswith("Rows "):
                    reached |= {begun_at(book, place, n) for n in {len(w) for w in wanted.values()}}
    for anchor in figures_in(pack):
        assert wanted[anchor] in reached, anchor


def begun_at(book: openpyxl.Workbook, place: str, n: int) -> tuple[str, ...]:
    """So many records from a place on."""
    name, _, cell = place.rpartition("!")
    first = int(re.sub(r"\D", "", cell))
    sheet = book[name.strip("'").replace("''", "'")]
    rows = sheet.iter_rows(min_row=first, max_row=first + n - 1, min_col=4, max_col=4)
    return tuple(str(row[0].value) for row in rows)
