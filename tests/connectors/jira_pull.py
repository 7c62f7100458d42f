"""Pulls a practice site into plain dictionaries, the way a pull lands it, without a store."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.core.surroundings import Surroundings
from connectors.jira.config import JiraConfig
from connectors.jira.source import JiraSource
from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.jira.fields import CLOCKS
from simulator.jira.objects import TYPES
from simulator.jira.server import JiraServer

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


@dataclass
class Held:
    """What has been pulled of one kind, by raw key, and how far."""

    raw: dict[str, RawRecord] = field(default_factory=dict)
    cursor: str | None = None

    def pull(self, source: JiraSource, kind: RecordKind, most_pages: int | None = None) -> int:
        """Reads on from the cursor, and says how many records came; stops as if it were killed."""
        n = 0
        for place, page in enumerate(source.pages(kind, self.cursor), 1):
            n += len(page.records)
            self.raw.update({record.key: record for record in page.records})
            self.cursor = page.cursor
            if place == most_pages:
                break
        return n

    def reconcile(self, source: JiraSource, kind: RecordKind) -> None:
        """Fetches what is missing and forgets what is gone."""
        shown = [one.key for page in source.keys(kind) for one in page]
        assert shown == sorted(set(shown))
        missing = [key for key in shown if key not in self.raw]
        self.raw.update({record.key: record for record in source.fetch(kind, missing)})
        for key in self.raw.keys() - set(shown):
            del self.raw[key]
