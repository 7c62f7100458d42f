"""Presets out of TOML: records and fields as data, and codes that products share."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from connectors.core.mapping.preset import (
    EventLog,
    FieldRule,
    KindPreset,
    Preset,
    Refinement,
    Side,
    folded,
    table_of,
)
from itsm.fields import FieldSpec, fields_of
from itsm.states import RecordKind

Name = Callable[[str], str]
"""How a column's name is written in rules."""


def load_preset(
    name: str, package: str, file: str, fold: Name = folded, section: str = "kinds"
) -> Preset:
    """A preset from a TOML file in a package.

    Its code tables are those of the file it names under `codes_in`, as "package/file", and its own;
    its own win, code by code. `section` is the part of the file that holds the record kinds.
    """
    given = toml_of(package, file)
    kinds = {
        RecordKind(kind): _kind(RecordKind(kind), table, fold)
        for kind, table in given[section].items()
    }
    return Preset(
        name=name,
        description=given["description"],
        kinds=MappingProxyType(kinds),
        codes=_codes(given),
        empty=frozenset(given.get("empty", ())),
        day_first=given.get("day_first"),
    )


def toml_of(package: str, file: str) -> dict[str, Any]:
    """What a TOML file in a package says."""
    return tomllib.loads((files(package) / file).read_text("utf-8"))


def _codes(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    own: dict[str, dict[str, str]] = given.get("codes", {})
    if "codes_in" not in given:
        return own
    shared: dict[str, dict[str, str]] = toml_of(*given["codes_in"].split("/"))
    return {
        table: {**shared.get(table, {}), **own.get(table, {})} for table in sorted({*shared, *own})
    }


def _kind(kind: RecordKind, given: Mapping[str, Any], fold: Name) -> KindPreset:
    specs = {spec.name: spec for spec in fields_of(kind)}
    rules = tuple(_rule(specs[field], rule, fold) for field, rule in given["fields"].items())
    return KindPreset(
        kind=kind,
        key=_names(given.get("key", ()), fold),
        rules=rules,
        compose=tuple(_names(part, fold) for part in given.get("compose", ())),
        events=_events(given.get("events")),
        kind_columns=_names(given.get("kind_columns", ()), fold),
        comments=folded(given["comments"]) if "comments" in given else None,
    )


def _rule(spec: FieldSpec, given: list[str] | dict[str, Any], fold: Name) -> FieldRule:
    if isinstance(given, list):
        return FieldRule(spec.name, _names(given, fold), codes=table_of(spec))
    refine = given.get("refine")
    return FieldRule(
        field=spec.name,
        columns=_names(given.get("columns", ()), fold),
        codes=given.get("codes", table_of(spec)),
        unit=given.get("unit"),
        constant=given.get("constant"),
        refine=refine
        and Refinement(refine["when"], _names(refine["columns"], fold), refine["codes"]),
        side=Side(given["side"]) if "side" in given else None,
    )


def _events(given: Mapping[str, Any] | None) -> EventLog | None:
    if given is None:
        return None
    columns = {name: folded(given[name]) for name in ("order", "at", "actor", "state_only")}
    return EventLog(
        **columns,
        tracks=tuple(given["tracks"]),
        sticky=_names(given["sticky"], folded),
        highest=_names(given["highest"], folded),
        has_resolution_clock=given["has_resolution_clock"],
    )


def _names(given: Iterable[str], fold: Name) -> tuple[str, ...]:
    return tuple(fold(name) for name in given)
