"""The workbook of a pack, sheet by sheet; the same pack gives the same bytes."""

from io import BytesIO
from typing import TYPE_CHECKING

from itsm.errors import RenderError
from reports.heading import heading
from reports.language import _
from reports.model import Pack
from reports.text import printable
from reports.workbook.brief import BriefWriter
from reports.workbook.cells import Sheet, place_of
from reports.workbook.lists import Listing, listings, weeks_of, write_list
from reports.workbook.plan import Names, Plan, planned
from reports.workbook.records import write_records
from reports.workbook.sections import SectionWriter
from reports.workbook.styles import Styles

if TYPE_CHECKING:
    from xlsxwriter import Workbook

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
        weeks = next((n for n, one in self._lists if one.title == _("Weekly values")), "")
        at = weeks_of(self._pack)
        first = self._sheet(self._first)
        brief = BriefWriter(self._book, first, self._pack, self._plan, weeks, at)
        n_charts = brief.write(self._titles())
        writer = SectionWriter(self._book, self._plan, self._contents, weeks, at, n_charts)
        for name, section in zip(self._sections, self._pack.sections, strict=True):
            writer.write(self._sheet(name), section, self._pack)
        for name, listing in self._lists:
            write_list(self._sheet(name), listing, self._plan, self._contents)
        for records in self._plan.sheets:
            write_records(self._sheet(records.name), records, self._plan, self._contents)

    def _titles(self) -> list[tuple[str, str]]:
        """The sheets in their order with their titles, but for those of records."""
        sections = zip(self._sections, self._pack.sections, strict=True)
        titles = [(name, section.title) for name, section in sections]
        return titles + [(name, listing.title) for name, listing in self._lists]

    def _sheet(self, name: str) -> Sheet:
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        head = f"{self._pack.organisation} · {self._pack.period}".replace("&", "&&")
        sheet.set_header(f"&L&9 {printable(head)[:100]}&R&9 &A")
        sheet.set_footer(f"&L&9 {printable(self._pack.cutoff)[:60]}&R&9 &P / &N")
        return Sheet(sheet, self._styles, name)
