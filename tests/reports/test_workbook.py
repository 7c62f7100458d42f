"""The workbook, opened again: numbers are numbers, texts are texts, and every figure opens."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.editions import Choice, EditionKind
from reports.evidence import evidence_lists
from reports.language import speaking
from reports.model import EvidenceList, Pack
from reports.pack import build_pack
from reports.workbook.book import render_workbook
from reports.workbook.cells import ROW_PT, read_number
from reports.workbook.plan import MAX_ROWS, Names, planned
from tests.reports.sample_pack import hostile_input, quiet_input, sample_input

HEAD_OF_RECORDS = 4
A4_HEIGHT = 595.0 - 2 * 54.0
"""Of a page on its side less the margins, in points."""


@cache
def pack() -> Pack:
    """A busy week."""
    return build_pack(sample_input(12))


@cache
def book(kind: str = "busy") -> Workbook:
    """The workbook of a pack, as another library reads it."""
    made = pack() if kind == "busy" else build_pack(quiet_input())
    return openpyxl.load_workbook(BytesIO(render_workbook(made)))


def cells(sheet: Worksheet) -> Iterator[Cell]:
    """Every cell that holds something."""
    return (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)


def links(of: Workbook) -> Iterator[tuple[Worksheet, Cell, str]]:
    """Every link of a workbook with the place it leads to."""
    for sheet in of.worksheets:
        for cell in cells(sheet):
            if cell.hyperlink is not None:
                yield sheet, cell, str(cell.hyperlink.location)


def arrives(of: Workbook, location: str) -> Cell:
    """The cell a link leads to; fails where there is none."""
    found = re.fullmatch(r"'(.+)'!([A-Z]+\d+)", location)
    assert found, location
    cell = of[found[1].replace("''", "'")][found[2]]
    assert isinstance(cell, Cell)
    return cell


def records_from(cell: Cell, n: int) -> tuple[tuple[str, str], ...]:
    """So many lines of a sheet of records: how each is counted, and its number."""
    sheet = cell.parent
    assert isinstance(sheet, Worksheet)
    return tuple(
        (str(sheet.cell(row, 3).value), str(sheet.cell(row, 4).value))
        for row in range(cell.row, cell.row + n)
    )


def expected(item: EvidenceList) -> tuple[tuple[str, str], ...]:
    """The lines a list of records must have."""
    counted = [("counted", record) for record in item.rows]
    return (*counted, *(("base", record) for record in item.base_rows))


@pytest.mark.parametrize("kind", ["busy", "quiet"])
def test_every_link_arrives(kind: str) -> None:
    of = book(kind)
    found = list(links(of))
    assert len(found) > 15
    assert all(arrives(of, location).value is not None for _sheet, _cell, location in found)


def test_every_figure_opens_to_exactly_its_records() -> None:
    of, by_anchor = book(), {item.anchor: item for item in evidence_lists(pack())}
    with speaking("en"):
        places = planned(pack(), names_taken(of)).records_at
    opened = {location for _sheet, _cell, location in links(of)}
    assert set(by_anchor) == set(places)
    for section in pack().sections:
        for anchor in anchors_of(section):
            assert places[anchor] in opened, f"no link to the records of {anchor}"
            item = by_anchor[anchor]
            assert records_from(arrives(of, places[anchor]), len(expected(item))) == expected(item)


def names_taken(of: Workbook) -> Names:
    """The names given before those of the sheets of records."""
    names = Names()
    for sheet in of.sheetnames:
        if not sheet.startswith("Rows "):
            names.give(sheet)
    return names


def anchors_of(section: object) -> set[str]:
    """The anchors that a section's figures name."""
    found = re.findall(r"anchors?=(?:'([^']+)'|\(([^)]*)\))", repr(section))
    texts = [one or part for one, many in found for part in [*re.findall(r"'([^']+)'", many), ""]]
    return {text for text in texts if text.startswith("rows-")}


def test_records_lead_back_to_their_figure() -> None:
    of = book()
    rows = [sheet for sheet in of.worksheets if sheet.title.startswith("Rows ")]
    assert rows
    for sheet in rows:
        back = [
            arrives(of, str(cell.hyperlink.location)).parent.title
            for cell in cells(sheet)
            if cell.column == 5 and cell.hyperlink is not None
        ]
        assert back, sheet.title
        assert not [title for title in back if title.startswith("Rows ")]


def test_heads_stay_and_lists_have_a_filter() -> None:
    of = book()
    assert all(sheet.freeze_panes for sheet in of.worksheets)
    filtered = {sheet.title for sheet in of.worksheets if sheet.auto_filter.ref}
    assert {"Figures", "Weekly values", "Candidates", "Register"} <= filtered
    assert {s.title for s in of.worksheets if s.title.startswith("Rows ")} <= filtered


def test_values_are_numbers_shown_as_the_pack_writes_them() -> None:
    sheet = book()["Figures"]
    by_title = {str(sheet.cell(row, 1).value): sheet.cell(row, 2) for row in range(4, 13)}
    opened = by_title["Incidents opened"]
    assert (opened.value, opened.number_format) == (1502, "#,##0")
    share = by_title["Resolved at first contact"]
    assert share.value == pytest.approx(0.72) and share.number_format == "#,##0.0%"


