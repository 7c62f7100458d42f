"""What the agent whose key is used in a Freshservice account has to be allowed."""

from connectors.core.access_places import Places, places_of
from connectors.freshservice.config import FreshserviceConfig
from connectors.freshservice.tables import tables_of


def places(config: FreshserviceConfig) -> Places:
    """The addresses that are asked and written to, as the settings say.

    Raises:
        ConfigError: a kind is not there, or a code table or meaning does not exist.
    """
    number = config.push.register_object_id
    words = {"register": ("objects/{id}/records" if number is not None else None,)}
    on = {name for name in ("details",) if config.details}
    on |= {"activities"} if config.history == "activities" else set()
    return places_of(tables_of(config), words, on, grants_columns=False)
