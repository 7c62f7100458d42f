"""A company's own columns and codes over a preset's."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from connectors.files.preset import Codes, KindPreset, Preset, default_rule, folded
from itsm.errors import ConfigError
from itsm.fields import FieldType, fields_of
from itsm.states import RecordKind


def adapted(
    preset: Preset, columns: Mapping[RecordKind, Mapping[str, str]], codes: Codes
) -> Preset:
    """A preset with a company's own columns and codes; these win.

    Raises:
        ConfigError: a record kind, a code table or a meaning does not exist.
    """
    kinds = dict(preset.kinds)
    for kind, overrides in columns.items():
        if kind not in kinds:
            raise ConfigError(f"fields.{kind}: the preset {preset.name!r} has no {kind} records")
        kinds[kind] = _with_columns(kinds[kind], overrides)
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


def _with_columns(kind: KindPreset, overrides: Mapping[str, str]) -> KindPreset:
    by_field = {rule.field: rule for rule in kind.rules}
    specs = {spec.name: spec for spec in fields_of(kind.kind)}
    key = kind.key
    for field, column in overrides.items():
        if field == "number":
            key = (folded(column),)
            continue
        rule = by_field.get(field) or default_rule(specs[field])
        by_field[field] = replace(rule, columns=(folded(column),))
    return replace(kind, key=key, rules=tuple(by_field.values()))


def _check_meanings(kinds: Mapping[RecordKind, KindPreset], codes: Codes) -> None:
    for kind in kinds.values():
        specs = {spec.name: spec for spec in fields_of(kind.kind)}
        for rule in kind.rules:
            spec = specs[rule.field]
            tables = [rule.codes, rule.refine.codes if rule.refine else None]
            for table in filter(None, tables):
                if spec.type is FieldType.CODE:
                    _check_table(table, codes[table], spec.enum)


def _check_table(name: str, table: Mapping[str, str], enum: type[StrEnum] | None) -> None:
    meanings = frozenset(enum or ())
    for code, meaning in table.items():
        if meaning not in meanings:
            raise ConfigError(
                f"codes.{name}: {code!r} = {meaning!r}: no such meaning; choose from "
                + ", ".join(sorted(meanings))
            )
