"""The data behind the charts of a pack, as tables."""

from collections.abc import Sequence

from reports.chart_marks import told
from reports.language import _
from reports.model import BarChart, Column, ControlChart, HandOffMap, Pack, Table
from reports.numbers import number

PER_TABLE = 7
"""Charts side by side in a table of weekly values."""


def chart_table(chart: ControlChart) -> Table:
    """The weeks of one chart, with its limits and marks in words."""
    return Table(
        caption=_("Values of the chart, {unit}", unit=chart.unit),
        columns=(Column(title=_("Period")), Column(title=_("Value"), is_number=True)),
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
    said = _(
        "Mean {mean}, limits {low} to {high} ({unit})", mean=mean, low=low, high=high,
        unit=chart.unit,
    )  # fmt: skip
    since = chart.weeks[chart.limits_from] if chart.limits_from else ""
    begun = _(" from {week} on", week=since) if since else ""
    return " ".join((f"{said}{begun}.", *marked))


def bar_table(chart: BarChart) -> Table:
    """The bars of one chart; each row opens to its records."""
    return Table(
        caption=chart.measure,
        columns=(Column(title=chart.group), Column(title=_("Value"), is_number=True)),
        rows=tuple(zip(chart.labels, chart.texts, strict=True)),
        anchors=chart.anchors,
    )


def map_table(drawn: HandOffMap) -> Table:
    """The paths of a map of hand-offs, the longest waits first; each opens to its records."""
    paths = sorted(drawn.paths, key=lambda path: -path.hours)
    return Table(
        caption=_("All paths between teams, the longest waits first"),
        columns=(
            *(Column(title=_("From")), Column(title=_("To"))),
            Column(title=_("Hours waited in all"), is_number=True),
            Column(title=_("Hand-offs"), is_number=True),
        ),
        rows=tuple((one.giver, one.taker, number(one.hours, 1), number(one.n)) for one in paths),
        anchors=tuple(one.anchor for one in paths),
    )


def charts_of(pack: Pack) -> list[ControlChart]:
    """Every control chart that is drawn: those of the sections, or of a brief without any."""
    if not pack.sections:
        return list(pack.brief.charts)
    return [chart for section in pack.sections for chart in section.charts]


def data_tables(pack: Pack) -> tuple[Table, ...]:
    """All charts side by side, one row per week, a few to a table."""
    alike: dict[tuple[str, ...], list[ControlChart]] = {}
    for chart in charts_of(pack):
        alike.setdefault(chart.weeks, []).append(chart)
    return tuple(
        _weeks_table(weeks, kept[start : start + PER_TABLE])
        for weeks, kept in alike.items()
        for start in range(0, len(kept), PER_TABLE)
    )


def _weeks_table(weeks: tuple[str, ...], charts: Sequence[ControlChart]) -> Table:
    heads = [f"{chart.title.partition(':')[0]} ({chart.unit})" for chart in charts]
    return Table(
        caption=_("Values of the charts, {first} to {last}", first=weeks[0], last=weeks[-1]),
        columns=(
            Column(title=_("Period")),
            *(Column(title=head, is_number=True) for head in heads),
        ),
        rows=tuple(
            (week, *(chart_value(chart, chart.values[i]) for chart in charts))
            for i, week in enumerate(weeks)
        ),
    )
