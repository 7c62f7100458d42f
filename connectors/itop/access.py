"""The classes and attributes that the user of an iTop has to be allowed."""

from connectors.core.access_places import Places, places_of
from connectors.itop.config import ItopConfig
from connectors.itop.pointing import POINTERS, attributes_of, pointers_of
from connectors.itop.tables import HANGING, tables_of

_COMPUTED = frozenset({"id", "key"})


def places(config: ItopConfig) -> Places:
    """The classes that are read and written, as the settings say.

    Raises:
        ConfigError: a kind has no class, or a code table or meaning does not exist.
    """
    tables = tables_of(config)
    words = {"key_attribute": (config.push.key_attribute,)}
    on = {"log"} if config.history != "differences" else set[str]()
    mappings = tables.mappings("").items()
    read = [name for kind, one in mappings if kind not in HANGING for name in one.columns]
    on |= {POINTERS[name].cls for name in pointers_of(read)}
    found = places_of(tables, words, on)
    columns = {
        kind: attributes_of(name for name in names if name not in _COMPUTED)
        for kind, names in found.columns.items()
        if kind not in HANGING
    }
    return Places(
        holders=found.holders, columns=columns, words=found.words, conditions=found.conditions
    )
