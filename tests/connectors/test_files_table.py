"""Tables out of files of every format, sound and broken."""

import gzip
import json
import logging
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pyarrow import parquet

from connectors.files.formats import TORN, ReadOptions
from connectors.files.table import read_table
from itsm.errors import FatalSourceError
from tests.connectors.export_files import csv_text, write_rows

ROWS = [
    {"Number": "INC1", "Short description": "Mail, slow; \"very\"\n| really\t", "State": "New"},
    {"Number": "INC2", "Short description": "=HYPERLINK(\"x\")", "State": "Größe 3 €"},
    {"Number": "INC3", "Short description": "", "State": "New"},
]  # fmt: skip

ENDINGS = ["csv", "xlsx", "jsonl", "parquet"]


def read(path: Path, **options: str) -> list[dict[str, str]]:
    return list(read_table(path, ReadOptions(**options)))


def filled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


@pytest.mark.parametrize("gz", ["", ".gz"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_gives_the_same_rows(tmp_path: Path, ending: str, gz: str) -> None:
    path = write_rows(tmp_path / f"incidents.{ending}{gz}", ROWS)
    assert filled(read(path)) == filled(ROWS)


cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=30
)


@given(
    rows=st.lists(
        st.fixed_dictionaries({"Number": cells, "a; b": cells, "Größe": cells}), min_size=1
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_delimited_text_is_read_as_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], delimiter: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_bytes(csv_text(rows, delimiter).encode())
    assert filled(read(path)) == [row for row in filled(rows) if row]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(csv_text(ROWS, delimiter), "utf-8", newline="")
    assert filled(read(path)) == filled(ROWS)


def test_a_delimiter_that_is_set_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b,c^d,e,f\n1,2,3^4,5,6\n")
    assert read(path, delimiter="^") == [{"a,b,c": "1,2,3", "d,e,f": "4,5,6"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_are_told_from_the_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(csv_text(ROWS).encode(encoding))
    assert filled(read(path)) == filled(ROWS)


def test_windows_1252_is_taken_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("number,title\nINC1,Größe €\n".encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        assert read(path) == [{"number": "INC1", "title": "Größe €"}]
    assert "cp1252" in caplog.text


def test_bytes_of_no_encoding_stop_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"number,title\nINC1,\x81\x8d\n")
    with pytest.raises(FatalSourceError, match=r"x\.csv.*cannot be read as utf-8.*encoding = "):
        read(path)


def test_a_wrong_encoding_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("number,title\nINC1,Größe\n".encode("cp1252"))
    with pytest.raises(FatalSourceError, match="cannot be read as utf-8"):
        read(path, encoding="utf-8")


def test_a_late_byte_that_is_no_utf8_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"number,title\n" + b"INC1,aaaaaaaaaa\n" * 70_000 + b"INC2,\xe4\n")
    with pytest.raises(FatalSourceError, match="encoding"):
        read(path)


def test_names_a_header_repeats_get_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Key,Comment,Comment,Comment (2),\nA-1,one,two,three,four\n")
    assert read(path) == [
        {
            "Key": "A-1",
            "Comment": "one",
            "Comment (2)": "two",
            "Comment (2) (2)": "three",
            "(column 5)": "four",
        }
    ]


def test_rows_that_do_not_fit_the_header_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b,c\n1,2,3\n\n1,2\n1,2,3,4\n")
    assert [row.get(TORN) for row in read(path)] == [
        None,
        "2 cells where the header has 3",
        "4 cells where the header has 3",
    ]


def test_a_json_line_that_is_none_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": "1"}\n{"a": \n[1]\n\n{"a": "2"}\n')
    rows = read(path)
    assert [row.get("a") for row in rows] == ["1", None, None, "2"]
    assert [TORN in row for row in rows] == [False, True, True, False]


def test_json_values_become_text(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    row = {
        "a": 3,
        "b": 3.5,
        "c": True,
        "d": None,
        "e": ["x"],
        "f": {"v": 1},
        "g": [],
        "h": "\ud800",
    }
    path.write_text(json.dumps(row) + "\n")
    assert read(path) == [
        {"a": "3", "b": "3.5", "c": "true", "e": '["x"]', "f": '{"v": 1}', "h": "?"}
    ]


def test_workbook_cells_become_text(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet(index=0)
    sheet.append(["when", "n", "x", "yes", "day", "none"])
    sheet.append([datetime(2026, 11, 21, 19, 54), 3.0, 2.5, True, date(2026, 11, 21), None])
    book.save(tmp_path / "x.xlsx")
    assert read(tmp_path / "x.xlsx") == [
        {
            "when": "2026-11-21T19:54:00",
            "n": "3",
            "x": "2.5",
            "yes": "true",
            "day": "2026-11-21T00:00:00",
            "none": "",
        }
    ]


def test_a_sheet_is_found_by_name(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("Incidents")
    sheet.append(["Number"])
    sheet.append(["INC1"])
    book.save(tmp_path / "x.xlsx")
    assert read(tmp_path / "x.xlsx", sheet="Incidents") == [{"Number": "INC1"}]
    with pytest.raises(FatalSourceError, match=r"no sheet 'Changes'.*Sheet, Incidents"):
        read(tmp_path / "x.xlsx", sheet="Changes")


def test_parquet_values_become_text(tmp_path: Path) -> None:
    at = datetime(2026, 11, 21, 19, 54)
    table = pa.table({"at": pa.array([at], pa.timestamp("us", "UTC")), "n": [3], "b": [False]})
    parquet.write_table(table, tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet") == [
        {"at": "2026-11-21T19:54:00+00:00", "n": "3", "b": "false"}
    ]


def test_cells_may_hold_nul_newlines_and_much(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"x\0y","' + "long\r\n" * 100_000 + '"\n', newline="")
    assert read(path) == [{"a": "x\0y", "b": "long\r\n" * 100_000}]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("x.csv", b"", "no header row"),
        ("x.csv", b",,,\n1,2,3,4\n", "no header row"),
        ("x.csv", b'a,b\n1,"2\n3,4\n', "near row 2.*quotation mark"),
        ("x.csv", b'a,"b\n1,2\n', "near row 1.*quotation mark"),
        ("x.csv.gz", b"a,b\n1,2\n", "not sound gzip"),
        ("x.csv.gz", gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:-40], "gzip data ends early"),
        ("x.xlsx", b"a,b\n1,2\n", r"not a sound \.xlsx"),
        ("x.jsonl", b"a,b\n1,2\n", "JSON Lines"),
        ("x.parquet", b"a,b\n1,2\n", "not a sound Parquet"),
        ("x.pdf", b"", r"ending \.pdf is not known; name it one of \.csv"),
        ("x", b"", "is not known"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FatalSourceError, match=told) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(FatalSourceError, match="no such file"):
        read(tmp_path / "x.csv")
    (tmp_path / "y.csv").mkdir()
    with pytest.raises(FatalSourceError, match="cannot be opened"):
        read(tmp_path / "y.csv")


def test_an_open_quote_does_not_swallow_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,b\n1,"' + b"x" * (17 * 1024 * 1024))
    with pytest.raises(FatalSourceError, match="quotation mark"):
        read(path)
