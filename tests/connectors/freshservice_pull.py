"""A source for a practice Freshservice."""

from connectors.core.source import Source
from connectors.freshservice.source import FreshserviceSource
from connectors.registry import REGISTRY
from simulator.freshservice.server import FreshserviceServer


def source_of(server: FreshserviceServer, **settings: object) -> FreshserviceSource:
    """A source that reads an account with its key."""
    usual = {"url": server.url, "api_key": server.api_key, "overlap_s": 0}
    made: Source = REGISTRY["freshservice"].source("fresh", {**usual, **settings})
    assert isinstance(made, FreshserviceSource)
    return made
