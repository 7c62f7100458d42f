"""A source for a practice GLPI."""

from connectors.core.source import Source
from connectors.glpi.source import GlpiSource
from connectors.registry import REGISTRY
from simulator.glpi.server import GlpiServer


def source_of(server: GlpiServer, **settings: object) -> GlpiSource:
    """A source that reads a server with its API token."""
    usual = {"url": server.url, "user_token": server.user_token, "app_token": server.app_token}
    made: Source = REGISTRY["glpi"].source("glpi", {**usual, "overlap_s": 0, **settings})
    assert isinstance(made, GlpiSource)
    return made
