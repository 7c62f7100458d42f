"""Which queues, classes or the like hold which records: the usual ones, and a company's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.core.config import HttpSourceConfig
from connectors.core.mapping.kind_mapping import HISTORY_TABLE, KindMapping
from connectors.core.mapping.loading import load_preset, toml_of
from connectors.core.mapping.overrides import adapted
from connectors.core.mapping.preset import KIND_TABLE, Codes, KindPreset, Preset
from itsm.errors import ConfigError
from itsm.states import RecordKind

K = RecordKind
WORK = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM, K.PROBLEM_TASK)
"""The kinds whose comments, clocks, ratings and changes are read."""


@dataclass(frozen=True, slots=True)
class NamedKind:
    """One record kind: what holds it, and how its rows become records.

    Attributes:
        names: of the queues, classes or catalogs that hold it.
        is_asked_for: whether a person named the kind or what holds it.
        given: what the preset's file says of it besides.
    """

    kind: RecordKind
    names: tuple[str, ...]
    preset: KindPreset
    is_asked_for: bool
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NamedKinds:
    """All that is read of a system, in the order it is read."""

    kinds: Mapping[RecordKind, NamedKind]
    codes: Codes

    @property
    def work(self) -> tuple[NamedKind, ...]:
        """The kinds that others hang on."""
        return tuple(self.kinds[kind] for kind in WORK if kind in self.kinds)

    def kind_of(self, name: str) -> RecordKind | None:
        """The kind that something holds; None: it is not read."""
        folded = name.casefold()
        for kind, one in self.kinds.items():
            if folded in (known.casefold() for known in one.names):
                return kind
        return None

    def mappings(self, source: str) -> dict[RecordKind, KindMapping]:
        """How each kind is mapped."""
        work = [one.preset for one in self.work]
        return {
            kind: KindMapping(source, one.preset, work, self.codes)
            for kind, one in self.kinds.items()
        }


@dataclass(frozen=True, slots=True)
class Where:
    """Where a preset is, and what its system lacks.

    Attributes:
        name: of the preset.
        file: package and name of its TOML file; `names` of a kind are the usual holders.
        lacks: kinds the system has nothing of, each with what could be done.
        hanging: kinds that are read with what they hang on.
        setting: the setting that names holders of one's own.
        tracked: fields whose changes are told by the names of the columns they are read from.
    """

    name: str
    file: tuple[str, str]
    lacks: Mapping[RecordKind, str]
    hanging: frozenset[RecordKind]
    setting: str
    tracked: tuple[str, ...] = ("team", "vendor")


def named_kinds(
    where: Where,
    config: HttpSourceConfig,
    own: Mapping[RecordKind, Sequence[str]],
    chosen: Mapping[RecordKind, str] | None = None,
) -> NamedKinds:
    """What is read, as the settings say.

    Args:
        where: the preset.
        config: the settings that all systems share.
        own: names of a company's own holders, by kind.
        chosen: kinds that have more than one preset, and the section to take.

    Raises:
        ConfigError: a kind has no holder, or a code table or meaning does not exist.
    """
    usual = _preset(where, chosen or {})
    preset = adapted(usual, config.fields, config.codes, str)
    given = {RecordKind(kind): table for kind, table in toml_of(*where.file)["kinds"].items()}
    kinds = {}
    for kind in _wanted(where, config, own, given):
        names = tuple(own.get(kind) or given[kind].get("names", ()))
        is_named = config.kinds is not None and kind in config.kinds
        asked_for = is_named or kind in own
        kinds[kind] = NamedKind(kind, names, preset.kinds[kind], asked_for, given[kind])
    return _with_words(NamedKinds(kinds, preset.codes), where)


def _preset(where: Where, chosen: Mapping[RecordKind, str]) -> Preset:
    found = load_preset(where.name, *where.file, str)
    kinds = dict(found.kinds)
    for kind, section in chosen.items():
        kinds[kind] = load_preset(where.name, *where.file, str, section).kinds[kind]
    return Preset(found.name, found.description, kinds, found.codes, found.empty, found.day_first)


def _wanted(
    where: Where,
    config: HttpSourceConfig,
    own: Mapping[RecordKind, Sequence[str]],
    given: Mapping[RecordKind, Mapping[str, Any]],
) -> tuple[RecordKind, ...]:
    """The kinds that are read."""
    wanted = []
    for kind in RecordKind:
        is_named = config.kinds is not None and kind in config.kinds
        if kind in where.lacks:
            if is_named or kind in own:
                raise ConfigError(f"kinds: {kind}: {where.lacks[kind]}")
            continue
        is_held = kind in where.hanging or kind in own or bool(given[kind].get("names"))
        if is_named and not is_held:
            told = f'name yours: [{where.setting}] {kind} = "..."'
            raise ConfigError(f"kinds: {kind} has no place by itself; {told}")
        if is_held and (config.kinds is None or is_named):
            wanted.append(kind)
    return tuple(wanted)


def _with_words(found: NamedKinds, where: Where) -> NamedKinds:
    """With the names of kinds, and of tracked fields, among the codes."""
    codes = found.codes
    names = {kind.value: kind.value for kind in RecordKind}
    own = {
        name: one
        for one in where.tracked
        for kind in found.work
        for rule in kind.preset.rules
        if rule.field == one
        for name in rule.columns
    }
    told = {
        KIND_TABLE: {**codes.get(KIND_TABLE, {}), **names},
        HISTORY_TABLE: {**codes.get(HISTORY_TABLE, {}), **own},
    }
    return NamedKinds(found.kinds, {**codes, **told})
