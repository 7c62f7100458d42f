"""Which classes hold which records."""

from collections.abc import Mapping

from connectors.core.named_kinds import NamedKind, NamedKinds, Where, named_kinds
from connectors.itop.config import ItopConfig
from itsm.states import RecordKind

K = RecordKind
HANGING = frozenset({K.SLA_CLOCK, K.HISTORY, K.COMMENT, K.SURVEY_RESPONSE})
"""Kinds that are read with the tickets they hang on."""
LACKS: Mapping[RecordKind, str] = {
    K.CI_RELATION: "iTop computes what impacts what; read relations from files",
    K.CONTRACT_CLAUSE: "contracts of iTop have no clauses; read them from files",
    K.KNOWN_ERROR: "known errors of iTop tell no time; read them from files",
    K.KNOWLEDGE_ARTICLE: "questions of iTop tell no use; read them from files",
    K.OUTAGE: "iTop has nothing of outages; read them from files",
    K.POST_INCIDENT_REVIEW: "iTop has no reviews; read them from files",
    K.REVIEW_ACTION: "iTop has no actions of reviews; read them from files",
}
"""Kinds that nothing is read of, and what could be done."""
MEASURED = (K.INCIDENT, K.SERVICE_REQUEST)
"""The kinds with clocks and ratings."""
LOGGED = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM)
"""The kinds with a log of comments, and of changes."""
_WHERE = Where(
    name="itop",
    file=("connectors.itop", "fields.toml"),
    lacks=LACKS,
    hanging=HANGING,
    setting="classes",
    tracked=(),
)


def tables_of(config: ItopConfig) -> NamedKinds:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind has no class, or a code table or meaning does not exist.
    """
    own = {kind: (name,) for kind, name in config.classes.items()}
    chosen = {}
    if K.VENDOR_CASE in config.fields and K.VENDOR_CASE not in config.classes:
        chosen[K.VENDOR_CASE] = "on_incident"
        own[K.VENDOR_CASE] = own.get(K.INCIDENT, ("Incident",))
    return named_kinds(_WHERE, config, own, chosen)


def of_kinds(tables: NamedKinds, kinds: tuple[RecordKind, ...]) -> tuple[NamedKind, ...]:
    """Those of some kinds that are read."""
    return tuple(tables.kinds[kind] for kind in kinds if kind in tables.kinds)
