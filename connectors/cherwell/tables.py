"""Which business objects hold which records, with a company's own over the usual ones."""

from collections.abc import Mapping

from connectors.cherwell.config import CherwellConfig
from connectors.core.named_kinds import NamedKind, NamedKinds, Where, named_kinds
from itsm.errors import ConfigError
from itsm.states import RecordKind

K = RecordKind
LACKS: Mapping[RecordKind, str] = {
    K.CI_RELATION: "relations of items are relationships of many objects; read them from files",
}
"""Kinds that nothing is read of, and what could be done."""
_WHERE = Where(
    name="cherwell",
    file=("connectors.cherwell", "fields.toml"),
    lacks=LACKS,
    hanging=frozenset(),
    setting="objects",
    tracked=(),
)
JOURNALS = frozenset({K.HISTORY, K.COMMENT})
"""Kinds out of journals, which hang on objects of every kind."""
UNCOUNTED = JOURNALS | {K.SLA_CLOCK}
"""Kinds of which not every record of their object is one."""


def tables_of(config: CherwellConfig) -> NamedKinds:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind has no object, or a code table or meaning does not exist.
    """
    own = {
        kind: (given,) if isinstance(given, str) else given
        for kind, given in config.objects.items()
    }
    found = named_kinds(_WHERE, config, own)
    for kind in config.where:
        if kind not in found.kinds:
            raise ConfigError(f"where.{kind}: no such records are read")
    return found


def filter_of(config: CherwellConfig, table: NamedKind) -> dict[str, str]:
    """What a kind's records hold: the usual, unless the object is one's own, and one's own."""
    usual: Mapping[str, str] = {} if table.kind in config.objects else table.given.get("filter", {})
    return {**usual, **config.where.get(table.kind, {})}
