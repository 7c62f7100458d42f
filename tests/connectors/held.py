"""What was pulled of one kind, the way a pull lands it, without a store."""

from dataclasses import dataclass, field
from typing import Protocol

from connectors.core.source import Countable, Source
from itsm.records import RawRecord
from itsm.states import RecordKind


class Api(Source, Countable, Protocol):
    """A source that is read over an API."""


@dataclass
class Held:
    """What has been pulled of one kind, by raw key, and how far."""

    raw: dict[str, RawRecord] = field(default_factory=dict)
    cursor: str | None = None

    def pull(self, source: Api, kind: RecordKind, most_pages: int | None = None) -> int:
        """Reads on from the cursor, and says how many records came; stops as if it were killed."""
        n = 0
        for place, page in enumerate(source.pages(kind, self.cursor), 1):
            n += len(page.records)
            self.raw.update({record.key: record for record in page.records})
            self.cursor = page.cursor
            if place == most_pages:
                break
        return n

    def reconcile(self, source: Api, kind: RecordKind) -> None:
        """Fetches what is missing and forgets what is gone."""
        shown = [one.key for page in source.keys(kind) for one in page]
        assert shown == sorted(set(shown))
        missing = [key for key in shown if key not in self.raw]
        self.raw.update({record.key: record for record in source.fetch(kind, missing)})
        for key in self.raw.keys() - set(shown):
            del self.raw[key]
