"""The workbook of a pack, sheet by sheet; the same pack gives the same bytes."""

from io import BytesIO
from typing import TYPE_CHECKING

from itsm.errors import RenderError
from reports.heading import edition_of, heading
from reports.language import _
from reports.model import Ask, Pack
from reports.numbers import NO_BREAK
from reports.text import printable
from reports.workbook.cells import Sheet, place_of
from reports.workbook.lists import Listing, listings, weeks_of, write_list
from reports.workbook.plan import Names, Plan, planned
from reports.workbook.records import write_records
from reports.workbook.sections import SectionWriter
from reports.workbook.styles import Styles

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_COLUMNS, _WIDTHS = 4, (58, 34, 26, 40)
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def render_workbook(pack: Pack) -> bytes:
    """A pack as an Excel workbook.

    Raises:
        RenderError: the workbook library is not installed.
    """
    kept = BytesIO()
    book = _made(kept)
    book.set_properties(_properties(pack))
    book.set_size(1600, 1000)
    _Book(book, pack).write()
    book.close()
    return kept.getvalue()


def _made(kept: BytesIO) -> "Workbook":
    try:
        from xlsxwriter import Workbook
    except ModuleNotFoundError as error:
        raise RenderError(
            f"no workbook: {error.name} is not installed: pip install {error.name}"
        ) from error
    return Workbook(kept, _OPTIONS)


def _properties(pack: Pack) -> dict[str, object]:
    return {
        "title": printable(f"{pack.organisation}: {heading(pack)}")[:200],
        "subject": printable(pack.period)[:200],
        "author": printable(pack.organisation)[:200],
        "created": pack.made_at.replace(tzinfo=None, microsecond=0),
    }


class _Book:
    """The sheets of one pack, named before anything is written, so that all can link to all."""

    def __init__(self, book: "Workbook", pack: Pack) -> None:
        self._book, self._pack, self._styles = book, pack, Styles(book)
        names = Names()
        self._first = names.give(_("The week in brief"))
        self._sections = [names.give(section.title) for section in pack.sections]
        self._lists: list[tuple[str, Listing]] = [
            (names.give(one.title), one) for one in listings(pack)
        ]
        self._plan: Plan = planned(pack, names)
        self._contents = place_of(self._first, 0)

    def write(self) -> None:
        """Every sheet, in the order a reader meets them."""
        self._brief(self._sheet(self._first))
        weeks = next((n for n, one in self._lists if one.title == _("Weekly values")), "")
        writer = SectionWriter(self._book, self._plan, self._contents, weeks, weeks_of(self._pack))
        for name, section in zip(self._sections, self._pack.sections, strict=True):
            writer.write(self._sheet(name), section, self._pack)
        for name, listing in self._lists:
            write_list(self._sheet(name), listing, self._plan, self._contents)
        for records in self._plan.sheets:
            write_records(self._sheet(records.name), records, self._plan, self._contents)

    def _sheet(self, name: str) -> Sheet:
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        head = f"{self._pack.organisation} · {self._pack.period}".replace("&", "&&")
        sheet.set_header(f"&L&9{printable(head)[:100]}&R&9&A")
        sheet.set_footer(f"&L&9{printable(self._pack.cutoff)[:60]}&R&9&P / &N")
        return Sheet(sheet, self._styles, name)

    def _brief(self, sheet: Sheet) -> None:
        brief, pack = self._pack.brief, self._pack
        for place, width in enumerate(_WIDTHS):
            sheet.sheet.set_column(place, place, width)
        sheet.title(heading(pack), "", "")
        line = f"{pack.organisation} · {pack.period} · {edition_of(pack)}"
        sheet.text(1, 0, line.replace(NO_BREAK, " "), "line")
        sheet.text(2, 0, _("Known up to {cutoff}", cutoff=pack.cutoff), "line")
        row = self._wide(sheet, 4, brief.headline, "opening")
        for comment in pack.comments:
            if comment.section_id == "brief":
                row = self._wide(
                    sheet, row, f"“{comment.text}” — {comment.by}, {comment.at}", "quote"
                )
        if brief.programme:
            row = self._wide(sheet, row, brief.programme, "free")
        row = self._asks(sheet, self._wide(sheet, row + 1, _("Decisions asked"), "heading"))
        row = self._lines(sheet, row + 1, _("What changed"), brief.changes)
        row = self._lines(sheet, row + 1, _("What is missing"), brief.gaps)
        self._contents_list(sheet, self._wide(sheet, row + 1, _("Contents"), "heading"))
        sheet.sheet.freeze_panes(3, 0)

    @staticmethod
    def _wide(sheet: Sheet, row: int, text: str, kind: str) -> int:
        sheet.wide(row, text, kind, _COLUMNS, 120 if kind == "opening" else 140)
        return row + 1

    def _asks(self, sheet: Sheet, row: int) -> int:
        for ask in self._pack.brief.asks:
            row = self._ask(sheet, row, ask)
        if not self._pack.brief.asks:
            return self._wide(sheet, row, _("None this week."), "free")
        return row

    def _ask(self, sheet: Sheet, row: int, ask: Ask) -> int:
        people = "; ".join(filter(None, (ask.owner, ask.due)))
        sheet.high(row, (ask.title, ask.reason, people, ask.cost), _WIDTHS)
        records = self._plan.records_at.get(f"rows-{ask.anchor}")
        if records:
            sheet.link(row, 0, records, ask.title)
            self._plan.note(f"rows-{ask.anchor}", place_of(sheet.name, row))
        else:
            sheet.text(row, 0, ask.title, "strong")
        sheet.text(row, 1, ask.reason)
        sheet.text(row, 2, people)
        sheet.text(row, 3, ask.cost)
        return row + 1

    def _lines(self, sheet: Sheet, row: int, title: str, lines: tuple[str, ...]) -> int:
        if not lines:
            return row - 1
        row = self._wide(sheet, row, title, "heading")
        for line in lines:
            row = self._wide(sheet, row, line, "free")
        return row

    def _contents_list(self, sheet: Sheet, row: int) -> None:
        titles = [(name, section.title) for name, section in zip(
            self._sections, self._pack.sections, strict=True)]  # fmt: skip
        titles += [(name, listing.title) for name, listing in self._lists]
        for name, title in titles:
            sheet.link(row, 0, place_of(name, 0), title, "link_free")
            row += 1
        for records in self._plan.sheets:
            sheet.link(row, 0, place_of(records.name, 0), records.name, "link_free")
            n = sum(len(one.rows) + len(one.base_rows) for one in records.lists)
            sheet.number(row, 1, f"{n}")
            row += 1
