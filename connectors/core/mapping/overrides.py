"""A company's own columns and codes over a preset's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

from connectors.core.mapping.preset import (
    KIND_TABLE,
    Codes,
    KindPreset,
    Preset,
    default_rule,
    folded,
)
from connectors.core.mapping.values import PLAIN_READERS
from itsm.errors import ConfigError
from itsm.fields import FieldType, column_names, fields_of
from itsm.states import RecordKind

Columns = Mapping[RecordKind, Mapping[str, str | tuple[str, ...]]]
"""A company's own columns: kind, field, the column or those of which the first filled one wins."""


def adapted(
    preset: Preset, columns: Columns, codes: Codes, name: Callable[[str], str] = folded
) -> Preset:
    """A preset with a company's own columns and codes; these win.

    Args:
        preset: what they are put over.
        columns: per kind and field, "number" included.
        codes: per code table.
        name: how column names are compared.

    Raises:
        ConfigError: a record kind, a code table or a meaning does not exist.
    """
    kinds = dict(preset.kinds)
    for kind, overrides in columns.items():
        if kind not in kinds:
            raise ConfigError(f"fields.{kind}: the preset {preset.name!r} has no {kind} records")
        kinds[kind] = _with_columns(
            kinds[kind],
            {
                field: tuple(map(name, (given,) if isinstance(given, str) else given))
                for field, given in overrides.items()
            },
        )
    unknown = sorted(set(codes) - set(preset.codes))
    if unknown:
        raise ConfigError(
            f"codes.{unknown[0]}: the preset {preset.name!r} has no such code table; choose from "
            + ", ".join(sorted(preset.codes))
        )
    tables = {
        name: {**table, **codes.get(name, {})} for name, table in sorted(preset.codes.items())
    }
    _check_meanings(kinds, tables)
    return replace(preset, kinds=kinds, codes=tables)


def check_fields(given: Mapping[RecordKind, Mapping[str, object]]) -> None:
    """Lets columns of one's own pass if their fields exist; for validators of settings.

    Raises:
        ValueError: a field does not exist.
    """
    for kind, columns in given.items():
        unknown = sorted(set(columns) - set(column_names(kind)))
        if unknown:
            known = ", ".join(name for name in column_names(kind) if name != "source")
            raise ValueError(
                f"fields.{kind}: {', '.join(unknown)}: no such field; choose from {known}"
            )


def _with_columns(kind: KindPreset, overrides: Mapping[str, tuple[str, ...]]) -> KindPreset:
    by_field = {rule.field: rule for rule in kind.rules}
    specs = {spec.name: spec for spec in fields_of(kind.kind)}
    key = kind.key
    for field, given in overrides.items():
        if field == "number":
            key = given
            continue
        rule = by_field.get(field) or default_rule(specs[field])
        by_field[field] = replace(rule, columns=given)
    return replace(kind, key=key, rules=tuple(by_field.values()))


def _check_meanings(kinds: Mapping[RecordKind, KindPreset], codes: Codes) -> None:
    _check_table(KIND_TABLE, codes.get(KIND_TABLE, {}), RecordKind)
    for kind in kinds.values():
        specs = {spec.name: spec for spec in fields_of(kind.kind)}
        for rule in kind.rules:
            spec = specs[rule.field]
            for table in filter(None, (rule.codes, rule.refine.codes if rule.refine else None)):
                if spec.enum is not None:
                    _check_table(table, codes[table], spec.enum)
                else:
                    _check_values(table, codes[table], spec.type)


def _check_table(name: str, table: Mapping[str, str], enum: type[StrEnum]) -> None:
    for code, meaning in table.items():
        if meaning not in list(enum):
            raise ConfigError(
                f"codes.{name}: {code!r} = {meaning!r}: no such meaning; choose from "
                + ", ".join(sorted(enum))
            )


def _check_values(name: str, table: Mapping[str, str], of_type: FieldType) -> None:
    read, what = PLAIN_READERS[of_type]
    for code, meaning in table.items():
        if read(meaning) is None:
            raise ConfigError(f"codes.{name}: {code!r} = {meaning!r}: the meaning must be {what}")
