"""Which column of a file holds what mining takes: told, known from a preset, or guessed."""

from collections.abc import Mapping, Sequence

import pandas as pd

from connectors.core.mapping.preset import Preset, folded
from connectors.files.catalogue import PRESETS
from connectors.files.guess import guess_columns
from flows.minable import MINED_FIELDS, PERSON_FIELDS
from itsm.errors import ConfigError
from itsm.states import RecordKind

ALIASES: Mapping[str, str] = {
    "number": "id",
    "short_description": "title",
    "summary": "title",
    "cmdb_ci": "ci",
    "business_service": "service",
    "assignment_group": "team",
    "u_symptom": "symptom",
    "created": "opened_at",
}
"""Names that ITSM tools use for the fields, as --map takes them beside our own."""

FIELDS = ("id", "title", "description", *MINED_FIELDS)
"""The fields a file may be mined by."""


def preset_of(name: str) -> Preset:
    """What the exports of a tool look like.

    Raises:
        ConfigError: there is no such preset; names those there are.
    """
    if name not in PRESETS:
        raise ConfigError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def chosen_columns(
    columns: Sequence[str],
    sample: pd.DataFrame,
    maps: Sequence[str],
    preset: Preset | None = None,
) -> dict[str, str]:
    """The column of each field: what --map says, then the preset, then what the columns suggest.

    Raises:
        ConfigError: a --map names no field or no column, or no id or nothing to mine is found.
    """
    given = dict(_parsed(pair, columns) for pair in maps)
    chosen = dict(given)
    known = {} if preset is None else preset_columns(columns, preset, FIELDS)
    for found in (known, guess_columns(columns, sample)):
        free = {f: c for f, c in found.items() if f in FIELDS and c not in chosen.values()}
        chosen = free | chosen
    if "id" not in chosen:
        raise ConfigError(
            f"no column looks like an id; name it with --map id=COLUMN ({_of(columns)})"
        )
    if len(chosen) == 1:
        raise ConfigError(
            f"no column to mine by; name one with --map title=COLUMN ({_of(columns)})"
        )
    return {field: chosen[field] for field in FIELDS if field in chosen}


def _parsed(pair: str, columns: Sequence[str]) -> tuple[str, str]:
    """Field and column of one --map."""
    name, equals, column = pair.partition("=")
    field = ALIASES.get(name.strip().lower(), name.strip().lower())
    if not equals or field not in FIELDS:
        raise ConfigError(f"--map {pair}: write FIELD=COLUMN with one of {', '.join(FIELDS)}")
    if column not in columns:
        raise ConfigError(f"--map {pair}: the file has no column {column!r} ({_of(columns)})")
    return field, column


def _of(columns: Sequence[str]) -> str:
    return f"its columns: {', '.join(columns)}"


def preset_columns(columns: Sequence[str], preset: Preset, fields: Sequence[str]) -> dict[str, str]:
    """The first column of the file that a preset reads each of these fields from."""
    kind = preset.kinds[RecordKind.INCIDENT]
    read = {"id": kind.key, **{rule.field: rule.columns for rule in kind.rules}}
    there: dict[str, str] = {}
    for column in columns:
        there.setdefault(folded(column), column)
    found = {
        field: next(
            (there[folded(name)] for name in read.get(field, ()) if folded(name) in there), None
        )
        for field in fields
    }
    return {field: column for field, column in found.items() if column is not None}


def person_columns(columns: Sequence[str], preset: Preset) -> dict[str, str]:
    """The columns that name people, whose names are taken out of the texts."""
    return preset_columns(columns, preset, PERSON_FIELDS)


def without_empty_words(table: pd.DataFrame, preset: Preset) -> pd.DataFrame:
    """A table without the words that stand for nothing in exports of this tool, such as `?`."""
    return table.mask(table.isin(preset.empty), "") if preset.empty else table


def with_ranks(table: pd.DataFrame, columns: Mapping[str, str], preset: Preset) -> pd.DataFrame:
    """A table whose priorities are ranks, where the preset knows the words: 1 for `Critical`."""
    kind, column = preset.kinds[RecordKind.INCIDENT], columns.get("priority")
    ranks = preset.codes.get(kind.code_table("priority") or "", {})
    if column is None or not ranks:
        return table
    words = table[column].str.strip()
    return table.assign(**{column: words.map(ranks).fillna(words)})
