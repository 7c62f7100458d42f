"""The itemtypes that the user of a GLPI has to be allowed."""

from connectors.core.access_places import Places, places_of
from connectors.glpi.config import GlpiConfig
from connectors.glpi.tables import tables_of


def places(config: GlpiConfig) -> Places:
    """The itemtypes that are read and written, as the settings say.

    Raises:
        ConfigError: a kind is not there, or a code table or meaning does not exist.
    """
    on = {"log"} if config.history != "differences" else set[str]()
    return places_of(tables_of(config), {}, on, grants_columns=False)
