"""Pulls an instance into plain dictionaries, the way a pull lands it, without a store."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.core.surroundings import Surroundings
from connectors.servicenow.config import ServiceNowConfig, TableSettings
from connectors.servicenow.source import ServiceNowSource
from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.servicenow.server import ServiceNowServer

OWN_TABLES: Mapping[RecordKind, str] = {
    kind: f"u_{kind.value}"
    for kind in (
        RecordKind.VENDOR_CASE,
        RecordKind.KNOWN_ERROR,
        RecordKind.CONTRACT_CLAUSE,
        RecordKind.POST_INCIDENT_REVIEW,
        RecordKind.REVIEW_ACTION,
    )
}
"""The tables that the practice instance has of its own."""


def source_of(server: ServiceNowServer, **settings: object) -> ServiceNowSource:
    """A source on a practice instance that never really waits."""
    given: dict[str, object] = {
        "url": server.url,
        "user": server.user,
        "password": server.password,
        "tables": {kind: TableSettings(table=table) for kind, table in OWN_TABLES.items()},
        "page_size": 100,
        "http": {"tries": 6},
    }
    config = ServiceNowConfig.model_validate({**given, **settings})
    return ServiceNowSource("estate", config, Surroundings(sleep=lambda _seconds: None))


@dataclass
class Held:
    """What has been pulled of one kind, by raw key, and how far."""

    raw: dict[str, RawRecord] = field(default_factory=dict)
    cursor: str | None = None

    def pull(
        self, source: ServiceNowSource, kind: RecordKind, most_pages: int | None = None
    ) -> int:
        """Reads on from the cursor, and says how many records came; stops as if it were killed."""
        n = 0
        for place, page in enumerate(source.pages(kind, self.cursor), 1):
            n += len(page.records)
            self.raw.update({record.key: record for record in page.records})
            self.cursor = page.cursor
            if place == most_pages:
                break
        return n

    def reconcile(self, source: ServiceNowSource, kind: RecordKind) -> None:
        """Fetches what is missing and forgets what is gone."""
        shown = [one.key for page in source.keys(kind) for one in page]
        assert shown == sorted(set(shown))
        missing = [key for key in shown if key not in self.raw]
        self.raw.update({record.key: record for record in source.fetch(kind, missing)})
        for key in self.raw.keys() - set(shown):
            del self.raw[key]
