"""What was deleted: what lies in the trash, or was marked as spam.

What was deleted for good from there is found by comparing ids.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Deletion, DeletionPage
from connectors.freshservice.api import FreshserviceApi, Row
from connectors.freshservice.reading import ListReader, Wanted, moment_of
from itsm.records import RawRecord
from itsm.states import RecordKind

K = RecordKind
_KINDS = {"Incident": K.INCIDENT, "Service Request": K.SERVICE_REQUEST}


@dataclass(slots=True)
class DeletionReader:
    """Reads the lists of deleted tickets and of spam."""

    api: FreshserviceApi
    tables: NamedKinds

    def pages(self, cursor: str | None) -> Iterator[DeletionPage]:
        """Deletions from a cursor on."""
        places: dict[str, str] = orjson.loads(cursor) if cursor is not None else {}
        for name in ("deleted", "spam"):
            found: list[Row] = []
            for page in self._reader(name, found).pages(places.get(name)):
                places[name] = page.cursor
                deletions = [one for row in found if (one := self._deletion(row)) is not None]
                found.clear()
                yield DeletionPage(deletions, orjson.dumps(places).decode())

    def _reader(self, name: str, found: list[Row]) -> ListReader:
        def keep(rows: Sequence[Row]) -> Sequence[RawRecord]:
            found.extend(rows)
            return []

        wanted = Wanted(K.INCIDENT, "tickets", "tickets", {"filter": name})
        return ListReader(self.api, wanted, keep)

    def _deletion(self, row: Row) -> Deletion | None:
        kind = _KINDS.get(str(row.get("type")))
        if kind is None or kind not in self.tables.kinds:
            return None
        at = moment_of(str(row["updated_at"]))
        return Deletion(source=self.api.name, kind=kind, key=str(row["id"]), deleted_at=at)
