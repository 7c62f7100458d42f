"""Lists as CSV: complete, and no cell is a formula."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from reports.evidence import evidence_lists
from reports.pack import build_pack
from reports.tables_csv import candidates_csv, evidence_csv, neutral, register_csv
from tests.reports.sample_pack import hostile_input, sample_input

STARTS = "=+-@\t\r" + "".join(map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))


def rows(text: str) -> list[dict[str, str]]:
    """A CSV text as dictionaries."""
    return list(csv.DictReader(StringIO(text, newline="")))


def test_every_candidate_and_member_is_listed() -> None:
    given = sample_input(40)
    listed = rows(candidates_csv(build_pack(given)))
    assert [row["candidate_id"] for row in listed] == [
        item.candidate_id
        for item in sorted(given.candidates, key=lambda c: -c.avoidable_hours.value)
    ]
    first = next(row for row in listed if row["candidate_id"] == given.candidates[0].candidate_id)
    assert first["members"].split() == [member.number for member in given.candidates[0].members]
    assert first["assumed"] == "handling h, lost h per user"


def test_the_register_is_listed_with_its_gaps() -> None:
    listed = rows(register_csv(build_pack(sample_input())))
    assert [row["number"] for row in listed] == ["CSI0001", "CSI0002", "CSI0003"]
    assert [row["score"] for row in listed] == ["", "3.00", "4.50"]
    assert listed[0]["gaps"] == "impact, urgency, risk, effort"


def test_evidence_lists_every_record_of_every_figure() -> None:
    pack = build_pack(sample_input())
    listed = rows(evidence_csv(pack))
    behind = evidence_lists(pack)
    assert {item.anchor for item in pack.evidence} < {item.anchor for item in behind}
    assert len(listed) == sum(len(item.rows) + len(item.base_rows) for item in behind)
    priority_two = [row for row in listed if row["dimension"].endswith("priority 2")]
    assert len(priority_two) == 95


def test_hostile_cells_are_no_formulas() -> None:
    pack = build_pack(hostile_input())
    for text in (candidates_csv(pack), register_csv(pack), evidence_csv(pack)):
        for row in csv.reader(StringIO(text, newline="")):
            assert not [cell for cell in row if cell.lstrip(" ").startswith(tuple(STARTS))]


@given(st.text())
def test_a_neutral_cell_never_starts_like_a_formula_and_loses_nothing(text: str) -> None:
    cell = neutral(text)
    assert not cell.lstrip().startswith(tuple(STARTS))
    assert cell in (text, f"'{text}")
