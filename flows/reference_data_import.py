"""Taking over a workbook: checked whole, shown as a difference, written as one file, noted."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.code_lines import toml_text
from flows.figure_settings import FigureSettings
from flows.files import write_whole
from flows.reference_data import Said, cell_text, said_by
from flows.reference_data_book import listed, read
from flows.reference_data_sheets import BY_NAME, Place
from flows.reference_settings import ServiceSettings, reference_file
from flows.run_settings import CostSettings
from flows.vendor_settings import VendorSettings
from itsm.errors import ConfigError
from itsm.journal import JournalKind
from store.unit_of_work import UnitOfWork

REFERENCE = "reference data"
"""What the declaration is called."""
_HEAD = """\
# Written by `csi reference import`; csi.toml, which is read with it, wins. To change it, export the
# workbook, change that, and import it again.
"""
_CELLS = {"team_sizes": "people", "run_per_year": "cost_per_year", "closed_days": "day"}
"""The columns of what is a value by itself."""


class _Tables(BaseModel):
    """What a workbook may say."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    services: dict[str, ServiceSettings] = {}
    figures: FigureSettings = FigureSettings()
    cost: CostSettings = CostSettings()
    vendors: dict[str, VendorSettings] = {}


@dataclass(frozen=True, slots=True)
class Taken:
    """A workbook that may be taken over.

    Attributes:
        text: the file it makes.
        changes: what differs from the file that is there, line by line.
        overruled: the keys that `csi.toml` says otherwise.
        content: the same by key, as it is noted.
    """

    text: str
    changes: tuple[str, ...]
    overruled: tuple[str, ...]
    content: Mapping[str, str]


def checked(config: Path, workbook: Path) -> Taken:
    """A workbook, held against what is allowed, against what was there, and against `csi.toml`.

    Raises:
        ConfigError: something is wrong; names each by sheet, row and column, with what to write.
    """
    said = said_by(read(workbook))
    wrong = [*_alone(said), *_errors(said)]
    if wrong:
        raise ConfigError(listed(workbook, wrong))
    before = _toml_of(reference_file(config))
    given, now = flat(_toml_of(config)), flat(said.tables)
    overruled = tuple(key for key in now if key in given and given[key] != now[key])
    return Taken(
        text=_HEAD + "\n".join(toml_lines(said.tables)) + "\n",
        changes=tuple(differences(flat(before), now)),
        overruled=overruled,
        content=now,
    )


def take_over(config: Path, taken: Taken, uow: UnitOfWork, at: datetime) -> Path:
    """Note a version of the reference data, and write the file."""
    uow.declarations.note(JournalKind.CONFIGURATION, REFERENCE, taken.content, at)
    return write_whole(reference_file(config), taken.text.encode())


def _alone(said: Said) -> Iterator[str]:
    hours = said.tables.get("figures", {}).get("service_hours")
    if isinstance(hours, Mapping) and "days" not in hours:
        row = next(row for place, row in said.rows.items() if "closed_days" in place)
        yield f"{row[0]}, row {row[1]}: needs a row in the sheet calendar, which says the days"


def _errors(said: Said) -> Iterator[str]:
    try:
        _Tables.model_validate(said.tables)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            sheet, row, column = _cell_of(said, tuple(one["loc"]))
            message = one["msg"].removeprefix("Value error, ")
            hint = _says(sheet, column)
            at = f", {column}" if column else ""
            yield f"{sheet}, row {row}{at}: {message}{f'; write {hint}' if hint else ''}"


def _cell_of(said: Said, loc: Place) -> tuple[str, int, str]:
    """The sheet, row and column that a place in the settings is from."""
    for n in range(len(loc), 0, -1):
        if loc[:n] in said.rows:
            sheet, row = said.rows[loc[:n]]
            names = {column.name for column in BY_NAME[sheet].columns}
            rest = next((str(part) for part in loc[n:] if part in names), "")
            own = next((_CELLS[str(part)] for part in loc if part in _CELLS), "")
            return sheet, row, rest or own or ("value" if sheet == "costs" else "")
    below = [row for place, row in said.rows.items() if place[: len(loc)] == loc]
    sheet, row = max(below, default=("costs", 1))
    return sheet, row, ""


def _says(sheet: str, column: str) -> str:
    return next((one.says for one in BY_NAME[sheet].columns if one.name == column), "")


def _toml_of(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def flat(tables: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Each key with its value as text; a list is one value."""
    found: dict[str, str] = {}
    for name, value in tables.items():
        key = f"{before}.{name}" if before else name
        if isinstance(value, Mapping):
            found |= flat(value, key)
        elif isinstance(value, list):
            found[key] = json.dumps([_plain(one) for one in value], ensure_ascii=False)
        else:
            found[key] = cell_text(value)
    return found


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in sorted(value.items()) if one is not None}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float) else cell_text(value)


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What is added, taken away and changed; of a list, which of its rows."""
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        rows = [_listed(text) for text in (old, new)]
        if rows[0] is not None and rows[1] is not None:
            gone = [one for one in rows[0] if one not in rows[1]]
            come = [one for one in rows[1] if one not in rows[0]]
            yield from (f"- {key}: {one}" for one in gone)
            yield from (f"+ {key}: {one}" for one in come)
        elif old is None:
            yield f"+ {key} = {new}"
        elif new is None:
            yield f"- {key} = {old}"
        else:
            yield f"~ {key}: {old} -> {new}"


def _listed(text: str | None) -> list[str] | None:
    """The rows of a list; [] where there is none, None where it is no list."""
    if text is None:
        return []
    if not text.startswith("["):
        return None
    return [
        one if isinstance(one, str) else ", ".join(f"{k}={v}" for k, v in one.items())
        for one in json.loads(text)
    ]


def toml_lines(tables: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Tables as TOML: keys first, then tables, then lists of tables."""
    inner = {name: one for name, one in tables.items() if isinstance(one, Mapping)}
    many = {name: one for name, one in tables.items() if _is_many(one)}
    keys = [name for name in tables if name not in inner and name not in many]
    if path and (keys or not tables):
        yield f"[{'.'.join(path)}]"
    for name in keys:
        yield f"{toml_text(name)} = {_value(tables[name])}"
    for name, one in inner.items():
        yield from toml_lines(one, (*path, toml_text(name)))
    for name, rows in many.items():
        for row in rows:
            yield f"[[{'.'.join((*path, toml_text(name)))}]]"
            yield from (f"{toml_text(key)} = {_value(one)}" for key, one in row.items())


def _is_many(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _value(value: object) -> str:
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_text(str(key))} = {_value(one)}" for key, one in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, time):
        return value.replace(tzinfo=None).isoformat("seconds")
    return cell_text(value)
