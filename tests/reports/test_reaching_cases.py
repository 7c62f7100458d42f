"""From every figure of a vendor's dossier and of a watch list a reader reaches the records."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest

from reports.formats import Format, render
from reports.model import Pack
from tests.reports.narrow_packs import dossier, watch_list


@pytest.mark.parametrize("make", [dossier, watch_list])
@pytest.mark.parametrize("kind", [Format.HTML, Format.WORKBOOK])
def test_every_list_is_led_to_and_is_whole(make: Callable[[], Pack], kind: Format) -> None:
    pack = make()
    counted = [t for s in pack.sections for t in s.tables if t.anchors]
    rows = [pair for t in counted for pair in zip(t.anchors, t.rows, strict=True)]
    assert all(anchor or set(row[1:]) == {"0"} for anchor, row in rows), "a figure without records"
    anchors = {anchor for anchor, _row in rows if anchor}
    assert anchors == {item.anchor for item in pack.evidence}
    data = render(pack, kind)[0].data
    if kind is Format.HTML:
        page = data.decode()
        assert all(f'href="#{a}"' in page and f'id="{a}"' in page for a in anchors)
        told = page.partition('id="evidence"')[2]
        lists = [told.partition(f'id="{item.anchor}"')[2] for item in pack.evidence]
    else:
        book = openpyxl.load_workbook(BytesIO(data))
        lists = [_after(book, item.anchor, pack) for item in pack.evidence]
    for item, text in zip(pack.evidence, lists, strict=True):
        assert [row for row in (*item.rows, *item.base_rows) if row not in text] == []


def _after(book: openpyxl.Workbook, anchor: str, pack: Pack) -> str:
    """What stands below the place that the table of a figure leads to."""
    table = next(t for s in pack.sections for t in s.tables if anchor in t.anchors)
    first = table.rows[table.anchors.index(anchor)][0]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            place = next((c.hyperlink.location for c in row if c.hyperlink), None)
            if row[0].value == first and place and "Rows " in place:
                name, _, cell = place.rpartition("!")
                there = book[name.strip("'").replace("''", "'")]
                at = int("".join(filter(str.isdigit, cell)))
                kept = there.iter_rows(min_row=at, values_only=True)
                return "\n".join(str(value) for one in kept for value in one)
    raise AssertionError(f"no link leads to {anchor}")
