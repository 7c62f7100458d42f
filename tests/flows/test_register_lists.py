"""The register as a list: nothing in it computes, and a list that comes in is checked by row."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from flows.register_lists import COLUMNS, MAX_ROWS, as_csv, as_xlsx, read_list
from itsm.errors import ConfigError
from itsm.register import Origin, RegisterEntry
from itsm.register_forms import FIELDS, as_text, read_fields
from tests.flows.register_desk import Desk
from tests.store.test_store_journal import AT

HEAD = "title,impact,urgency,risk,effort,is_regulatory"


def entry(title: str) -> RegisterEntry:
    return RegisterEntry(
        number="CSI-1",
        title=title,
        description="",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=AT,
        raised_by="anna",
    )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\uff1d"])
def test_no_cell_computes(sign: str, tmp_path: Path) -> None:
    entries = [entry(f'{sign}HYPERLINK("http://example.org","x")')]
    (row,) = csv.DictReader(io.StringIO(as_csv(entries).decode("utf-8-sig")))
    assert row["title"].startswith("'")
    path = tmp_path / "register.xlsx"
    path.write_bytes(as_xlsx(entries))
    sheet = load_workbook(path).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert sheet["B2"].value.startswith("'")


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
        lambda text: text.strip() == text
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_out_comes_back(tmp_path: Path, title: str) -> None:
    for name, content in (("a.csv", as_csv([entry(title)])), ("a.xlsx", as_xlsx([entry(title)]))):
        path = tmp_path / name
        path.write_bytes(content)
        (row,) = read_list(path)
        assert row["title"] == title


def test_every_field_is_read_as_it_is_written() -> None:
    texts = {
        "impact": "4", "is_regulatory": "yes", "size": "XL", "dimension": "partner",
        "cost": "12.5", "required_by": "2027-01-31", "guards": "csat, nps", "promised": "0.6",
        "percent_given": "40", "title": "x",
    }  # fmt: skip
    filled = read_fields(texts, "X")
    assert filled.wrong == ()
    assert {name: as_text(value) for name, value in filled.values.items()} == texts
    assert set(texts) <= set(FIELDS)


def test_rows_are_taken_in_and_errors_named(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "demand.csv"
    path.write_text(f"{HEAD}\nMail,4,3,2,2,no\nBad,9,x,1,1,maybe\n,1,1,1,1,no\nWeb,,,,,yes\n\n")
    done = desk.register("import", str(path), "--by", "anna", "--dry-run")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert "row 3: Bad: impact, urgency, is_regulatory: impact: '9' cannot be used" in lines[0]
    assert "urgency: 'x' cannot be used, write a whole number" in lines[0]
    assert "row 4: CSI-0002: title: it is empty; say what is to be improved" in lines[1]
    assert lines[2] == "2 added (1 with gaps), 0 changed, 0 as they were, 2 with errors"
    assert "the register is empty" in desk.said("list")
    assert desk.register("import", str(path), "--by", "anna").exit_code == 1
    assert "CSI-0001" in desk.said("list")


def test_an_exported_list_changes_what_was_changed_in_it(desk: Desk, tmp_path: Path) -> None:
    desk.said("add", "=Mail", "--set", "impact=4", "--by", "anna")
    desk.said("add", "Web", "--by", "anna")
    path = tmp_path / "register.xlsx"
    desk.said("export", str(path))
    assert "0 added (0 with gaps), 0 changed, 2 as they were, 0 with errors" in desk.said(
        "import", str(path), "--by", "cleo"
    )
    book = load_workbook(path)
    sheet = book.worksheets[0]
    places = {name: n for n, name in enumerate(COLUMNS, 1)}
    sheet.cell(2, places["impact"]).value = 5
    sheet.cell(3, places["state"]).value = "closed"
    book.save(path)
    done = desk.register("import", str(path), "--by", "cleo")
    assert "'closed' is not its state new; move it with csi register move CSI-0002" in done.output
    assert "1 changed" in done.output
    with desk.parts.store.begin() as uow:
        first = uow.register.get("CSI-0001")
    assert (first.impact, first.title) == (5, "=Mail")
    again = desk.register("import", str(path), "--by", "cleo")
    assert "row 2: CSI-0001 was changed in the meantime" not in again.output, "nothing differs now"


def test_a_list_of_an_older_version_does_not_overwrite(desk: Desk, tmp_path: Path) -> None:
    desk.said("add", "Mail", "--set", "impact=4", "--by", "anna")
    path = tmp_path / "register.csv"
    desk.said("export", str(path))
    desk.said("edit", "CSI-0001", "--set", "impact=1", "--by", "cleo")
    done = desk.register("import", str(path), "--by", "cleo")
    assert "row 2: CSI-0001 was changed in the meantime (version 2, you saw 1)" in done.output


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"colour,title\nred,x\n", "no such column: colour"),
        ("a.csv", b"name\nx\n", "neither `title` nor `number`"),
        ("a.csv", b"", "neither `title` nor `number`"),
        ("a.csv", b"title\n\xff\n", "not UTF-8"),
        ("a.csv", b'title\n"x\n', "no CSV"),
        ("a.xlsx", b"no workbook", "no Excel workbook"),
        ("a.csv", b"title\n" + b"x\n" * (MAX_ROWS + 1), "more than 2000 rows"),
    ],
)
def test_a_file_that_is_no_list_is_refused(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        read_list(path)


def test_days_and_numbers_of_a_workbook_are_read_as_written(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["title", "required_by", "impact", "cost"])
    sheet.append(["Mail", AT.replace(tzinfo=None, hour=0), 4.0, 12.5])
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert read_list(path) == [
        {"title": "Mail", "required_by": "2026-11-16", "impact": "4", "cost": "12.5"}
    ]
