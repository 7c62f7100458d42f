"""Which table holds which records, with a company's own tables, columns and codes over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from connectors.core.mapping.loading import load_preset, toml_of
from connectors.core.mapping.overrides import adapted
from connectors.core.mapping.preset import KIND_TABLE, Codes, KindPreset, Preset
from connectors.servicenow.config import ServiceNowConfig
from itsm.errors import ConfigError
from itsm.states import RecordKind

_WHERE = ("connectors.servicenow", "tables.toml")
WORK = (
    RecordKind.INCIDENT,
    RecordKind.SERVICE_REQUEST,
    RecordKind.CHANGE,
    RecordKind.PROBLEM,
    RecordKind.PROBLEM_TASK,
)
"""The kinds whose comments, clocks and changes are read."""
DERIVED = frozenset({RecordKind.VENDOR_CASE, RecordKind.KNOWN_ERROR})
"""Kinds that are read out of the table of another one, unless a company has a table of them."""


@dataclass(frozen=True, slots=True)
class KindTable:
    """One record kind: its table, and how its rows become records.

    Attributes:
        filter: the encoded query its rows meet; "" for all rows.
        updated: the column that says when a row was last changed.
        is_whole: whether it is read from the first row on, whatever `since` says.
        is_asked_for: whether a person named the kind or its table.
        is_derived: whether it is read out of the table of another kind.
    """

    kind: RecordKind
    table: str
    filter: str
    updated: str
    preset: KindPreset
    is_whole: bool
    is_asked_for: bool
    is_derived: bool = False


@dataclass(frozen=True, slots=True)
class Tables:
    """All that is read of an instance, in the order it is read."""

    kinds: Mapping[RecordKind, KindTable]
    metric: KindTable
    codes: Codes

    def of_table(self, table: str) -> tuple[RecordKind, ...]:
        """The kinds that are read out of a table."""
        return tuple(kind for kind, one in self.kinds.items() if one.table == table)


def tables_of(config: ServiceNowConfig) -> Tables:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind has no table, or a code table or meaning does not exist.
    """
    chosen = _presets(config)
    preset = adapted(chosen, config.fields, config.codes, str)
    wanted = _wanted(config)
    names = {kind: _table_name(kind, config) for kind in wanted}
    work = ",".join(names[kind] for kind in WORK if kind in names) or "incident"
    kinds = {kind: _kind_table(kind, config, preset, work) for kind in wanted}
    codes = {**preset.codes, KIND_TABLE: {**preset.codes[KIND_TABLE], **_own_names(names)}}
    metric = _metric(work)
    return Tables(kinds, metric, codes)


def _own_names(names: Mapping[RecordKind, str]) -> dict[str, str]:
    """What kind a row of another table hangs on, where a kind has a table of its own."""
    return {names[kind]: kind.value for kind in WORK if kind in names}


def _presets(config: ServiceNowConfig) -> Preset:
    usual, own = _preset("kinds"), _preset("own")
    kinds = {
        kind: own.kinds[kind] if kind in own.kinds and _has_own_table(kind, config) else one
        for kind, one in usual.kinds.items()
    }
    for kind, table in config.tables.items():
        if table.number is not None:
            kinds[kind] = replace(kinds[kind], key=(table.number,))
    return replace(usual, kinds=kinds)


def _has_own_table(kind: RecordKind, config: ServiceNowConfig) -> bool:
    return kind in config.tables and config.tables[kind].table is not None


def _wanted(config: ServiceNowConfig) -> tuple[RecordKind, ...]:
    """The kinds that are read; history comes last but for what hangs on others, as they need it."""
    wanted = []
    for kind in RecordKind:
        is_named = config.kinds is not None and kind in config.kinds
        has_table = "table" in _given("kinds")[kind] or _has_own_table(kind, config)
        if is_named and not has_table:
            raise ConfigError(
                f'kinds: {kind} has no table by itself; name yours: [tables.{kind}] table = "u_..."'
            )
        if has_table and (config.kinds is None or is_named):
            wanted.append(kind)
    if config.history == "differences":
        wanted = [kind for kind in wanted if kind is not RecordKind.HISTORY]
    return tuple(wanted)


def _table_name(kind: RecordKind, config: ServiceNowConfig) -> str:
    own = config.tables.get(kind)
    return str(own.table if own and own.table else _given("kinds")[kind]["table"])


def _kind_table(kind: RecordKind, config: ServiceNowConfig, preset: Preset, work: str) -> KindTable:
    given, own = _given("kinds")[kind], config.tables.get(kind)
    has_own = _has_own_table(kind, config)
    usual = "" if has_own and kind in DERIVED else str(given.get("filter", ""))
    chosen = own.filter if own and own.filter is not None else usual.replace("{work}", work)
    return KindTable(
        kind=kind,
        table=_table_name(kind, config),
        filter=chosen,
        updated=given.get("updated", "sys_updated_on"),
        preset=preset.kinds[kind],
        is_whole=bool(given.get("whole")),
        is_asked_for=has_own or (config.kinds is not None and kind in config.kinds),
        is_derived=kind in DERIVED and not has_own,
    )


def _metric(work: str) -> KindTable:
    given = _given("metric")[RecordKind.HISTORY]
    return KindTable(
        kind=RecordKind.HISTORY,
        table=given["table"],
        filter=given["filter"].replace("{work}", work),
        updated="sys_updated_on",
        preset=_preset("metric").kinds[RecordKind.HISTORY],
        is_whole=False,
        is_asked_for=False,
    )


@cache
def _preset(section: str) -> Preset:
    return load_preset("servicenow", *_WHERE, str, section)


@cache
def _given(section: str) -> Mapping[RecordKind, Mapping[str, Any]]:
    given = toml_of(*_WHERE)[section]
    return {RecordKind(kind): table for kind, table in given.items()}
