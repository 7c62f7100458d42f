"""Columns are read from the records, and records keep the habits that columns rely on."""

from dataclasses import MISSING, fields
from enum import StrEnum

import pytest

from itsm.fields import FieldType, column_names, fields_of, kind_of
from itsm.records import RECORD_TYPES, Record, Vendor
from itsm.states import RecordKind

KINDS = pytest.mark.parametrize("kind", list(RecordKind))


def test_every_kind_has_a_record_type_of_its_own() -> None:
    assert set(RECORD_TYPES) == set(RecordKind)
    assert len(set(RECORD_TYPES.values())) == len(RecordKind)


@KINDS
def test_columns_are_the_fields_in_order_key_first(kind: RecordKind) -> None:
    names = column_names(kind)
    assert names[:4] == ("source", "number", "updated_at", "restricted")
    assert names == tuple(field.name for field in fields(RECORD_TYPES[kind]))


@KINDS
def test_a_field_says_its_type_in_its_name(kind: RecordKind) -> None:
    for spec in fields_of(kind):
        if spec.name.endswith("_at") or spec.name == "at":
            assert spec.type is FieldType.TIME, spec.name
        if spec.type is FieldType.TIME:
            assert spec.name.endswith("at"), spec.name
        if spec.name.startswith("is_"):
            assert spec.type is FieldType.FLAG, spec.name
        if spec.name.endswith(("_h", "_share")):
            assert spec.type is FieldType.NUMBER, spec.name


@KINDS
def test_codes_know_their_meanings_and_the_meaning_unmapped(kind: RecordKind) -> None:
    own = {"record_kind", "field"}  # written by us, never read from a source
    for spec in fields_of(kind):
        assert (spec.type is FieldType.CODE) == (spec.enum is not None)
        if spec.enum is not None and spec.name not in own:
            assert "unmapped" in {str(member) for member in spec.enum}, spec.name


@KINDS
def test_a_field_is_required_unless_it_may_be_none(kind: RecordKind) -> None:
    defaults = {field.name: field.default for field in fields(RECORD_TYPES[kind])}
    for spec in fields_of(kind):
        if spec.is_required:
            assert defaults[spec.name] in (MISSING, False), spec.name
        else:
            assert defaults[spec.name] is None, spec.name


@pytest.mark.parametrize(
    ("kind", "name", "type_", "is_required"),
    [
        (RecordKind.INCIDENT, "opened_at", FieldType.TIME, True),
        (RecordKind.INCIDENT, "state", FieldType.CODE, True),
        (RecordKind.INCIDENT, "priority", FieldType.INTEGER, False),
        (RecordKind.INCIDENT, "handling_h", FieldType.NUMBER, False),
        (RecordKind.INCIDENT, "sla_met", FieldType.FLAG, False),
        (RecordKind.CHANGE, "outcome", FieldType.CODE, False),
        (RecordKind.VENDOR, "name", FieldType.TEXT, True),
    ],
)
def test_types_of_some_fields(
    kind: RecordKind, name: str, type_: FieldType, is_required: bool
) -> None:
    spec = {spec.name: spec for spec in fields_of(kind)}[name]
    assert (spec.type, spec.is_required) == (type_, is_required)
    assert (spec.enum is None) or issubclass(spec.enum, StrEnum)


def test_a_record_knows_its_kind() -> None:
    assert kind_of(Vendor(source="s", number="V1", name="Acme")) is RecordKind.VENDOR
    with pytest.raises(KeyError):
        kind_of(Record(source="s", number="1"))
