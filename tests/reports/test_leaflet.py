"""Short pages: self-contained, safe, and told without colour."""

import re

from reports.leaflet import Grid, Leaflet, Part, leaflet_lines, render_leaflet
from reports.part_bars import PartBar, part_bars_svg


def _page(text: str) -> Leaflet:
    bars = [PartBar(text, (3.0, 1.0)), PartBar("none", (0.0, 0.0))]
    chart = part_bars_svg(text, ("waiting", "work"), bars, "h")
    grid = Grid(("Hop", "Hours"), ((text, "4.0"),), frozenset({"Hours"}))
    part = Part(title=text, sentences=(text,), chart=chart, grid=grid)
    empty = Part(title="Soon", grid=Grid(("Case",), ()), empty="None is known.")
    return Leaflet(
        organisation=text,
        title=text,
        line=text,
        opening=(text,),
        parts=(part, empty),
        notes=(text,),
    )


def test_what_comes_from_a_file_is_text_wherever_it_stands() -> None:
    page = render_leaflet(_page("<script>alert(1)</script>\u202e"))
    assert "<script" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;") >= 7


def test_a_page_loads_nothing() -> None:
    page = render_leaflet(_page("Deliver"))
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=|url\((?!data:|#)|@import", page)


def test_parts_of_a_bar_are_told_apart_by_pattern_and_named_for_those_who_do_not_see() -> None:
    chart = str(_page("Deliver").parts[0].chart)
    fills = re.findall(r'<rect [^>]*height="16" fill="([^"]+)"', chart)
    assert fills == ["url(#slanted)", "#16232e"]
    assert "Deliver: waiting 3.0 h, work 1.0 h" in chart
    widths = [float(one) for one in re.findall(r'width="([\d.]+)" height="16"', chart)]
    assert abs(widths[0] - 3 * widths[1]) <= 0.3


def test_the_same_page_as_plain_text() -> None:
    lines = leaflet_lines(_page("Deliver"))
    assert "Deliver    4.0" in lines
    assert "Hop      Hours" in lines
    assert lines[lines.index("SOON") + 1] == "None is known."
