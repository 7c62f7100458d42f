"""What is to be known of figures without a card: a note of theirs stands under their table."""

from dataclasses import replace

from itsm.figures import Exactness, Figure, Unit
from reports.editions import Choice
from reports.lookup import FigureSet
from reports.pack import build_pack
from reports.sections.tables import slice_table
from tests.reports.sample_pack import sample_input, section_of

ASSUMED = "Assumed, not measured: 60 EUR per hour."


def _cost(figure_id: str, title: str, **more: object) -> Figure:
    return replace(
        Figure(
            figure_id=figure_id,
            title=title,
            version=1,
            value=83.0,
            unit=Unit.MONEY,
            n=4,
            period="2026-W34",
            sources=("servicenow_prod",),
            rows=("INC0000001",),
        ),
        **more,
    )


def _with(*further: Figure, language: str = "en") -> tuple[str, ...]:
    given = sample_input(3)
    kept = [one for one in given.figures if not one.figure_id.startswith("cost")]
    given = replace(given, figures=(*kept, *further), choice=Choice(language=language))
    return section_of(build_pack(given), "forecast").notes


def test_what_a_figure_assumes_stands_under_its_table() -> None:
    assert f"Cost of an incident: {ASSUMED}" in _with(
        _cost("cost_per_incident", "Cost of an incident", note=ASSUMED)
    )
    assert not [one for one in _with(_cost("cost_per_incident", "Cost")) if "Assumed" in one]


def test_a_note_of_two_figures_is_told_once() -> None:
    notes = _with(
        _cost("cost_per_incident", "Cost of an incident", note=ASSUMED),
        _cost("cost_of_repeats", "Cost of repeats", note=ASSUMED),
    )
    assert len([one for one in notes if ASSUMED in one]) == 1


def test_what_a_figure_leaves_out_is_counted() -> None:
    notes = _with(_cost("cost_per_incident", "Cost of an incident", excluded={"not_closed": 7}))
    assert "Cost of an incident: Left out: not closed (7)" in notes


def test_notes_are_told_in_german() -> None:
    notes = _with(_cost("cost_per_incident", "Cost of an incident", note=ASSUMED), language="de")
    assert "Kosten einer Störung: Angenommen, nicht gemessen: 60 EUR je Stunde." in notes


def test_a_stand_in_is_named_beside_the_figure() -> None:
    given = sample_input(3)
    proxy = _cost("cost_per_incident", "Cost of an incident", exactness=Exactness.PROXY)
    kept = [one for one in given.figures if not one.figure_id.startswith("cost")]
    section = section_of(build_pack(replace(given, figures=(*kept, proxy))), "forecast")
    (row,) = (row for table in section.tables for row in table.rows if "Cost of an" in row[0])
    assert row[0] == "Cost of an incident (proxy)"


def test_legs_are_all_told_the_longest_first() -> None:
    """They sum to the clock, so that none may be left out."""
    legs = tuple(
        _cost(
            "sla_legs",
            "Where the time of SLA clocks went",
            unit=Unit.HOURS,
            value=float(-30 if place == 4 else place),
            n=40 - place,
            dimensions={"leg": f"leg {place}"},
        )
        for place in range(20)
    )
    table = slice_table(("leg",), FigureSet(legs).slices("sla_legs")[("leg",)], 8)
    assert [row[0] for row in table.rows][:3] == ["leg 4", "leg 19", "leg 18"]
    assert len(table.rows) == len(legs)
