"""Which issue types and objects hold which records, with a company's own over the usual ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from connectors.core.mapping.kind_mapping import HISTORY_TABLE
from connectors.core.mapping.loading import load_preset, toml_of
from connectors.core.mapping.overrides import adapted
from connectors.core.mapping.preset import KIND_TABLE, Codes, KindPreset, Preset
from connectors.jira.config import JiraConfig
from itsm.errors import ConfigError
from itsm.states import RecordKind

K = RecordKind
_WHERE = ("connectors.jira", "fields.toml")
WORK = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM, K.PROBLEM_TASK)
"""The kinds whose comments, clocks, ratings and changes are read."""
HANGING = frozenset({K.APPROVAL, K.SLA_CLOCK, K.HISTORY, K.COMMENT, K.SURVEY_RESPONSE})
"""Kinds that are read with or beside the issues they hang on."""
OBJECTS = frozenset(
    {K.TEAM, K.SERVICE, K.CONFIGURATION_ITEM, K.VENDOR, K.CONTRACT, K.CONTRACT_CLAUSE}
)
"""Kinds that Assets may hold objects of."""
NOT_THERE = frozenset({K.KNOWLEDGE_ARTICLE, K.OUTAGE})
"""Kinds that Jira has nothing of: articles lie in Confluence, outages in Statuspage."""
_TRACKED = ("team", "vendor")


@dataclass(frozen=True, slots=True)
class KindTable:
    """One record kind: what holds it, and how its rows become records.

    Attributes:
        types: issue types by name, or object types of Assets; those that are there are read.
        is_asked_for: whether a person named the kind or its types.
    """

    kind: RecordKind
    types: tuple[str, ...]
    preset: KindPreset
    is_asked_for: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """All that is read of a site, in the order it is read."""

    kinds: Mapping[RecordKind, KindTable]
    codes: Codes

    @property
    def work(self) -> tuple[KindTable, ...]:
        """The kinds that others hang on."""
        return tuple(self.kinds[kind] for kind in WORK if kind in self.kinds)

    def columns_of(self, field: str) -> tuple[str, ...]:
        """The Jira fields that a field is read from, whatever the kind."""
        names = {
            name: None
            for table in self.work
            for rule in table.preset.rules
            if rule.field == field
            for name in rule.columns
        }
        return tuple(names)


def tables_of(config: JiraConfig) -> Tables:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind has no issue type or object type, or a code table or meaning does not
            exist.
    """
    preset = adapted(_preset(), config.fields, config.codes, str)
    kinds = {kind: _kind_table(kind, config, preset) for kind in _wanted(config)}
    names = {kind.value: kind.value for kind in RecordKind}
    codes = {**preset.codes, KIND_TABLE: {**preset.codes[KIND_TABLE], **names}}
    tables = Tables(kinds, codes)
    own = {name: field for field in _TRACKED for name in tables.columns_of(field)}
    return Tables(kinds, {**codes, HISTORY_TABLE: {**codes[HISTORY_TABLE], **own}})


def _wanted(config: JiraConfig) -> tuple[RecordKind, ...]:
    """The kinds that are read; what hangs on others comes behind them."""
    _check_objects(config)
    wanted = []
    for kind in RecordKind:
        is_named = config.kinds is not None and kind in config.kinds
        has_types = bool(_types(kind, config)) or kind in HANGING
        if is_named and not has_types:
            raise ConfigError(_told(kind))
        if has_types and (config.kinds is None or is_named):
            wanted.append(kind)
    return tuple(wanted)


def _check_objects(config: JiraConfig) -> None:
    for kind in config.assets:
        if kind not in OBJECTS:
            known = ", ".join(sorted(OBJECTS))
            raise ConfigError(f"assets.{kind}: no objects are read as these; choose from {known}")
    for kind in config.issue_types:
        if kind in HANGING or kind in OBJECTS or kind is K.CI_RELATION:
            raise ConfigError(f"issue_types.{kind}: these are no issues")


def _told(kind: RecordKind) -> str:
    if kind in NOT_THERE:
        return f"kinds: Jira Service Management has no {kind} records; read them from files"
    if kind is K.CI_RELATION:
        return "kinds: ci_relation is read with configuration items: name them under `assets`"
    where = "assets" if kind in OBJECTS else "issue_types"
    return f'kinds: {kind} has no type by itself; name yours: [{where}] {kind} = "..."'


def _types(kind: RecordKind, config: JiraConfig) -> tuple[str, ...]:
    own = config.issue_types.get(kind)
    if own is not None:
        return (own,) if isinstance(own, str) else own
    if kind is K.CI_RELATION:
        kind = K.CONFIGURATION_ITEM
    if kind in config.assets:
        return (config.assets[kind],)
    return tuple(_given()[kind]["types"]) if kind in _given() else ()


def _kind_table(kind: RecordKind, config: JiraConfig, preset: Preset) -> KindTable:
    is_named = config.kinds is not None and kind in config.kinds
    return KindTable(
        kind=kind,
        types=_types(kind, config),
        preset=preset.kinds[kind],
        is_asked_for=is_named or kind in config.issue_types or kind in config.assets,
    )


@cache
def _preset() -> Preset:
    return load_preset("jira_api", *_WHERE, str)


@cache
def _given() -> Mapping[RecordKind, Mapping[str, Any]]:
    return {RecordKind(kind): table for kind, table in toml_of(*_WHERE)["kinds"].items()}
