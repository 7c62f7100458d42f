"""A candidate week by week: a control chart with the changes marked that came near its onset."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.figures import Direction, Figure, Unit
from reports.chart_marks import chart_marks
from reports.measures.signal import charted
from reports.model import ControlChart
from reports.sections.figures import control_chart
from reports.text import clean
from store.runs import MiningRun


def timeline(
    item: ProblemCandidate, run: MiningRun, zone: str, changes: Mapping[str, Mapping[str, Any]]
) -> ControlChart | None:
    """The weekly counts of a candidate with limits and changes; None where there are no counts.

    Args:
        item: the candidate.
        run: in which it was found.
        zone: the zone of weeks.
        changes: changes near its onset, by number, as they are held.
    """
    n = len(item.weekly_counts)
    if not n:
        return None
    weeks = [week.label for week in ReportingWeek.parse(run.week, zone).last(n)]
    values = [float(count) for count in item.weekly_counts]
    series, signal = charted(weeks, values, Unit.COUNT, Direction.DOWN)
    figure = Figure(
        figure_id="candidate_weekly_incidents",
        version=1,
        title="Incidents per week",
        unit=Unit.COUNT,
        period=run.week,
        value=values[-1],
        n=int(sum(values)),
        series=series,
        signal=signal,
    )
    return _marked(control_chart(figure), changes, zone)


def _marked(
    chart: ControlChart | None, changes: Mapping[str, Mapping[str, Any]], zone: str
) -> ControlChart | None:
    if chart is None:
        return None
    names: dict[str, tuple[str, ...]] = {}
    for number, change in sorted(changes.items()):
        if (at := change_time(change)) is not None:
            week = ReportingWeek.of(at, zone).label
            names[week] = (*names.get(week, ()), clean(f"{number} {change['title'] or ''}", 60))
    return replace(chart, marks=chart_marks(chart.weeks, names, {}))


def change_time(change: Mapping[str, Any]) -> datetime | None:
    """When a change was made, or else planned."""
    at = change["implemented_at"] or change["planned_start_at"]
    return at if isinstance(at, datetime) else None
