"""The first pass over a kind's files: columns, keys that come back, the order of dates."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from connectors.core.mapping.preset import FieldRule, KindPreset, folded, required_fields
from connectors.core.mapping.times import DateOrder
from connectors.files.formats import ReadOptions
from connectors.files.grouping import KeyedFiles, hash_of, returning_keys
from connectors.files.table import Table, open_table
from itsm.errors import ConfigError, FatalSourceError
from itsm.fields import FieldType, fields_of

_ROWS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Survey:
    """What the second pass has to know.

    `returning` counts the runs of keys that come back, by hash of the key; `day_first` is what the
    dates tell, None where none can be read both ways.
    """

    returning: Counter[int]
    day_first: bool | None


def survey(files: KeyedFiles, preset: KindPreset, *, tells_order: bool) -> Survey:
    """Reads all files once.

    Args:
        files: the files of a kind.
        preset: what is looked for.
        tells_order: whether dates must tell their order; not if a person or the preset said it.

    Raises:
        FatalSourceError: a file cannot be read.
        ConfigError: dates can be read both ways, and nobody said which.
    """
    hashes = array("Q")
    order = DateOrder()
    columns = _time_columns(preset) if tells_order else frozenset()
    dated: dict[str, bool] = {}
    before = ""
    for key, row in files.rows():
        if key != before:
            hashes.append(hash_of(key))
            before = key
        if columns:
            for name, cell in row.items():
                if name not in dated:
                    dated[name] = folded(name) in columns
                if dated[name]:
                    order.see(cell)
    if not order.is_told:
        raise _untold(files, order)
    return Survey(returning_keys(hashes), order.day_first)


def check_columns(
    source: str, paths: Sequence[Path], options: ReadOptions, preset: KindPreset
) -> None:
    """Stops before rows are read if a file lacks a column that every record needs.

    Raises:
        FatalSourceError: names the file, the columns it has, and the setting to change.
    """
    for path in paths:
        with open_table(path, options, source=source) as table:
            seen, is_whole = _seen_columns(table)
        missing = _missing(preset, frozenset(map(folded, seen)), is_whole=is_whole)
        if seen and missing is not None:
            field, columns = missing
            raise FatalSourceError(source, _told(path, preset, field, columns, seen))


def _seen_columns(table: Table) -> tuple[tuple[str, ...], bool]:
    """Column names, and whether these are all: JSON Lines show theirs only row by row."""
    if table.columns is not None:
        return table.columns, True
    shown = islice(table.rows, _ROWS_SHOWN)
    return tuple(dict.fromkeys(name for row in shown for name in row)), False


def _missing(
    preset: KindPreset, seen: frozenset[str], *, is_whole: bool
) -> tuple[str, tuple[str, ...]] | None:
    if seen.isdisjoint(preset.key_columns):
        return "number", preset.key_columns
    rules = {rule.field: rule for rule in preset.rules}
    for field in required_fields(preset.kind) if is_whole else ():
        rule = rules.get(field.removesuffix("_code")) or rules.get(field) or FieldRule(field)
        if rule.constant is None and seen.isdisjoint(rule.columns):
            return rule.field, rule.columns
    return None


def _told(
    path: Path, preset: KindPreset, field: str, columns: Sequence[str], seen: Sequence[str]
) -> str:
    remedy = f'name its column under `fields`: [fields.{preset.kind}] {field} = "..."'
    if len(seen) == 1:
        remedy = "it has one column only, so `delimiter` may be another; or " + remedy
    return (
        f"{path}: no column for {field} (looked for {', '.join(columns) or field}); "
        f"it has: {', '.join(seen[:40])}; {remedy}"
    )


def _time_columns(preset: KindPreset) -> frozenset[str]:
    types = {spec.name: spec.type for spec in fields_of(preset.kind)}
    return frozenset(
        column
        for rule in preset.rules
        if types[rule.field] is FieldType.TIME
        for column in rule.columns
    )


def _untold(files: KeyedFiles, order: DateOrder) -> ConfigError:
    problem = (
        "dates in both orders of day and month"
        if order.is_contradictory
        else "only dates that can be read both ways, such as 3/4/2026"
    )
    return ConfigError(
        f"{files.described}: {problem}; set `day_first` to true (3 April) or false (4 March)"
    )
