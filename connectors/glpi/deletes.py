"""What was deleted: what lies in the trash, in the order it was put there.

What was purged from there is found by comparing ids.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Deletion, DeletionPage
from connectors.glpi.api import DATE_MOD, ID, GlpiApi, Row
from connectors.glpi.changes import TYPE, kind_of
from connectors.glpi.links import Links
from connectors.glpi.reading import SearchReader, Wanted
from connectors.glpi.tables import SEARCHED
from itsm.records import RawRecord
from itsm.states import RecordKind


@dataclass(slots=True)
class DeletionReader:
    """Reads the trash of tickets, problems and changes."""

    api: GlpiApi
    tables: NamedKinds

    def pages(self, cursor: str | None) -> Iterator[DeletionPage]:
        """Deletions from a cursor on, type by type."""
        places: dict[str, str] = orjson.loads(cursor) if cursor is not None else {}
        for itemtype, kinds in SEARCHED.items():
            if not kinds.keys() & self.tables.kinds.keys():
                continue
            found: list[Row] = []
            reader = self._reader(itemtype, found)
            for page in reader.pages(places.get(itemtype)):
                places[itemtype] = page.cursor
                deletions = [one for row in found for one in self._deletions(itemtype, row)]
                found.clear()
                yield DeletionPage(deletions, orjson.dumps(places).decode())

    def _reader(self, itemtype: str, found: list[Row]) -> SearchReader:
        columns = (ID, TYPE, DATE_MOD) if itemtype == "Ticket" else (ID, DATE_MOD)
        wanted = Wanted(RecordKind.INCIDENT, itemtype, None, columns, trash=True)

        def keep(rows: Sequence[Row], _links: Links | None) -> Sequence[RawRecord]:
            found.extend(rows)
            return []

        return SearchReader(self.api, wanted, keep)

    def _deletions(self, itemtype: str, row: Row) -> Iterator[Deletion]:
        kind, at = kind_of(row, itemtype), self.api.moment(row.get(str(DATE_MOD)))
        if kind in self.tables.kinds and kind is not None and at is not None:
            key = str(row[str(ID)])
            yield Deletion(source=self.api.name, kind=kind, key=key, deleted_at=at)
