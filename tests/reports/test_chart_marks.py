"""Known events and improvements in a control chart: drawn by shape, named, and told in words."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from itsm.figures import FigureResult, NotAvailable
from reports.chart_marks import MAX_MARKS, chart_marks, told
from reports.charts import control_chart_svg
from reports.model import ControlChart
from reports.pack import build_pack
from reports.render import render_html
from tests.reports.sample_pack import sample_input, section_of

WEEKS = tuple(f"2026-W{week}" for week in range(10, 36))


def _chart(**fields: object) -> ControlChart:
    chart = section_of(build_pack(sample_input()), "service-health").charts[0]
    return replace(chart, **fields)  # type: ignore[arg-type]  # fields of a chart


def test_an_event_of_several_weeks_is_one_mark_and_comes_again_as_another() -> None:
    events = {WEEKS[3]: ("freeze", "move"), WEEKS[4]: ("freeze",), WEEKS[9]: ("freeze",)}
    freeze, move, again = chart_marks(WEEKS, events, {})
    assert (freeze.key, freeze.first, freeze.last) == ("a", 3, 4)
    assert (move.key, move.first, move.last) == ("b", 3, 3)
    assert (again.first, again.last) == (9, 9)
    assert told(freeze, WEEKS) == "freeze, W13 to W14"
    assert told(again, WEEKS) == "freeze, W19"


def test_an_event_that_lasts_to_the_end_is_marked() -> None:
    (one,) = chart_marks(WEEKS, dict.fromkeys(WEEKS[-2:], ("strike",)), {})
    assert (one.first, one.last) == (24, 25)


def test_the_newest_marks_are_kept_where_there_are_too_many() -> None:
    marks = chart_marks(WEEKS, {week: (f"event {week}",) for week in WEEKS}, {})
    assert len(marks) == MAX_MARKS
    assert marks[-1].last == 25


def test_events_and_improvements_are_drawn_apart_and_named() -> None:
    marks = chart_marks(WEEKS, {WEEKS[3]: ("freeze",)}, {WEEKS[8]: ("CSI-7",)})
    svg = control_chart_svg(_chart(weeks=WEEKS, marks=marks, limits_from=8))
    assert svg.count('class="c-event"') == 1
    assert 'class="c-event-edge"' in svg
    assert 'class="c-step"' in svg
    assert ">a  freeze, W13<" in svg
    assert ">b  improvement CSI-7 live from W18<" in svg
    described = re.findall(r"<desc>(.*)</desc>", svg)[0]
    assert "limits" in described
    assert "from 2026-W18 on" in described
    assert "Marked: freeze, W13. Marked: improvement CSI-7 live from W18." in described


def test_letters_never_lie_on_each_other() -> None:
    events = {week: (f"event {week}",) for week in WEEKS[4:8]}
    marks = chart_marks(WEEKS, {**events, WEEKS[5]: ("x", "y")}, {WEEKS[5]: ("CSI-1",)})
    svg = control_chart_svg(_chart(weeks=WEEKS, marks=marks))
    letters = re.findall(r'x="([\d.]+)" y="([\d.]+)"[^>]*font-weight="600">[a-z]<', svg)
    places = sorted((float(y), float(x)) for x, y in letters)
    assert len(places) == len(marks)
    assert all(right - left >= 7 for (y, left), (other, right) in pairwise(places) if y == other)


def test_a_chart_without_marks_is_as_before() -> None:
    svg = control_chart_svg(_chart())
    assert "Marked" not in svg
    assert "c-event" not in svg
    assert 'viewBox="0 0 360 190"' in svg


def test_a_point_before_new_limits_is_not_told_to_lie_outside_them() -> None:
    values = (90.0, *[10.0, 11.0] * 12, 10.0)
    given = {"weeks": WEEKS, "values": values, "lower": 8.0, "centre": 10.5, "upper": 13.0}
    assert "c-earlier" in control_chart_svg(_chart(**given))
    assert "c-earlier" not in control_chart_svg(_chart(**given, limits_from=1))


@pytest.mark.parametrize("is_print", [False, True])
def test_the_page_says_what_a_letter_means_where_there_is_one(is_print: bool) -> None:
    given = sample_input()
    figures = [_with_event(one, "<b>freeze") for one in given.figures]
    page = render_html(build_pack(replace(given, figures=tuple(figures))), is_print=is_print)
    assert "a  &lt;b&gt;freeze, W" in page
    assert "A letter over a bar is a known event" in page
    assert "A letter over a bar" not in render_html(build_pack(given), is_print=is_print)


def _with_event(one: FigureResult, name: str) -> FigureResult:
    """A figure with an event in the third last week of its series."""
    if isinstance(one, NotAvailable) or one.series is None:
        return one
    series = replace(one.series, events={one.series.weeks[-3]: (name,)})
    return replace(one, series=series)
