"""What the user of a Request Tracker has to be allowed, queue by queue."""

from connectors.core.access_places import Places, places_of
from connectors.rt.config import RtConfig
from connectors.rt.tables import ASSETS, tables_of


def places(config: RtConfig) -> Places:
    """The queues and catalogs that are read and written, as the settings say.

    Raises:
        ConfigError: a kind has no queue or catalog, or a code table or meaning does not exist.
    """
    tables = tables_of(config)
    named = {kind: tuple(one.names) for kind, one in tables.kinds.items()}
    words = {
        "queue": [name for kind, names in named.items() if kind not in ASSETS for name in names],
        "key_field": (config.push.key_field,),
        "register_queue": (config.push.register_queue,),
    }
    return places_of(tables, words, grants_columns=False)
