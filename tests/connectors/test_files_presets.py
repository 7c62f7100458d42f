"""Presets: what tools export becomes the records it tells of."""

import math
from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.records import (
    RECORD_TYPES,
    Record,
)
from itsm.states import (
    RecordKind,
)
from tests.connectors.export_files import records_of, source_of, write_rows

INCIDENT = RecordKind.INCIDENT
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)
times = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
PLAIN_VALUES = {
    FieldType.TEXT: texts,
    FieldType.INTEGER: st.integers(-(10**9), 10**9),
    FieldType.NUMBER: st.floats(allow_nan=False, allow_infinity=False).filter(math.isfinite),
    FieldType.FLAG: st.booleans(),
    FieldType.TIME: times,
}


def value_of(spec: FieldSpec) -> st.SearchStrategy[object]:
    values: st.SearchStrategy[object]
    values = st.sampled_from(spec.enum) if spec.enum else PLAIN_VALUES[spec.type]
    return values if spec.is_required else st.none() | values


def record_of(kind: RecordKind) -> st.SearchStrategy[Record]:
    values = {spec.name: value_of(spec) for spec in fields_of(kind) if spec.name != "source"}
    return st.builds(RECORD_TYPES[kind], source=st.just("ours"), **values)


def row_of(record: Record) -> dict[str, str]:
    """A record under the plain names."""
    row = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, datetime):
            row[field.name] = value.isoformat()
        elif isinstance(value, StrEnum):
            row[field.name] = value.value
        elif value is not None:
            row[field.name] = str(value)
    del row["source"]
    return row


def with_codes(record: Record) -> Record:
    """A record whose codes keep their word, as they do once they were read."""
    missing: dict[str, Any] = {
        f"{field.name}_code": value.value
        for field in fields(record)
        if isinstance(value := getattr(record, field.name), StrEnum)
        and getattr(record, f"{field.name}_code", "") is None
    }
    return replace(record, **missing)


@pytest.mark.parametrize("kind", [kind for kind in RecordKind if kind is not RecordKind.HISTORY])
@settings(max_examples=10)
@given(data=st.data())
def test_plain_rows_give_every_record_back(
    tmp_path_factory: pytest.TempPathFactory, kind: RecordKind, data: st.DataObject
) -> None:
    written = data.draw(
        st.lists(record_of(kind), min_size=1, max_size=3, unique_by=lambda r: r.number)
    )
    path = tmp_path_factory.mktemp("x") / "x.csv"
    source = source_of(kind, write_rows(path, [row_of(record) for record in written]))
    assert records_of(source, kind) == [with_codes(record) for record in written]
