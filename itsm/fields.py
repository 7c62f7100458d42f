"""What type each field of a record has, read once from its dataclass.

Frames, tables and exports take their columns from here, so that a field is declared in one place.
"""

import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum, StrEnum
from functools import cache

from itsm.records import RECORD_TYPES, Record
from itsm.states import RecordKind

EnumClass = type[StrEnum]


class FieldType(Enum):
    """The plain types a field of a record may have."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """Name, plain type and optionality of one field; `enum` for codes."""

    name: str
    type: FieldType
    is_required: bool
    enum: EnumClass | None = None


_PLAIN = {
    str: FieldType.TEXT,
    bool: FieldType.FLAG,
    int: FieldType.INTEGER,
    float: FieldType.NUMBER,
    datetime: FieldType.TIME,
}


@cache
def fields_of(kind: RecordKind) -> tuple[FieldSpec, ...]:
    """The fields of a record kind, key fields first, in the order they are declared."""
    record_type = RECORD_TYPES[kind]
    hints = typing.get_type_hints(record_type)
    return tuple(_spec(field.name, hints[field.name]) for field in fields(record_type))


def column_names(kind: RecordKind) -> tuple[str, ...]:
    """The column names of a frame or table of this kind."""
    return tuple(spec.name for spec in fields_of(kind))


def kind_of(record: Record) -> RecordKind:
    """The kind of a record."""
    return _kinds()[type(record)]


def by_kind(records: Iterable[Record]) -> dict[RecordKind, list[Record]]:
    """Records by their kind, in their order; only the kinds there are any of."""
    every = list(records)
    types = list(map(type, every))
    return {
        _kinds()[of]: [record for record, type_ in zip(every, types, strict=True) if type_ is of]
        for of in dict.fromkeys(types)
    }


@cache
def _kinds() -> dict[type[Record], RecordKind]:
    return {record_type: kind for kind, record_type in RECORD_TYPES.items()}


def _spec(name: str, hint: object) -> FieldSpec:
    is_required = True
    if isinstance(hint, types.UnionType):
        options = [option for option in typing.get_args(hint) if option is not types.NoneType]
        is_required = len(options) == len(typing.get_args(hint))
        hint = options[0]
    assert isinstance(hint, type)
    if issubclass(hint, StrEnum):
        return FieldSpec(name, FieldType.CODE, is_required, hint)
    return FieldSpec(name, _PLAIN[hint], is_required)
