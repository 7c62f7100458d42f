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
    made = Figure(
        figure_id=figure_id,
        title=title,
        version=1,
        value=83.0,
        unit=Unit.MONEY,
        n=4,
        period="2026-W34",
        sources=("servicenow_prod",),
        rows=("INC0000001",),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # a test names the fields it needs


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


def _change_ask(**errors: float) -> str | None:
    risk = _cost(
        "change_risk",
        "Changes of next week expected to go wrong",
        unit=Unit.COUNT,
        companions={"changes planned": 2.0, "risk of CHG1": 0.3, "risk of CHG2": 0.1, **errors},
    )
    closed = _cost("changes_closed", "Changes closed", unit=Unit.COUNT)
    given = sample_input(3)
    given = replace(given, figures=(*given.figures, risk, closed))
    return section_of(build_pack(given), "changes").opening.ask


def test_the_riskiest_change_is_asked_about_only_where_risks_have_told_something() -> None:
    assert "CHG1" in str(_change_ask())
    assert "CHG1" in str(_change_ask(**{"Brier score": 0.1, "of the base rate": 0.2}))
    assert "CHG1" not in str(_change_ask(**{"Brier score": 0.2, "of the base rate": 0.2}))


def _ages(value: float) -> tuple[Figure, ...]:
    return tuple(
        _cost(
            "problems_open",
            "Open problems by age",
            unit=Unit.COUNT,
            value=value,
            dimensions={"age in days": age},
        )
        for age in ("<31", "31-90", ">90")
    )


def _told_of_problems(*figures: Figure) -> tuple[int, int]:
    """Bars and tables that tell of the ages of problems."""
    section = section_of(build_pack(replace(sample_input(3), figures=figures)), "candidates")
    tables = [one for one in section.tables if "by age" in one.caption]
    return len(section.bars), len(tables)


def test_bars_of_nothing_are_not_drawn() -> None:
    whole = _cost("problems_open", "Open problems by age", unit=Unit.COUNT, value=0.0)
    assert _told_of_problems(*_ages(2.0)) == (1, 0)
    assert _told_of_problems(whole, *_ages(0.0)) == (0, 0)


def test_nothing_is_still_told_where_no_other_figure_tells_it() -> None:
    """A figure is never left out in silence: its zeros stand in a table."""
    assert _told_of_problems(*_ages(0.0)) == (0, 1)
