"""Rows in a form give the bytes that dictionaries give."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.mapping.cells import CellReader
from connectors.core.mapping.preset import Side
from connectors.servicenow.api import value_of
from connectors.servicenow.rows import RowForm
from itsm.records import RawRecord
from itsm.states import RecordKind

COLUMNS = ("sys_id", "number", "sla.name", "u_odd")
FORM = RowForm(COLUMNS)
CELLS = st.fixed_dictionaries({"value": st.text(), "display_value": st.text()})
ROWS = st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELLS), max_size=4)


def raw(payload: bytes, row: object = None) -> RawRecord:
    return RawRecord(
        source="s", kind=RecordKind.INCIDENT, key="k", payload=payload, content_hash="", row=row
    )


def decoded(answer: dict[str, Any]) -> list[Any]:
    value = FORM.decode(orjson.dumps(answer))
    assert isinstance(value, dict)
    rows = value["result"]
    assert isinstance(rows, list)
    return rows


@given(ROWS)
def test_bytes_and_values_are_those_of_dictionaries(rows: list[dict[str, dict[str, str]]]) -> None:
    formed = decoded({"result": rows})
    assert not any(isinstance(row, dict) for row in formed)
    for row, made in zip(rows, formed, strict=True):
        assert FORM.payload(made) == orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        assert {c: FORM.value(made, c) for c in COLUMNS} == {c: value_of(row, c) for c in COLUMNS}
    assert all(FORM.value(made, "no_such_column") == "" for made in formed)


@given(ROWS)
def test_values_of_many_rows_are_those_of_each(rows: list[dict[str, dict[str, str]]]) -> None:
    formed = decoded({"result": rows})
    for columns in (("sys_id", "number"), ("sys_id",), ("number", "no_such_column")):
        expected = [tuple(FORM.value(row, column) for column in columns) for row in formed]
        assert FORM.values(formed, columns) == expected
        assert FORM.values(rows, columns) == expected


@given(ROWS)
def test_columns_of_rows_that_were_read_are_those_of_their_payloads(
    rows: list[dict[str, dict[str, str]]],
) -> None:
    asked = [("number", Side.LABEL), ("number", Side.VALUE), ("u_odd", Side.VALUE)]
    bare = [raw(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)) for row in rows]
    read = [raw(FORM.payload(row), row) for row in decoded({"result": rows})]
    assert bare == read
    expected = CellReader(asked).columns(bare)
    found = CellReader(asked).columns(read)
    assert {a: list(texts) for a, texts in found.items()} == {
        a: list(texts) for a, texts in expected.items()
    }


@pytest.mark.parametrize(
    "row",
    [
        {"number": "bare"},
        {"number": {"value": "1", "display_value": "1", "link": "https://there/1"}},
        {"number": {"value": None, "display_value": ""}},
        {"number": {"value": "1"}},
        {"unasked": {"value": "1", "display_value": "1"}},
    ],
)
def test_a_row_in_another_form_is_a_dictionary(row: dict[str, Any]) -> None:
    (made,) = decoded({"result": [row]})
    assert made == row
    assert FORM.payload(made) == orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    assert FORM.value(made, "number") == value_of(row, "number")


def test_an_error_beside_the_rows_is_kept() -> None:
    value = FORM.decode(b'{"result":[],"error":{"message":"cut"},"status":"failure"}')
    assert isinstance(value, dict)
    assert value["error"] == {"message": "cut"}


def test_what_is_no_json_is_no_json() -> None:
    with pytest.raises(orjson.JSONDecodeError):
        FORM.decode(b'{"result":[{"number"')
