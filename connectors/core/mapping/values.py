"""Cells as values: text, whole numbers, numbers, flags and durations.

A reader gives None for a text it cannot read, never a guess.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from types import MappingProxyType

from connectors.core.mapping.times import read_time
from itsm.fields import FieldType
from itsm.states import HistoryField

_FLAGS = {
    "true": True,
    "yes": True,
    "y": True,
    "1": True,
    "t": True,
    "false": False,
    "no": False,
    "n": False,
    "0": False,
    "f": False,
}
_LEADING_INTEGER = re.compile(r"\s*([+-]?\d{1,15})(?:\.0+)?(?:\s*$|\s*[-:.)]\s*\D|\s+\D)")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_EPOCH = re.compile(r"19[67]\d-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
_CLOCK = re.compile(r"(\d+):(\d{2})(?::(\d{2}))?")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(w|d|h|m|s)[a-z]*", re.IGNORECASE)
_PART_H = {"w": 168.0, "d": 24.0, "h": 1.0, "m": 1 / 60, "s": 1 / 3600}


def read_text(text: str) -> str | None:
    """A text without blanks around it and without NUL; None if nothing is left."""
    return text.replace("\x00", "").strip() or None


def read_integer(text: str) -> int | None:
    """A whole number, alone or leading a label: "3", "3.0", "3 - Moderate"."""
    match = _LEADING_INTEGER.match(text)
    return int(match[1]) if match else None


def read_number(text: str) -> float | None:
    """A number; a decimal comma and blanks between thousands are understood."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    if plain.rfind(",") < plain.rfind(".") or _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    else:
        plain = plain.replace(".", "").replace(",", ".")
    return float(plain) if _NUMBER.fullmatch(plain) else None


def read_flag(text: str) -> bool | None:
    """A yes or a no."""
    return _FLAGS.get(text.strip().casefold())


def read_duration_h(text: str) -> float | None:
    """A duration in hours.

    Seconds ("5400"), a clock ("1:30:00"), a time after 1970-01-01 00:00:00, or parts ("1 Hour 30
    Minutes", "1h 30m").
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text) / 3600
    if _EPOCH.fullmatch(text):
        at = read_time(text, UTC, day_first=None)
        return None if at is None else at.timestamp() / 3600
    if match := _CLOCK.fullmatch(text):
        return int(match[1]) + int(match[2]) / 60 + int(match[3] or 0) / 3600
    parts = _PART.findall(text)
    if parts and not re.sub(r"[\s,]|and", "", _PART.sub("", text)):
        return sum(float(number) * _PART_H[unit.lower()] for number, unit in parts)
    return None


def plain_meaning(field: HistoryField, word: str) -> str | None:
    """The text history keeps of a word that is no state: priorities and flags without labels."""
    if field is HistoryField.PRIORITY:
        priority = read_integer(word)
        return word.strip() if priority is None else str(priority)
    if field is HistoryField.SLA_MET:
        is_met = read_flag(word)
        return word.strip() if is_met is None else str(is_met).lower()
    return read_text(word)


def shape_of(text: str) -> str:
    """What a value looks like without what it says: digits as 9, letters as a.

    Messages show this instead of a value that may hold a person's data.
    """
    shape = "".join(map(_shape_of_character, text[:40]))
    return f"{shape!r}{'...' if len(text) > 40 else ''}"


def _shape_of_character(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalnum():
        return "a"
    return character if character.isprintable() else "?"


PLAIN_READERS: Mapping[FieldType, tuple[Callable[[str], object], str]] = MappingProxyType(
    {
        FieldType.TEXT: (read_text, "a text"),
        FieldType.INTEGER: (read_integer, "a whole number"),
        FieldType.NUMBER: (read_number, "a number"),
        FieldType.FLAG: (read_flag, "yes or no"),
    }
)
"""How a cell becomes a value of a plain type, and what it has to be for that."""
