"""The sheets of records: one for each figure, one line for each record, with the way back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports.language import _
from reports.model import Column, EvidenceList
from reports.tables_csv import neutral
from reports.workbook.cells import Sheet, safe
from reports.workbook.plan import FIRST_ROW, Plan, RecordSheet

if TYPE_CHECKING:
    from xlsxwriter.format import Format

MAX_NUMBER = 80
"""Letters of a record's number; a longer one is looked at more closely."""
_WIDTHS = (44, 16, 12, 26, 34)


def write_records(sheet: Sheet, kept: RecordSheet, plan: Plan, contents: str) -> None:
    """One sheet of records."""
    sheet.title(kept.title, contents, _("Back to the contents"))
    sheet.head(FIRST_ROW - 1, _columns(), _WIDTHS)
    last = _lines(sheet, kept, plan)
    for place, width in enumerate(_WIDTHS):
        sheet.sheet.set_column(place, place, width)
    sheet.sheet.freeze_panes(FIRST_ROW, 0)
    sheet.sheet.autofilter(FIRST_ROW - 1, 0, max(last, FIRST_ROW), len(_WIDTHS) - 1)


def _columns() -> tuple[Column, ...]:
    titles = (_("Part"), _("Period"), _("Counted as"), _("Record"), _("Back to the figure"))
    return tuple(Column(title=title) for title in titles)


def _lines(sheet: Sheet, kept: RecordSheet, plan: Plan) -> int:
    """Every record, in the innermost loop of a workbook; gives the last row written."""
    write, row = sheet.sheet.write_string, FIRST_ROW
    style, quoted = sheet.styles.get("row"), sheet.styles.get("row", quoted=True)
    for item in kept.lists:
        if back := plan.figures_at.get(item.anchor):
            sheet.link(row, 4, back, item.title)
        part, period = safe(item.dimension or _("all")), safe(item.period)
        part_style = quoted if neutral(part) != part else style
        period_style = quoted if neutral(period) != period else style
        for word, record, record_style in _of(item, style, quoted):
            write(row, 0, part, part_style)
            write(row, 1, period, period_style)
            write(row, 2, word, style)
            write(row, 3, record, record_style)
            row += 1
    return row - 1


def _of(
    item: EvidenceList, style: "Format", quoted: "Format"
) -> Iterator[tuple[str, str, "Format"]]:
    for word, records in ((_("counted"), item.rows), (_("base"), item.base_rows)):
        for record in records:
            kept = record if len(record) < MAX_NUMBER and record.isalnum() else safe(record)
            yield word, kept, style if kept.isalnum() or neutral(kept) == kept else quoted
