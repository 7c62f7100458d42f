"""Charts of slides that the slide program draws itself and a reader can edit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE_DASH_STYLE
from pptx.util import Emu, Pt

from reports.charts import described
from reports.language import _
from reports.model import ControlChart
from reports.slides.look import ACCENT, FONT, INK, MUTED, RULE, WORSE
from reports.text import clean

if TYPE_CHECKING:
    from pptx.chart.chart import Chart
    from pptx.chart.series import LineSeries
    from pptx.slide import Slide

_MARKERS = {
    "worse": (XL_MARKER_STYLE.DIAMOND, 11, WORSE),
    "better": (XL_MARKER_STYLE.TRIANGLE, 11, ACCENT),
    "shift": (XL_MARKER_STYLE.SQUARE, 10, INK),
}
"""The mark of the newest week: its shape says what it is, also without colour."""


def add_control_chart(
    slide: "Slide", chart: ControlChart, left: int, top: int, width: int, height: int
) -> None:
    """A weekly series with its mean and limits, as a chart with its data inside."""
    frame = slide.shapes.add_chart(
        XL_CHART_TYPE.LINE_MARKERS, Emu(left), Emu(top), Emu(width), Emu(height), _data(chart)
    )
    frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(described(chart), 500))
    frame.name = clean(chart.title, 80)
    made = frame.chart
    made.font.name, made.font.size = FONT, Pt(12)
    made.font.color.rgb = MUTED
    made.has_title = False
    made.has_legend = True
    made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    _axes(made, chart)
    _lines(made, chart)


def _data(chart: ControlChart) -> CategoryChartData:
    shown = ("0." + "0" * chart.decimals if chart.decimals else "#,##0") + "%" * chart.is_share
    data = CategoryChartData(number_format=shown)
    data.categories = list(chart.weeks)
    data.add_series(_("Value"), chart.values)
    held = [place >= chart.limits_from for place in range(len(chart.weeks))]
    for name, limit in (
        (_("Mean"), chart.centre), (_("Lower limit"), chart.lower), (_("Upper limit"), chart.upper),
    ):  # fmt: skip
        if limit is not None:
            data.add_series(name, [limit if is_held else None for is_held in held])
    return data


def _axes(made: "Chart", chart: ControlChart) -> None:
    value, weeks = made.value_axis, made.category_axis
    value.has_major_gridlines = True
    if chart.is_share:
        value.tick_labels.number_format, value.tick_labels.number_format_is_linked = "0%", False
        drawn = [v for v in (*chart.values, chart.upper) if v is not None]
        value.maximum_scale = 1.0 if 0.75 < max(drawn, default=0.0) <= 1 else None
    value.major_gridlines.format.line.color.rgb = RULE
    value.major_gridlines.format.line.width = Pt(0.75)
    value.format.line.fill.background()
    value.tick_labels.font.size = weeks.tick_labels.font.size = Pt(11)
    weeks.format.line.color.rgb = INK
    weeks.tick_label_position = XL_TICK_LABEL_POSITION.LOW


def _lines(made: "Chart", chart: ControlChart) -> None:
    series: Sequence[LineSeries] = list(made.plots[0].series)
    first, limits = series[0], series[1:]
    first.smooth = False
    first.format.line.color.rgb, first.format.line.width = ACCENT, Pt(2.25)
    first.marker.style, first.marker.size = XL_MARKER_STYLE.CIRCLE, 5
    first.marker.format.fill.solid()
    first.marker.format.fill.fore_color.rgb = ACCENT
    first.marker.format.line.color.rgb = ACCENT
    for place, line in enumerate(limits):
        line.smooth = False
        line.format.line.color.rgb, line.format.line.width = MUTED, Pt(1.25)
        dash = MSO_LINE_DASH_STYLE.LONG_DASH if place == 0 else MSO_LINE_DASH_STYLE.ROUND_DOT
        line.format.line.dash_style = dash
        line.marker.style = XL_MARKER_STYLE.NONE
    _newest(first, chart)


def _newest(series: "LineSeries", chart: ControlChart) -> None:
    """Mark the newest week by the shape of its tone."""
    known = [place for place, value in enumerate(chart.values) if value is not None]
    if not known or chart.tone not in _MARKERS or known[-1] != len(chart.values) - 1:
        return
    style, size, colour = _MARKERS[chart.tone]
    marker = series.points[known[-1]].marker
    marker.style, marker.size = style, size
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = colour
    marker.format.line.color.rgb = colour
