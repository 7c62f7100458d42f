"""Rows as an API gives them, and raw records of them."""

import hashlib
from collections.abc import Mapping
from functools import cache

import orjson

from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.source import ServiceNowSource
from itsm.records import RawRecord
from itsm.states import RecordKind

Cell = str | tuple[str, str] | Mapping[str, object]


def row(**cells: Cell) -> dict[str, object]:
    """A row from its cells: a value, or value and label, or what an odd API might give.

    Two underscores stand for the dot of a dot-walked column.
    """
    return {name.replace("__", "."): _cell(cell) for name, cell in cells.items()}


def _cell(cell: Cell) -> Mapping[str, object]:
    if isinstance(cell, str):
        return {"value": cell, "display_value": cell}
    if isinstance(cell, tuple):
        return {"value": cell[0], "display_value": cell[1]}
    return cell


def raw(kind: RecordKind, key: str, cells: Mapping[str, object]) -> RawRecord:
    """A raw record of a row."""
    payload = orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)
    return RawRecord(
        source="sn",
        kind=kind,
        key=key,
        payload=payload,
        content_hash=hashlib.sha256(payload).hexdigest(),
    )


def unreached(**settings: object) -> ServiceNowSource:
    """A source whose instance is never asked."""
    return _made(**settings) if settings else _usual()


@cache
def _usual() -> ServiceNowSource:
    return _made()


def _made(**settings: object) -> ServiceNowSource:
    given = {"url": "https://sn.invalid", "user": "csi", "password": "none", **settings}
    return ServiceNowSource("sn", ServiceNowConfig.model_validate(given))
