"""Every figure against the working on paper in tests/golden/figures.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from itsm.figures import Exactness, Figure, NotAvailable
from reports.measures.contracts import CATALOGUE
from tests.measures.golden_estate import OFFICE, WEEK, golden_data
from tests.measures.measure_frames import figure, figures_of, pick

PAGE = Path(__file__).parents[1] / "golden" / "figures.md"
PLAIN, OFFICE_HOURS = "Without a service calendar", "With a service calendar"


@dataclass(frozen=True)
class Line:
    """One line of the page: what a figure has to be."""

    figure_id: str
    dimensions: dict[str, str]
    value: float | None
    n: int
    beside: dict[str, float]


def _pairs(cell: str) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in cell.split(";") if part.strip())
    return {name: value for name, _, value in parts}


def _number(text: str) -> float:
    top, _, bottom = text.partition("/")
    return float(Fraction(top) / Fraction(bottom or "1"))


def _lines(section: str) -> Iterator[Line]:
    """The lines with a service calendar, or those of all other sections."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    is_plain = section == PLAIN
    for part in parts:
        if part.startswith(OFFICE_HOURS) != is_plain:
            yield from _lines_of(part)


def _lines_of(part: str) -> Iterator[Line]:
    for row in part.splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if not row.startswith("|") or len(cells) != 6 or cells[0] in ("figure", "---"):
            continue
        beside = {name: _number(value) for name, value in _pairs(cells[4]).items()}
        value = None if cells[2] == "-" else _number(cells[2])
        yield Line(cells[0], _pairs(cells[1]), value, int(cells[3] or 0), beside)


RESULTS = {
    PLAIN: figures_of(golden_data(), WEEK),
    OFFICE_HOURS: figures_of(golden_data(OFFICE), WEEK),
}


@pytest.mark.parametrize(
    ("section", "line"),
    [
        pytest.param(section, line, id=f"{line.figure_id}-{'-'.join(line.dimensions.values())}")
        for section in RESULTS
        for line in _lines(section)
    ],
)
def test_is_what_was_worked_out_on_paper(section: str, line: Line) -> None:
    found = pick(RESULTS[section], line.figure_id, **line.dimensions)
    if line.value is None:
        assert isinstance(found, NotAvailable)
        return
    assert isinstance(found, Figure), str(found)
    assert found.value == pytest.approx(line.value, rel=1e-12)
    assert found.n == line.n
    for name, expected in line.beside.items():
        told = found.excluded if name.startswith("excluded ") else found.companions
        assert told[name.removeprefix("excluded ")] == pytest.approx(expected), name


def test_the_page_works_out_every_result_and_every_contract() -> None:
    on_paper = {(line.figure_id, tuple(line.dimensions.items())) for line in _lines(PLAIN)}
    computed = {(one.figure_id, tuple(one.dimensions.items())) for one in RESULTS[PLAIN]}
    assert computed == on_paper
    assert {figure_id for figure_id, _ in on_paper} == set(CATALOGUE)


def test_says_which_values_are_not_exact() -> None:
    results = RESULTS[PLAIN]
    assert figure(results, "opened").exactness is Exactness.EXACT
    resolved = figure(results, "resolved")
    assert resolved.exactness is Exactness.COMPUTED
    assert resolved.note is not None
    assert resolved.note.startswith("2 of 7 dated by the record's own times")
    assert figure(results, "fcr").exactness is Exactness.PROXY
    assert figure(results, "reopen_rate", status="final").exactness is Exactness.EXACT
    assert figure(results, "reopen_rate", status="preliminary").exactness is Exactness.PRELIMINARY


def test_the_final_reopen_rate_names_its_own_week() -> None:
    assert figure(RESULTS[PLAIN], "reopen_rate", status="final").period == "2026-W11"
    assert figure(RESULTS[PLAIN], "reopen_rate", status="preliminary").period == "2026-W13"


def test_rows_are_the_records_behind_the_figure() -> None:
    results = RESULTS[PLAIN]
    assert figure(results, "resolved").rows == ("I01", "I04", "I10", "I13", "I20", "I21", "I23")
    met = figure(results, "sla_compliance", target="resolution")
    assert met.rows == ("I10", "I13")
    assert met.base_rows == ("I01", "I04", "I10", "I13")


def test_the_backlog_series_keeps_the_identity() -> None:
    series = {name: figure(RESULTS[PLAIN], name).series for name in ("backlog", "opened")}
    backlog, opened = series["backlog"], series["opened"]
    assert backlog is not None
    assert opened is not None
    assert backlog.weeks[0] == "2025-W52"  # the first record fell on a Saturday of W51
    assert backlog.values[-2:] == (7, 11)
    assert opened.values[-1] == 10


def test_a_missed_commitment_says_when_the_delay_was_ours() -> None:
    late = [one for one in RESULTS[PLAIN] if one.dimensions.get("case") == "VC1"]
    missed = [one for one in late if one.figure_id == "vendor_missed"]
    assert isinstance(missed[0], Figure)
    assert missed[0].note is not None
    assert "not the vendor's delay" in missed[0].note
