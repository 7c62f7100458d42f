"""The charts of a workbook: made by the spreadsheet itself, of cells a reader may change."""

from typing import TYPE_CHECKING

from reports.language import _
from reports.model import BarChart, ControlChart
from reports.tables_csv import neutral
from reports.text import clean
from reports.workbook.styles import ACCENT, FONT, INK, MUTED, RULE

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart

WIDTH, HEIGHT, GAP = 560, 300, 20
"""Of a chart in pixels, and what is between two."""
ROWS = 16
"""Rows a chart covers."""
_VALUE, _MEAN, _LOWER, _UPPER = 2, 3, 4, 5


def control_chart(book: "Workbook", chart: ControlChart, sheet: str, first: int) -> "Chart":
    """A weekly series with its mean and limits, told apart by their dashes."""
    last = first + len(chart.weeks) - 1
    made = book.add_chart({"type": "line"})
    lines = [(_("Value"), _VALUE, ACCENT, "solid", 2.0)]
    if chart.centre is not None:
        lines += [
            (_("Mean"), _MEAN, MUTED, "long_dash", 1.0),
            (_("Lower limit"), _LOWER, MUTED, "round_dot", 1.0),
            (_("Upper limit"), _UPPER, MUTED, "round_dot", 1.0),
        ]
    for name, column, colour, dash, width in lines:
        made.add_series(
            {
                "name": name,
                "categories": [sheet, first, 1, last, 1],
                "values": [sheet, first, column, last, column],
                "line": {"color": colour, "dash_type": dash, "width": width},
                "marker": {"type": "circle", "size": 4, "fill": {"color": ACCENT},
                           "border": {"color": ACCENT}}
                if column == _VALUE
                else {"type": "none"},
            }
        )  # fmt: skip
    _dressed(made, chart.title, chart.unit)
    made.set_legend({"position": "bottom", "font": _font(9)})
    made.show_na_as_empty_cell()
    return made


def bar_chart(book: "Workbook", chart: BarChart, sheet: str, first: int) -> "Chart":
    """Bars of ordered groups, from the table below them."""
    last = first + len(chart.labels) - 1
    made = book.add_chart({"type": "bar"})
    made.add_series(
        {
            "name": _name(chart.measure),
            "categories": [sheet, first, 0, last, 0],
            "values": [sheet, first, 1, last, 1],
            "fill": {"color": ACCENT},
            "data_labels": {"value": True, "font": _font(9)},
            "gap": 60,
        }
    )
    _dressed(made, chart.title, "")
    made.set_y_axis({"reverse": True, "num_font": _font(9), "line": {"color": INK}})
    made.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    made.set_legend({"none": True})
    return made


def _dressed(made: "Chart", title: str, unit: str) -> None:
    made.set_title({"name": _name(title), "name_font": _font(11, bold=True), "overlay": False})
    made.set_size({"width": WIDTH, "height": HEIGHT})
    made.set_x_axis({"num_font": _font(9), "line": {"color": INK}, "interval_unit": 4})
    made.set_y_axis(
        {
            "name": _name(unit),
            "name_font": _font(9),
            "num_font": _font(9),
            "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.75}},
            "line": {"none": True},
        }
    )
    made.set_chartarea({"border": {"color": RULE}})


def _name(text: str) -> str:
    """A name in a chart, which the library would take for a place in a sheet where it looks so."""
    return neutral(clean(text.replace("!", "! "), 120))


def _font(size: int, *, bold: bool = False) -> dict[str, object]:
    return {"name": FONT, "size": size, "bold": bold, "color": INK}
