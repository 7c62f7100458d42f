"""The slides, opened again: native charts with their data, titles, no formula, the same bytes."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pptx import Presentation

from reports.model import ControlChart, Pack
from reports.pack import build_pack
from reports.slides.deck import MAX_CHARTS, chosen, render_slides
from tests.reports.sample_pack import empty_input, hostile_input, quiet_input, sample_input


@cache
def pack() -> Pack:
    """A busy week."""
    return build_pack(sample_input())


@cache
def data() -> bytes:
    """Its slides."""
    return render_slides(pack())


def deck(given: bytes) -> Any:
    """Slides as the library reads them."""
    return Presentation(BytesIO(given))


def charts_of(given: bytes) -> Iterator[Any]:
    """Every native chart with the frame it stands in."""
    for slide in deck(given).slides:
        yield from (shape for shape in slide.shapes if shape.has_chart)


def texts_of(given: bytes) -> Iterator[str]:
    """Every text of every slide, and of the notes."""
    for slide in deck(given).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            elif shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)
        if slide.has_notes_slide:
            yield slide.notes_slide.notes_text_frame.text


def test_decisions_changes_and_gaps_are_told() -> None:
    said = "\n".join(texts_of(data()))
    brief = pack().brief
    assert brief.headline in said
    assert all(ask.title in said and ask.cost in said for ask in brief.asks)
    assert all(line in said for line in (*brief.changes, *brief.gaps))
    assert pack().run_id in said


def test_every_slide_has_a_title_and_its_number() -> None:
    for number, slide in enumerate(deck(data()).slides, 1):
        assert slide.shapes.title.text_frame.text
        assert str(number) in [s.text_frame.text for s in slide.shapes if s.has_text_frame]


def test_charts_are_native_and_hold_the_weeks_of_the_pack() -> None:
    wanted = chosen(pack())
    made = list(charts_of(data()))
    assert len(made) == len(wanted) > 3
    for frame, chart in zip(made, wanted, strict=True):
        plot = frame.chart.plots[0]
        assert list(plot.categories) == list(chart.weeks)
        assert list(plot.series[0].values) == [pytest.approx(value) for value in chart.values]
        assert len(plot.series) == (4 if chart.centre is not None else 1)
        book = openpyxl.load_workbook(BytesIO(frame.chart.part.chart_workbook.xlsx_part.blob))
        assert book.active is not None
        assert book.active["A2"].value == chart.weeks[0]


def test_every_chart_has_an_alternative_text() -> None:
    for frame in charts_of(data()):
        described = frame._element.nvGraphicFramePr.cNvPr.get("descr")
        assert described.startswith("Control chart of ")


def test_signals_come_first_and_no_figure_twice() -> None:
    wanted = chosen(pack())
    tones = [chart.tone in {"worse", "better", "shift"} for chart in wanted]
    assert tones == sorted(tones, reverse=True) and any(tones)
    assert len({chart.title for chart in wanted}) == len(wanted) <= MAX_CHARTS


def test_charts_of_the_brief_are_drawn_where_no_section_has_any() -> None:
    charts: tuple[ControlChart, ...] = tuple(chosen(pack())[:2])
    brief = replace(pack().brief, charts=charts)
    short = replace(pack(), sections=(), brief=brief)
    assert len(list(charts_of(render_slides(short)))) == 2


def test_a_quiet_week_says_that_nothing_is_asked() -> None:
    said = "\n".join(texts_of(render_slides(build_pack(quiet_input()))))
    assert "No decision is asked" in said


def test_a_week_without_figures_still_gives_slides() -> None:
    assert len(deck(render_slides(build_pack(empty_input()))).slides) >= 3


def test_nothing_tells_the_clock() -> None:
    made = deck(data()).core_properties
    at = pack().made_at.replace(tzinfo=None, microsecond=0)
    assert made.created == made.modified == at
    for frame in charts_of(data()):
        book = openpyxl.load_workbook(BytesIO(frame.chart.part.chart_workbook.xlsx_part.blob))
        assert book.properties.created == at


def test_hostile_texts_are_texts_on_slides() -> None:
    given = render_slides(build_pack(hostile_input()))
    said = list(texts_of(given))
    assert any("<script>" in text for text in said), "kept as text"
    assert not [t for t in said if any(c in t for c in "\u202e\u2028\x00\x1b")]
    assert max(map(len, said)) < 2_500
    for frame in charts_of(given):
        book = openpyxl.load_workbook(BytesIO(frame.chart.part.chart_workbook.xlsx_part.blob))
        kinds = {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row}
        assert "f" not in kinds
    for slide in deck(given).slides:
        assert not [r for r in slide.part.rels.values() if r.is_external]
