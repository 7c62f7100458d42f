"""The sheets of the sections: what happened, the figures, their charts, and every table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reports.chart_tables import bar_table, map_table
from reports.language import _
from reports.lookup import members_anchor
from reports.model import CandidateCard, Card, Column, Comment, Pack, Section, Table
from reports.text import clean
from reports.workbook.cells import ROW_PT, Sheet, place_of
from reports.workbook.charts import GAP, ROWS, WIDTH, bar_chart, control_chart
from reports.workbook.paper import Paper
from reports.workbook.plan import Plan

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart

_FIRST, _LEAST, _MOST = 40, 11, 34
"""Widths of columns in letters: the first one, and the bounds of the others."""
_LONG, _WIDE = 4 * _MOST, 60
"""Texts of so many letters get a column of so many."""
_MIN_COLUMNS = 6


@dataclass(slots=True)
class SectionWriter:
    """Writes sections; it knows the book, where records are, and where charts find their weeks."""

    book: "Workbook"
    plan: Plan
    contents: str
    weeks_sheet: str
    weeks_at: Mapping[int, int]
    n_charts: int = 0

    def write(self, sheet: Sheet, section: Section, pack: Pack) -> None:
        """One section as a sheet."""
        widths = _widths(section)
        for place, width in enumerate(widths):
            sheet.sheet.set_column(place, place, width)
        page = _Page(sheet, self.plan, widths, Paper(widths))
        sheet.title(section.title, self.contents, _("Back to the contents"))
        page.row = 3
        page.opening(section, pack.comments)
        page.cards(section.cards)
        self._charts(page, section)
        page.candidates(section.candidates)
        for bars in section.bars:
            first = page.table(bar_table(bars))
            page.room(ROWS * ROW_PT)
            page.drawn(bar_chart(self.book, bars, sheet.name, first), 0)
            page.skip(ROWS)
        for drawn in section.maps:
            page.table(replace(map_table(drawn), caption=drawn.title))
        for table in section.tables:
            page.table(table)
        for note in section.notes:
            page.wide(note, "note")
        sheet.sheet.freeze_panes(2, 0)
        page.paper.set_up(sheet.sheet)

    def _charts(self, page: "_Page", section: Section) -> None:
        for place, chart in enumerate(section.charts):
            first = self.weeks_at[self.n_charts]
            self.n_charts += 1
            made = control_chart(self.book, chart, self.weeks_sheet, first)
            if place % 2 == 0:
                page.room(ROWS * ROW_PT)
            page.drawn(made, place % 2)
            if place % 2 or place == len(section.charts) - 1:
                page.skip(ROWS)


@dataclass(slots=True)
class _Page:
    """A sheet that is written from the top down."""

    sheet: Sheet
    plan: Plan
    widths: tuple[int, ...]
    paper: Paper
    row: int = 0

    def room(self, needed: float) -> None:
        """Go on to the next page of print where too little of this one is left."""
        self.paper.room(self.row, needed)

    def skip(self, rows: int) -> None:
        """Leave rows free, for a chart or as a gap."""
        self.row += rows
        self.paper.used += rows * ROW_PT

    def wide(self, text: str, kind: str) -> None:
        """A text over the whole width."""
        smaller = {"opening": 1.25, "heading": 1.3}.get(kind, 1.1)
        letters = max(20, int(sum(self.widths) / smaller))
        self.paper.used += self.sheet.wide(self.row, text, kind, len(self.widths), letters)
        self.row += 1

    def opening(self, section: Section, comments: Sequence[Comment]) -> None:
        """What happened, what is asked, and what a person says of it."""
        self.wide(section.opening.sentence, "opening")
        if section.opening.ask:
            self.wide(f"{_('Asked of you:')} {section.opening.ask}", "ask")
        for comment in comments:
            if comment.section_id == section.id:
                self.wide(f"“{comment.text}” — {comment.by}, {comment.at}", "quote")
        self.skip(1)

    def cards(self, cards: Sequence[Card]) -> None:
        """The headline figures; each opens to its records."""
        if not cards:
            return
        self.wide(_("Figures"), "heading")
        columns = (
            *(Column(title=_("Figure")), Column(title=_("Value"), is_number=True)),
            *(Column(title=_("What the chart says")), Column(title=_("Records"))),
        )
        self.paper.used += self.sheet.head(self.row, columns, self.widths)
        for card in cards:
            self.row += 1
            self.paper.used += self.sheet.high(
                self.row, (card.title, "", card.verdict), self.widths
            )
            self._card(card)
        self.skip(2)

    def _card(self, card: Card) -> None:
        self.sheet.text(self.row, 0, card.title, "strong")
        self.sheet.number(self.row, 1, card.value)
        is_known = card.tone in {"worse", "better", "shift"}
        self.sheet.text(self.row, 2, card.verdict, card.tone if is_known else "normal")
        self._opens(card.anchor, 3, _("open"))

    def _opens(self, anchor: str | None, column: int, text: str) -> None:
        if anchor in self.plan.records_at:
            self.plan.note(anchor, place_of(self.sheet.name, self.row))
            self.sheet.link(self.row, column, self.plan.records_at[anchor or ""], text)

    def drawn(self, chart: "Chart", place: int) -> None:
        """A chart, on the left or on the right."""
        self.sheet.sheet.insert_chart(
            self.row,
            0,
            chart,
            {"x_offset": 4 + place * (WIDTH + GAP), "y_offset": 4, "object_position": 2},
        )

    def candidates(self, cards: Sequence[CandidateCard]) -> None:
        """The candidates a reader decides on; each opens to its members."""
        if cards:
            self.table(_candidate_table(cards))

    def table(self, table: Table) -> int:
        """A table with its caption and note; gives the row of its first line."""
        self.room(6 * ROW_PT)
        self.wide(table.caption, "heading")
        has_records = any(anchor in self.plan.records_at for anchor in table.anchors)
        columns = table.columns + ((Column(title=_("Records")),) if has_records else ())
        self.paper.used += self.sheet.head(self.row, columns, self.widths)
        first = self.row + 1
        for place, cells in enumerate(table.rows):
            self.row += 1
            self.paper.used += self.sheet.high(self.row, cells, self.widths)
            for at, cell in enumerate(cells):
                write = self.sheet.number if table.columns[at].is_number else self.sheet.text
                write(self.row, at, cell)
            self._opens(table.anchors[place] if table.anchors else None, len(cells), _("open"))
        self.skip(1)
        if table.note:
            self.wide(table.note, "note")
        self.skip(1)
        return first


def _candidate_table(cards: Sequence[CandidateCard]) -> Table:
    """The cards side by side: what each is, and why its incidents are together."""
    names = list(dict.fromkeys(name for card in cards for name, _value in card.facts))
    heads = (_("Candidate"), *names, _("Life"), _("Movement"), _("Decision"), _("Why grouped"))
    return Table(
        caption=_("Candidates in order"),
        columns=tuple(Column(title=head) for head in heads),
        rows=tuple(_candidate_row(card, names) for card in cards),
        anchors=tuple(members_anchor(card.candidate_id) for card in cards),
    )


def _candidate_row(card: CandidateCard, names: Sequence[str]) -> tuple[str, ...]:
    facts = dict(card.facts)
    why = "; ".join(f"{reason.kind}: {reason.text}" for reason in card.reasons)
    return (
        f"{card.rank}. {card.statement}",
        *(facts.get(name, "") for name in names),
        *(card.life, card.movement, card.decision, clean(why, 400)),
    )


def _widths(section: Section) -> tuple[int, ...]:
    """The width of each column in letters, from the cells of all tables below each other."""
    tables: list[Table] = [*section.tables, *map(bar_table, section.bars)]
    if section.candidates:
        tables.append(_candidate_table(section.candidates))
    n = max([_MIN_COLUMNS, *(len(table.columns) + 1 for table in tables)])
    longest = [_LEAST] * n
    longest[2] = 30 if section.cards else _LEAST
    for table in tables:
        for place, column in enumerate(table.columns):
            words = (len(word) + 3 for word in column.title.split())
            longest[place] = max([longest[place], *words])
        for cells in table.rows:
            for place, cell in enumerate(cells):
                longest[place] = max(longest[place], _width(cell))
    return (max(_FIRST, longest[0]), *longest[1:])


def _width(cell: str) -> int:
    """Letters of a column that a text asks for."""
    return _WIDE if len(cell) >= _LONG else min(len(cell) + 3, _MOST)
