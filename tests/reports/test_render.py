"""The HTML page: self-contained, deterministic, accessible, safe with hostile text."""

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from reports.charts import bar_chart_svg, control_chart_svg, sparkline_svg
from reports.editions import Choice
from reports.pack import build_pack
from reports.page_parts import MAX_ON_PAGE
from reports.render import render_html
from reports.text import clean, printable
from tests.reports.sample_pack import (
    HOSTILE,
    RUN,
    empty_input,
    hostile_input,
    quiet_input,
    sample_input,
    section_of,
)

DECISION = re.compile(r"decision-candidate-[a-z0-9-]+\.html")
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """What a page holds: tags in order, ids, links, table heads; fails on unbalanced tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value))
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value:
                self.links.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> inside {self.open[-3:]}"
        self.open.pop()


@cache
def html_of(name: str) -> str:
    """The page of a sample."""
    cases = {
        "busy": sample_input,
        "quiet": quiet_input,
        "empty": empty_input,
        "hostile": hostile_input,
    }
    return render_html(build_pack(cases[name]()))


@pytest.fixture(params=["busy", "quiet", "empty", "hostile"], scope="module")
def html(request: pytest.FixtureRequest) -> str:
    """The page of each kind of week."""
    return html_of(request.param)


def test_the_same_pack_gives_the_same_page() -> None:
    pack = build_pack(sample_input())
    assert render_html(pack) == render_html(build_pack(sample_input()))


def test_run_id_and_time_made_stand_in_one_place_each() -> None:
    given = sample_input()
    later = replace(RUN, run_id="another-run", made_at=given.week.start_at)
    one = html_of("busy").splitlines()
    two = render_html(build_pack(replace(given, run=later))).splitlines()
    differing = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
    assert len(differing) == 2
    assert html_of("busy").count(RUN.run_id) == 1
    assert html_of("busy").count("2026-08-25 06:12:44") == 1


def test_the_page_fetches_nothing_and_runs_nothing(html: str) -> None:
    page = Page(html)
    assert "script" not in page.tags
    assert {"link", "img", "iframe", "object", "base", "form"}.isdisjoint(page.tags)
    others = {link for link in page.links if not link.startswith("#")}
    assert all(link == "evidence.csv" or DECISION.fullmatch(link) for link in others)
    assert not re.search(r"url\((?!data:font/woff2;base64,)", html)
    assert "@import" not in html
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "src"]


def test_every_link_inside_the_page_arrives_and_ids_are_unique(html: str) -> None:
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link[0] == "#"} <= set(page.ids)


def test_headings_go_down_one_step_at_a_time(html: str) -> None:
    levels = [int(tag[1]) for tag in Page(html).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(new <= old + 1 for old, new in pairwise(levels))


def test_landmarks_language_and_skip_link_are_there(html: str) -> None:
    page = Page(html)
    assert {"header", "main", "nav", "footer"} <= set(page.tags)
    assert ("html", "lang", "en") in page.attributes
    assert page.links[0] == "#brief"


def test_tables_have_captions_and_scopes(html: str) -> None:
    page = Page(html)
    assert page.tags.count("table") == page.tags.count("caption")
    scopes = [value for tag, name, value in page.attributes if (tag, name) == ("th", "scope")]
    assert len(scopes) == page.tags.count("th")


def test_every_chart_has_a_title_and_its_data() -> None:
    html = html_of("busy")
    page = Page(html)
    assert page.tags.count("svg") == page.tags.count("title") - 1 > 10
    assert page.tags.count("svg") == page.tags.count("desc")
    figures = html.split('<figure class="chart-box">')[1:]
    assert all("<details><summary>The data behind this chart" in part for part in figures)


def test_the_data_of_a_chart_equal_its_points() -> None:
    pack = build_pack(sample_input())
    chart = section_of(pack, "service-health").charts[0]
    part = render_html(pack).split('<figure class="chart-box">')[1]
    cells = re.findall(r'<td class="num">([^<]+)</td>', part)
    assert cells == [f"{value:,.0f}" for value in chart.values if value is not None]


def test_hostile_text_is_shown_as_text() -> None:
    html = html_of("hostile")
    assert "<script" not in html
    assert "onerror=alert" in html, "kept as text"
    assert "&lt;script&gt;" in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html, "no template inside the template"
    assert html.count("</style>") == 1
    for hidden in ("\u202e", "\u202c", "\x00", "\x1b", "\u2028"):
        assert hidden not in html


def test_long_lists_of_records_are_capped_and_say_so() -> None:
    html = html_of("busy")
    assert f"and {400 - MAX_ON_PAGE} more; the full list is in <a href=" in html


def test_the_page_is_small(html: str) -> None:
    assert len(html.encode()) < 1_500_000


def test_print_leaves_nothing_to_open_and_adds_the_chart_data() -> None:
    paper = render_html(build_pack(sample_input()), is_print=True)
    assert 'id="chart-data"' in paper
    assert "<details><summary>5" not in paper
    assert "<details><summary>400" not in paper
    assert "@media print" not in paper


def test_clean_cuts_at_a_word_and_keeps_one_line() -> None:
    assert clean("one\ntwo\tthree") == "one two three"
    assert clean("alpha beta gamma", 12) == "alpha beta…"
    assert len(clean(HOSTILE, 100)) <= 100
    assert clean(None) == ""


def test_printable_takes_out_direction_marks_and_towers_of_accents() -> None:
    assert printable("a\u202eb\u2066c\ufeffd") == "abcd"
    assert printable("a" + "\u0301" * 9) == "a\u0301\u0301"
    assert printable("\ud800x") == " x"


def test_a_signal_is_told_by_shape() -> None:
    charts = {c.figure_id: c for s in build_pack(sample_input()).sections for c in s.charts}
    assert 'class="c-worse"' in control_chart_svg(charts["opened"])
    assert 'class="c-better"' in control_chart_svg(charts["fcr"])
    assert 'class="c-last"' in control_chart_svg(charts["resolved"])


def test_a_gap_breaks_the_line_of_a_chart() -> None:
    chart = section_of(build_pack(sample_input()), "service-health").charts[1]
    whole = control_chart_svg(chart)
    values = (*chart.values[:10], None, *chart.values[11:])
    broken = control_chart_svg(replace(chart, values=values))
    assert whole.count("<polyline") == 1
    assert broken.count("<polyline") == 2


def test_an_earlier_week_is_not_labelled_as_the_newest() -> None:
    chart = section_of(build_pack(sample_input()), "service-health").charts[1]
    whole = control_chart_svg(chart)
    open_ended = control_chart_svg(replace(chart, values=(*chart.values[:-1], None)))
    assert 'class="c-last"' in whole
    assert 'class="c-last"' not in open_ended
    assert open_ended.count("c-strong") == whole.count("c-strong") - 1


@pytest.mark.parametrize(
    "values", [(), (0.0,), (0.0, 0.0, 0.0), (5.0, 5.0), (None, 1.0), (-2.0, 3)]
)
def test_charts_of_hardly_anything_do_not_break(values: tuple[float | None, ...]) -> None:
    chart = section_of(build_pack(sample_input()), "service-health").charts[0]
    weeks = tuple(f"2026-W{i + 1:02d}" for i in range(len(values)))
    svg = control_chart_svg(
        replace(chart, values=values, weeks=weeks, lower=None, centre=None, upper=None)
    )
    assert "nan" not in svg
    assert Page(svg).tags[0] == "svg"


@pytest.mark.parametrize("values", [(0.0, 1.0, 0.0), (3.0, 8.0, 1.0), (1150.0, 1502.0, 990.0)])
def test_an_axis_of_counts_has_whole_numbers_evenly_apart(values: tuple[float, ...]) -> None:
    chart = section_of(build_pack(sample_input()), "service-health").charts[0]
    weeks = chart.weeks[: len(values)]
    svg = control_chart_svg(
        replace(chart, values=values, weeks=weeks, lower=None, centre=None, upper=None)
    )
    labels = re.findall(r'text-anchor="end"[^>]*>([\d,.]+)<', svg)
    ticks = [int(label.replace(",", "")) for label in labels]
    assert len({new - old for old, new in pairwise(ticks)}) == 1


def test_bars_and_sparklines_of_zeros_do_not_break() -> None:
    bars = build_pack(sample_input()).sections
    chart = next(bar for section in bars for bar in section.bars)
    assert "nan" not in bar_chart_svg(replace(chart, values=(0.0,) * len(chart.values)))
    assert "nan" not in sparkline_svg("none", (0, 0, 0))
    assert "nan" not in sparkline_svg("none", ())


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Contrast of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_stand_out(scheme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", html_of("quiet"), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
    for name in ("ink", "muted", "accent", "worse", "better"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
        assert contrast(colours[name], colours["band"]) >= 4.5, name
    assert contrast(colours["past"], colours["paper"]) >= 3


def test_printed_pages_are_counted_in_the_language_of_the_pack() -> None:
    given = sample_input()
    page = render_html(build_pack(replace(given, choice=Choice(language="de"))), is_print=True)
    assert '"Seite " counter(page) " von " counter(pages) ""' in page
    assert "Page " not in page
