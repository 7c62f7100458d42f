"""Raw records of cells: what an API gave of a row, as values and labels."""

import hashlib
from collections.abc import Mapping

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind

Cell = dict[str, str]
"""One cell: what people see (`display_value`), and the value."""
Cells = dict[str, Cell]
"""The cells of a row, by column."""


def cell(value: str, label: str | None = None) -> Cell:
    """A cell, its sides in the order of their names."""
    return {"display_value": value if label is None else label, "value": value}


def raw_of(source: str, kind: RecordKind, key: str, cells: Mapping[str, Cell]) -> RawRecord:
    """A raw record of cells, as canonical JSON."""
    payload = orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)
    return RawRecord(
        source=source,
        kind=kind,
        key=key,
        payload=payload,
        content_hash=hashlib.sha256(payload).hexdigest(),
    )
