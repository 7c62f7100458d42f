"""What is read of a Freshservice, and what it has not."""

import re
from collections.abc import Mapping, Sequence

from connectors.core.mapping.loading import toml_of
from connectors.core.named_kinds import NamedKinds, Where, named_kinds
from connectors.freshservice.config import FreshserviceConfig
from itsm.errors import ConfigError
from itsm.states import HistoryField, RecordKind

K = RecordKind
HANGING = frozenset({K.APPROVAL, K.PROBLEM_TASK, K.KNOWN_ERROR, K.SLA_CLOCK, K.HISTORY, K.COMMENT,
                     K.SURVEY_RESPONSE})  # fmt: skip
"""Kinds that are read with or beside what they hang on."""
LACKS: Mapping[RecordKind, str] = {
    K.CONTRACT_CLAUSE: "Freshservice has nothing of clauses; read them from files",
    K.CI_RELATION: "relations are told one asset at a time only; read them from files",
    K.OUTAGE: "outages lie on the status page; read them from files",
    K.POST_INCIDENT_REVIEW: "Freshservice has nothing of reviews; read them from files",
    K.REVIEW_ACTION: "Freshservice has nothing of reviews; read them from files",
}
"""Kinds that nothing is read of, and what could be done."""
SERVICES = ("Business Service", "IT Service")
"""The asset types of services."""
TICKET_TYPES: Mapping[RecordKind, str] = {
    K.INCIDENT: "Incident",
    K.SERVICE_REQUEST: "Service Request",
    K.VENDOR_CASE: "Incident",
}
_FILE = ("connectors.freshservice", "fields.toml")
_WHERE = Where(
    name="freshservice_api",
    file=_FILE,
    lacks=LACKS,
    hanging=HANGING,
    setting="fields",
    tracked=(),
)


def tables_of(config: FreshserviceConfig) -> NamedKinds:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind is not there, a code table or meaning does not exist, or a pattern is
            none.
    """
    activities(config)
    wrong = sorted(config.asset_types.keys() - {K.SERVICE})
    if wrong:
        raise ConfigError(f"asset_types.{wrong[0]}: only service has asset types of its own")
    own: dict[RecordKind, Sequence[str]] = {}
    if K.VENDOR_CASE in config.fields:
        own[K.VENDOR_CASE] = ("tickets",)
    return named_kinds(_WHERE, config, own)


def services_of(config: FreshserviceConfig) -> frozenset[str]:
    """The asset types that are services, in small letters."""
    given = config.asset_types.get(K.SERVICE, SERVICES)
    return frozenset(one.casefold() for one in ((given,) if isinstance(given, str) else given))


def activities(config: FreshserviceConfig) -> Mapping[HistoryField, re.Pattern[str]]:
    """How activities say that a field was set.

    Raises:
        ConfigError: there is no such field, or a pattern is none or has not one group.
    """
    usual: Mapping[str, str] = toml_of(*_FILE)["activities"]
    unknown = sorted(config.activities.keys() - usual.keys())
    if unknown:
        known = ", ".join(sorted(usual))
        raise ConfigError(f"activities.{unknown[0]}: no such field; choose from {known}")
    found = {}
    for name, text in {**usual, **config.activities}.items():
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            raise ConfigError(f"activities.{name}: {text!r} is no pattern: {error}") from None
        if pattern.groups != 1:
            raise ConfigError(f"activities.{name}: {text!r} needs one group for what was set")
        found[HistoryField(name)] = pattern
    return found
