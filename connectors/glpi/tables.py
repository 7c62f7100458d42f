"""Which itemtypes hold which records, with a company's own over the usual ones."""

from collections.abc import Mapping, Sequence

from connectors.core.mapping.loading import toml_of
from connectors.core.named_kinds import NamedKinds, Where, named_kinds
from connectors.glpi.config import GlpiConfig
from itsm.errors import ConfigError
from itsm.states import RecordKind

K = RecordKind
SEARCHED: Mapping[str, Mapping[RecordKind, int | None]] = {
    "Ticket": {K.INCIDENT: 1, K.SERVICE_REQUEST: 2},
    "Problem": {K.PROBLEM: None},
    "Change": {K.CHANGE: None},
}
"""The kinds that an itemtype holds, by the type of a ticket."""
HANGING = frozenset({K.APPROVAL, K.SLA_CLOCK, K.HISTORY, K.COMMENT, K.SURVEY_RESPONSE})
"""Kinds that are read with or beside what they hang on."""
LACKS: Mapping[RecordKind, str] = {
    K.KNOWN_ERROR: "GLPI has nothing of known errors; read them from files",
    K.CONTRACT_CLAUSE: "GLPI has nothing of clauses; read them from files",
    K.OUTAGE: "GLPI has nothing of outages; read them from files",
    K.POST_INCIDENT_REVIEW: "GLPI has nothing of reviews; read them from files",
    K.REVIEW_ACTION: "GLPI has nothing of reviews; read them from files",
}
"""Kinds that GLPI has nothing of, and what could be done."""
OWN_TYPES = frozenset({K.SERVICE, K.CONFIGURATION_ITEM, K.VENDOR_CASE})
"""Kinds whose itemtypes can be named."""
_FILE = ("connectors.glpi", "fields.toml")
_WHERE = Where(
    name="glpi_api",
    file=_FILE,
    lacks=LACKS,
    hanging=HANGING,
    setting="itemtypes",
    tracked=(),
)
_SERVICES = ("Appliance",)


def tables_of(config: GlpiConfig) -> NamedKinds:
    """What is read, as the settings say.

    Vendors' cases are read where a person says which column holds their numbers, or names `Ticket`.

    Raises:
        ConfigError: a kind is not there, or a code table or meaning does not exist.
    """
    own: dict[RecordKind, Sequence[str]] = {}
    for kind, given in config.itemtypes.items():
        if kind not in OWN_TYPES:
            known = ", ".join(sorted(OWN_TYPES))
            raise ConfigError(f"itemtypes.{kind}: its itemtype is fixed; choose from {known}")
        own[kind] = (given,) if isinstance(given, str) else given
    if K.VENDOR_CASE in config.fields:
        own.setdefault(K.VENDOR_CASE, ("Ticket",))
    return named_kinds(_WHERE, config, own)


def references() -> Mapping[str, str]:
    """The itemtypes that columns of lists name items of."""
    found: Mapping[str, str] = toml_of(*_FILE)["references"]
    return found


def services_of(tables: NamedKinds) -> frozenset[str]:
    """The itemtypes of services."""
    given = tables.kinds.get(K.SERVICE)
    return frozenset(given.names if given is not None else _SERVICES)
