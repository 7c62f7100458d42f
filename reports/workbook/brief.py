"""The first sheet: the brief, its charts where no section has any, and the contents of the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.heading import edition_of, heading
from reports.language import _
from reports.lookup import members_anchor
from reports.model import Ask, Pack
from reports.numbers import NO_BREAK
from reports.workbook.cells import ROW_PT, Sheet, place_of
from reports.workbook.charts import GAP, ROWS, WIDTH, control_chart
from reports.workbook.paper import Paper
from reports.workbook.plan import Plan

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_COLUMNS, _WIDTHS = 4, (58, 34, 26, 40, 10)
_LINK = 4
"""The column of links to records."""


@dataclass(slots=True)
class BriefWriter:
    """Writes the first sheet from the top down; it knows where records and weeks are."""

    book: "Workbook"
    sheet: Sheet
    pack: Pack
    plan: Plan
    weeks_sheet: str
    weeks_at: Mapping[int, int]
    row: int = 0
    paper: Paper = field(default_factory=lambda: Paper(_WIDTHS))

    def write(self, contents: Sequence[tuple[str, str]]) -> int:
        """The sheet, with its contents by sheet and title; gives the number of charts drawn."""
        for place, width in enumerate(_WIDTHS):
            self.sheet.sheet.set_column(place, place, width)
        self._head()
        self._asks()
        self._changes()
        n_charts = self._charts()
        self._lines(_("What is missing"), self.pack.brief.gaps)
        self._contents(contents)
        self.sheet.sheet.freeze_panes(3, 0)
        self.paper.set_up(self.sheet.sheet)
        return n_charts

    def _head(self) -> None:
        pack, brief = self.pack, self.pack.brief
        self.sheet.title(heading(pack), "", "")
        line = f"{pack.organisation} · {pack.period} · {edition_of(pack)}"
        self.sheet.text(1, 0, line.replace(NO_BREAK, " "), "line")
        self.sheet.text(2, 0, _("Known up to {cutoff}", cutoff=pack.cutoff), "line")
        self.row = 4
        self._wide(brief.headline, "opening")
        for comment in pack.comments:
            if comment.section_id == "brief":
                self._wide(f"“{comment.text}” — {comment.by}, {comment.at}", "quote")
        if brief.programme:
            self._wide(brief.programme, "free")

    def _wide(self, text: str, kind: str) -> None:
        letters = 120 if kind == "opening" else 140
        self.paper.used += self.sheet.wide(self.row, text, kind, _COLUMNS, letters)
        self.row += 1

    def _skip(self, rows: int) -> None:
        self.row += rows
        self.paper.used += rows * ROW_PT

    def _title(self, text: str) -> None:
        self._skip(1)
        self._wide(text, "heading")

    def _asks(self) -> None:
        self._title(_("Decisions asked"))
        for ask in self.pack.brief.asks:
            self._ask(ask)
        if not self.pack.brief.asks:
            self._wide(_("None this time."), "free")

    def _ask(self, ask: Ask) -> None:
        people = "; ".join(filter(None, (ask.owner, ask.due)))
        cells = (ask.title, ask.reason, people, ask.cost)
        self.paper.used += self.sheet.high(self.row, cells, _WIDTHS)
        self.sheet.text(self.row, 0, ask.title, "strong")
        for place, text in enumerate((ask.reason, people, ask.cost), 1):
            self.sheet.text(self.row, place, text)
        self._opens(members_anchor(ask.key))
        self.row += 1

    def _opens(self, anchor: str | None) -> None:
        """A link at the end of the row to the records of an anchor, where there are any."""
        if records := self.plan.records_at.get(anchor or ""):
            self.plan.note(anchor, place_of(self.sheet.name, self.row))
            self.sheet.link(self.row, _LINK, records, _("open"))

    def _changes(self) -> None:
        brief = self.pack.brief
        if not brief.changes:
            return
        self._title(_("What changed"))
        for place, line in enumerate(brief.changes):
            anchors = brief.change_anchors
            self.paper.used += self.sheet.wide(self.row, line, "free", _COLUMNS, 140)
            self._opens(anchors[place] if place < len(anchors) else None)
            self.row += 1

    def _charts(self) -> int:
        """The charts of a brief that is all there is, two side by side."""
        charts = () if self.pack.sections else self.pack.brief.charts
        self._skip(1 if charts else 0)
        for place, chart in enumerate(charts):
            made = control_chart(self.book, chart, self.weeks_sheet, self.weeks_at[place])
            if place % 2 == 0:
                self.paper.room(self.row, ROWS * ROW_PT)
            left = 4 + place % 2 * (WIDTH + GAP)
            at = {"x_offset": left, "y_offset": 4, "object_position": 2}
            self.sheet.sheet.insert_chart(self.row, 0, made, at)
            if place % 2 or place == len(charts) - 1:
                self._skip(ROWS)
        return len(charts)

    def _lines(self, title: str, lines: Sequence[str]) -> None:
        if lines:
            self._title(title)
        for line in lines:
            self._wide(line, "free")

    def _contents(self, contents: Sequence[tuple[str, str]]) -> None:
        self._title(_("Contents"))
        for name, title in contents:
            self.sheet.link(self.row, 0, place_of(name, 0), title, "link_free")
            self.row += 1
        for records in self.plan.sheets:
            told = f"{_('Rows')} {records.title}"
            self.sheet.link(self.row, 0, place_of(records.name, 0), told, "link_free")
            n = sum(len(one.rows) + len(one.base_rows) for one in records.lists)
            self.sheet.number(self.row, 1, f"{n}")
            self.row += 1
