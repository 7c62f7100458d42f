"""Lists of record numbers that other reports give out."""

import csv
from collections.abc import Sequence
from pathlib import Path

from itsm.errors import ConfigError

_NAMES = ("number", "id", "key", "incident", "ticket", "record")
"""Columns of another report that may hold record numbers, likeliest first."""


def numbers_of(path: Path, column: str | None) -> list[str]:
    """The record numbers of another report's list.

    Raises:
        ConfigError: it is no readable CSV, or no column can be told to hold them.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(4096)
            file.seek(0)
            rows = csv.DictReader(file, delimiter=";" if _semicolons(start) else ",")
            names = list(rows.fieldnames or [])
            found = column if column is not None else _guessed(names)
            if found is None or found not in names:
                raise ConfigError(f"{path.name}: give --column, one of {', '.join(names)}")
            return [row[found].strip() for row in rows if (row[found] or "").strip()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path.name} is no CSV in UTF-8: {error}") from None


def _semicolons(start: str) -> bool:
    """Whether the first line is parted by semicolons, as many spreadsheets write it."""
    first = start.splitlines()[:1]
    return bool(first) and first[0].count(";") > first[0].count(",")


def _guessed(names: Sequence[str]) -> str | None:
    if len(names) == 1:
        return names[0]
    lowered = {name.strip().lower(): name for name in names}
    return next((lowered[name] for name in _NAMES if name in lowered), None)