@pytest.mark.parametrize(
    ("text", "value", "shown_as"),
    [
        ("1,204", 1204, "#,##0"),
        ("−0.4", -0.4, "#,##0.0"),
        ("92.3%", 0.923, "#,##0.0%"),
        ("5.2\u00a0h", 5.2, '#,##0.0"\u00a0h"'),
        ("3.5 days", 3.5, '#,##0.0" days"'),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, value: float, shown_as: str) -> None:
    found = read_number(text)
    assert found is not None
    assert found.value == pytest.approx(value)
    assert found.shown_as == shown_as


@pytest.mark.parametrize("text", ["", "–", "0 to 7", "2026-W34", "1,2,3", "=1", "INC0001", "1.2.3"])
def test_what_is_no_number_stays_a_text(text: str) -> None:
    assert read_number(text) is None


def test_german_numbers_are_read_with_german_marks() -> None:
    with speaking("de"):
        found = read_number("1.204,5")
    assert found is not None and found.value == 1204.5


def test_charts_are_the_spreadsheets_own_and_drawn_of_cells() -> None:
    with ZipFile(BytesIO(render_workbook(pack()))) as files:
        drawn = [name for name in files.namelist() if name.startswith("xl/charts/chart")]
        text = b"".join(files.read(name) for name in drawn)
    n_charts = sum(len(s.charts) + len(s.bars) for s in pack().sections)
    assert len(drawn) == n_charts > 5
    assert b"'Weekly values'!$C$" in text


def test_no_chart_is_printed_over_two_pages() -> None:
    """On the page it is printed on, a chart ends before the paper does, and no break cuts it."""
    short = replace(sample_input(12), choice=Choice(kind=EditionKind.EXECUTIVE))
    n_charts = 0
    for made in (pack(), build_pack(short)):
        for sheet in openpyxl.load_workbook(BytesIO(render_workbook(made))).worksheets:
            ends = [one.id for one in sheet.row_breaks.brk]
            for chart in getattr(sheet, "_charts", ()):
                n_charts += 1
                first, last = chart.anchor._from.row, chart.anchor.to.row
                assert not [row for row in ends if first < row <= last], sheet.title
                setup = sheet.sheet_properties.pageSetUpPr
                assert setup is None or not setup.fitToPage, sheet.title
                page = max((row for row in ends if row <= first), default=0)
                heights = (sheet.row_dimensions[row + 1].height for row in range(page, last + 1))
                drawn = sum(15.0 if one is None else one for one in heights)
                assert drawn * (sheet.page_setup.scale or 100) / 100 <= A4_HEIGHT, sheet.title
    assert n_charts > 8


def test_the_weeks_of_a_chart_are_the_cells_it_is_drawn_of() -> None:
    of, charts = book(), [chart for section in pack().sections for chart in section.charts]
    sheet, row = of["Weekly values"], 4
    for chart in charts:
        given = [None if v is None else v * (100 if chart.is_share else 1) for v in chart.values]
        kept = [sheet.cell(row + i, 3).value for i in range(len(given))]
        assert kept == [
            None if value is None else pytest.approx(value, abs=0.5 * 10**-chart.decimals + 1e-9)
            for value in given
        ]
        row += len(given)


def test_hostile_texts_stay_texts() -> None:
    data = render_workbook(build_pack(hostile_input()))
    of = openpyxl.load_workbook(BytesIO(data))
    kinds = {cell.data_type for sheet in of.worksheets for cell in cells(sheet)}
    assert kinds <= {"s", "n"}, "a formula"
    starts = [
        c for s in of.worksheets for c in cells(s) if str(c.value).startswith(("=", "+", "@"))
    ]
    assert starts, "the attack is in it"
    assert all(cell.quotePrefix for cell in starts)
    texts = "".join(str(c.value) for s in of.worksheets for c in cells(s))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2028]", texts)
    locations = [location for _sheet, _cell, location in links(of)]
    assert all(arrives(of, location) for location in locations)
    with ZipFile(BytesIO(data)) as files:
        related = b"".join(files.read(n) for n in files.namelist() if n.endswith(".rels"))
    assert b"External" not in related, "a link out of the book"


def test_endless_texts_are_cut_to_what_a_cell_holds() -> None:
    sections = tuple(
        replace(s, title="W" * 100_000, notes=("W" * 100_000,)) for s in pack().sections
    )
    of = openpyxl.load_workbook(BytesIO(render_workbook(replace(pack(), sections=sections))))
    assert max(len(str(c.value)) for s in of.worksheets for c in cells(s)) <= 8_000
    assert all(len(name) <= 31 for name in of.sheetnames)


def test_sheets_are_named_as_spreadsheets_allow() -> None:
    names = Names()
    given = [names.give(text) for text in ("A/B: c", "a b C", "History", "'", "x" * 40, "x" * 50)]
    assert given == ["A B c", "a b C (2)", "History (2)", "-", "x" * 31, "x" * 27 + " (2)"]


def test_records_go_on_on_another_sheet_where_one_is_full() -> None:
    lists = tuple(
        replace(pack().evidence[0], anchor=f"rows-x-{i}", rows=("INC1",) * n, base_rows=())
        for i, n in enumerate((MAX_ROWS - 1, 1, 1))
    )
    plan = planned(replace(pack(), evidence=lists, candidate_rows=()), Names())
    assert [len(sheet.lists) for sheet in plan.sheets] == [2, 1]
    assert plan.records_at["rows-x-2"].endswith("!A5")


def test_heads_that_take_two_lines_have_two() -> None:
    """In a row of one line's height only the last of the words would be seen."""
    made = build_pack(replace(sample_input(12), choice=Choice(language="de")))
    with speaking("de"):
        data = render_workbook(made)
    sheet = openpyxl.load_workbook(BytesIO(data))["Wochenwerte"]
    (head,) = (cell for cell in cells(sheet) if cell.value == "Untere Grenze")
    assert (sheet.row_dimensions[head.row].height or 0) >= 2 * ROW_PT
