"""Pulls a practice site into plain dictionaries, the way a pull lands it, without a store."""

from collections.abc import Mapping

from connectors.core.surroundings import Surroundings
from connectors.jira.config import JiraConfig
from connectors.jira.source import JiraSource
from simulator.jira.fields import CLOCKS
from simulator.jira.objects import TYPES
from simulator.jira.server import JiraServer
from tests.connectors.held import Held

__all__ = ["OWN_CODES", "Held", "source_of"]

OWN_CODES: Mapping[str, Mapping[str, str]] = {
    "clock_type": {name: kind for (kind, _), name in CLOCKS.items()},
    "clock_target": {name: target for (_, target), name in CLOCKS.items()},
}
"""What the practice site's own service level metrics measure."""


def source_of(server: JiraServer, **settings: object) -> JiraSource:
    """A source on a practice site that never really waits."""
    given: dict[str, object] = {
        "url": server.url,
        "deployment": "cloud" if server.site.is_cloud else "data_center",
        "user": server.user,
        "token": server.token,
        "assets_url": server.assets_url,
        "assets": {kind: name for kind, (name, _) in TYPES.items()},
        "codes": OWN_CODES,
        "http": {"tries": 6},
    }
    config = JiraConfig.model_validate({**given, **settings})
    return JiraSource("estate", config, Surroundings(sleep=lambda _seconds: None))
