"""The data behind the charts of a pack, as tables."""

from collections.abc import Sequence

from reports.chart_marks import told
from reports.model import BarChart, Column, ControlChart, Pack, Table
from reports.numbers import number

PER_TABLE = 7
"""Charts side by side in a table of weekly values."""


def chart_table(chart: ControlChart) -> Table:
    """The weeks of one chart, with its limits and marks in words."""
    return Table(
        caption=f"Weekly values, {chart.unit}",
        columns=(Column(title="Week"), Column(title="Value", is_number=True)),
        rows=tuple(
            (week, chart_value(chart, value))
            for week, value in zip(chart.weeks, chart.values, strict=True)
        ),
        note=limits_note(chart),
    )


def chart_value(chart: ControlChart, value: float | None) -> str:
    """A value of a chart as its table writes it; a share as a percentage."""
    if value is None:
        return "–"
    return number(value * 100 if chart.is_share else value, chart.decimals)


def limits_note(chart: ControlChart) -> str | None:
    """The mean and the limits of a chart, and what is marked in it."""
    marked = [f"{mark.key}: {told(mark, chart.weeks)}." for mark in chart.marks]
    if chart.lower is None or chart.centre is None or chart.upper is None:
        return " ".join(marked) or None
    mean, low, high = (chart_value(chart, v) for v in (chart.centre, chart.lower, chart.upper))
    since = f" from {chart.weeks[chart.limits_from]} on" if chart.limits_from else ""
    return " ".join((f"Mean {mean}, limits {low} to {high} ({chart.unit}){since}.", *marked))


def bar_table(chart: BarChart) -> Table:
    """The bars of one chart; each row opens to its records."""
    return Table(
        caption=f"{chart.measure} by {chart.group.lower()}",
        columns=(Column(title=chart.group), Column(title="Value", is_number=True)),
        rows=tuple(zip(chart.labels, chart.texts, strict=True)),
        anchors=chart.anchors,
    )


def data_tables(pack: Pack) -> tuple[Table, ...]:
    """All charts side by side, one row per week, a few to a table."""
    charts = [chart for section in pack.sections for chart in section.charts]
    alike: dict[tuple[str, ...], list[ControlChart]] = {}
    for chart in charts:
        alike.setdefault(chart.weeks, []).append(chart)
    return tuple(
        _weeks_table(weeks, kept[start : start + PER_TABLE])
        for weeks, kept in alike.items()
        for start in range(0, len(kept), PER_TABLE)
    )


def _weeks_table(weeks: tuple[str, ...], charts: Sequence[ControlChart]) -> Table:
    heads = [f"{chart.title.partition(':')[0]} ({chart.unit})" for chart in charts]
    return Table(
        caption=f"Weekly values, {weeks[0]} to {weeks[-1]}",
        columns=(Column(title="Week"), *(Column(title=head, is_number=True) for head in heads)),
        rows=tuple(
            (week, *(chart_value(chart, chart.values[i]) for chart in charts))
            for i, week in enumerate(weeks)
        ),
    )
