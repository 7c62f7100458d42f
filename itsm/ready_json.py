"""Dataclasses as JSON where some of it is there already: to be kept again, and not told again."""

import dataclasses
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from itsm.codec import Hint, to_bytes

Json = bytes | memoryview
"""JSON as it is kept."""


def to_bytes_beside(value: object, ready: Mapping[str, Json]) -> bytes:
    """As `itsm.codec.to_bytes`, of a dataclass some of whose fields are JSON already.

    Args:
        value: the dataclass.
        ready: what `to_bytes` makes of a field, by its name.

    Raises:
        ValueError: as `itsm.codec.to_plain`.
    """
    kind: Hint = type(value)
    fields = [
        b'"%s":%s' % (name, ready[field] if field in ready else _made(value, field, hint))
        for field, name, hint in _fields(kind)
    ]
    return b"{%s}" % b",".join(fields)


def _made(value: object, field: str, hint: Hint) -> bytes:
    return to_bytes(getattr(value, field), hint)


@cache
def _fields(kind: Hint) -> tuple[tuple[str, bytes, Hint], ...]:
    """The fields of a dataclass in the order of JSON, each as it is written there, and its hint."""
    hints = typing.get_type_hints(kind)
    names = sorted(f.name for f in dataclasses.fields(cast(Any, kind)) if f.init)
    return tuple((name, name.encode(), hints[name]) for name in names)
