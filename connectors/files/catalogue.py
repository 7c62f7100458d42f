"""The presets there are: TOML files beside this module, and the plain one."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from connectors.files.preset import (
    EventLog,
    FieldRule,
    KindPreset,
    Preset,
    Refinement,
    default_rule,
    folded,
    table_of,
)
from itsm.fields import FieldSpec, fields_of
from itsm.states import RecordKind


def plain_preset() -> Preset:
    """Columns named after the fields, codes after their meanings."""
    codes: dict[str, dict[str, str]] = {}
    kinds = {}
    for kind in RecordKind:
        rules = []
        for spec in fields_of(kind):
            if spec.name in ("source", "number"):
                continue
            rules.append(default_rule(spec))
            if spec.enum is not None:
                codes[str(table_of(spec))] = {str(meaning): str(meaning) for meaning in spec.enum}
        kinds[kind] = KindPreset(kind, ("number",), tuple(rules))
    return Preset("plain", "Columns named after the records' fields", kinds, codes)


def load_preset(name: str) -> Preset:
    """A preset from its TOML file."""
    text = (files("connectors.files") / f"preset_{name}.toml").read_text("utf-8")
    given = tomllib.loads(text)
    kinds = {
        RecordKind(kind): _kind(RecordKind(kind), table) for kind, table in given["kinds"].items()
    }
    return Preset(
        name=name,
        description=given["description"],
        kinds=MappingProxyType(kinds),
        codes=given["codes"],
        empty=frozenset(given.get("empty", ())),
        day_first=given.get("day_first"),
    )


def _kind(kind: RecordKind, given: Mapping[str, Any]) -> KindPreset:
    specs = {spec.name: spec for spec in fields_of(kind)}
    rules = tuple(_rule(specs[field], rule) for field, rule in given["fields"].items())
    return KindPreset(
        kind=kind,
        key=_names(given.get("key", ())),
        rules=rules,
        compose=tuple(_names(part) for part in given.get("compose", ())),
        events=_events(given.get("events")),
        kind_columns=_names(given.get("kind_columns", ())),
        comments=folded(given["comments"]) if "comments" in given else None,
    )


def _rule(spec: FieldSpec, given: list[str] | dict[str, Any]) -> FieldRule:
    if isinstance(given, list):
        return FieldRule(spec.name, _names(given), codes=table_of(spec))
    refine = given.get("refine")
    return FieldRule(
        field=spec.name,
        columns=_names(given.get("columns", ())),
        codes=given.get("codes", table_of(spec)),
        unit=given.get("unit"),
        constant=given.get("constant"),
        refine=refine and Refinement(refine["when"], _names(refine["columns"]), refine["codes"]),
    )


def _events(given: Mapping[str, Any] | None) -> EventLog | None:
    if given is None:
        return None
    columns = {name: folded(given[name]) for name in ("order", "at", "actor", "state_only")}
    return EventLog(
        **columns,
        tracks=tuple(given["tracks"]),
        sticky=_names(given["sticky"]),
        highest=_names(given["highest"]),
        has_resolution_clock=given["has_resolution_clock"],
    )


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(folded(name) for name in given)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "servicenow": load_preset("servicenow"),
        "jira": load_preset("jira"),
        "uci": load_preset("uci"),
        "plain": plain_preset(),
    }
)
"""The presets by name."""
