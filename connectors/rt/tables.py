"""Which queues and catalogs hold which records."""

from collections.abc import Mapping, Sequence

from connectors.core.named_kinds import NamedKind, NamedKinds, Where, named_kinds
from connectors.rt.config import RtConfig
from itsm.errors import ConfigError
from itsm.states import RecordKind

K = RecordKind
HANGING = frozenset({K.SLA_CLOCK, K.HISTORY, K.COMMENT, K.SURVEY_RESPONSE})
"""Kinds that are read with the tickets they hang on."""
ASSETS = frozenset(
    {K.SERVICE, K.CONFIGURATION_ITEM, K.TEAM, K.VENDOR, K.CONTRACT, K.CONTRACT_CLAUSE}
)
"""Kinds that are assets."""
LACKS: Mapping[RecordKind, str] = {
    K.CI_RELATION: "links between assets are not read; read relations from files",
    K.KNOWLEDGE_ARTICLE: "articles of RT tell no use; read them from files",
    K.OUTAGE: "Request Tracker has nothing of outages; read them from files",
}
"""Kinds that nothing is read of, and what could be done."""
ON_INCIDENT = "on_incident"
_WHERE = Where(
    name="rt",
    file=("connectors.rt", "fields.toml"),
    lacks=LACKS,
    hanging=HANGING,
    setting="queues",
)


def tables_of(config: RtConfig) -> NamedKinds:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind has no queue or catalog, or a code table or meaning does not exist.
    """
    own = {**_listed(config.queues), **_listed(config.catalogs)}
    _check(config)
    chosen = {}
    if K.VENDOR_CASE in config.fields and K.VENDOR_CASE not in config.queues:
        chosen[K.VENDOR_CASE] = ON_INCIDENT
        own[K.VENDOR_CASE] = own.get(K.INCIDENT, ("Incidents",))
    return named_kinds(_WHERE, config, own, chosen)


def is_on_incident(table: NamedKind) -> bool:
    """Whether the vendor's case is told by fields of the incident."""
    return table.kind is K.VENDOR_CASE and table.preset.key != ("id",)


def kinds_by_queue(tables: NamedKinds) -> dict[str, RecordKind]:
    """The kinds of tickets, by the folded names of their queues."""
    return {
        name.casefold(): kind
        for kind, one in tables.kinds.items()
        if kind not in ASSETS and not is_on_incident(one)
        for name in one.names
    }


def work_queues(tables: NamedKinds) -> dict[str, RecordKind]:
    """The kinds that others hang on, by the names of their queues."""
    return {name: one.kind for one in tables.work for name in one.names}


def _listed(
    given: Mapping[RecordKind, str | tuple[str, ...]],
) -> dict[RecordKind, Sequence[str]]:
    return {kind: (one,) if isinstance(one, str) else one for kind, one in given.items()}


def _check(config: RtConfig) -> None:
    for kind in config.catalogs:
        if kind not in ASSETS:
            known = ", ".join(sorted(ASSETS))
            raise ConfigError(f"catalogs.{kind}: no assets are read as these; choose from {known}")
    for kind in config.queues:
        if kind in ASSETS or kind in HANGING:
            raise ConfigError(f"queues.{kind}: these are no tickets")
