"""What was deleted, as sys_audit_delete tells it.

A row names the class a record really had (cmdb_ci_linux_server), not the table it was read from, so
the classes below each table are looked up first. The instance forgets after a while, and some
tables leave no row; the comparison of all keys finds these.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.core.paging import Limit
from connectors.core.source import Deletion, DeletionPage
from connectors.core.walking import Ask, FetchedPage, FetchedRow, walk
from connectors.core.watermark import Keyset, keyset_of
from connectors.servicenow.api import Query, Row, TableApi, instant, joined, value_of
from connectors.servicenow.classes import line_of, tables_above
from connectors.servicenow.reading import clause_of
from connectors.servicenow.tables import Tables
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

LOG = "sys_audit_delete"
_KEPT_AT_LEAST = timedelta(days=1)
_COLUMNS = ("sys_id", "sys_created_on", "tablename", "documentkey")


@dataclass(slots=True)
class DeletionReader:
    """Reads the log of deletions."""

    api: TableApi
    tables: Tables

    def pages(self, cursor: str | None) -> Iterator[DeletionPage]:
        """Deletions from a cursor on, in the order they happened."""
        start = keyset_of(self.api.name, cursor)
        overlap = timedelta(seconds=self.api.config.overlap_s)
        try:
            kinds = self._kinds()
            self._warn_of_a_gap(start)
            fetch = _Fetch(self.api, _condition(kinds))
            for page in walk(
                self.api.name, fetch, start, Limit(self.api.config.page_size), overlap
            ):
                deletions = [
                    deletion
                    for fetched in page.rows
                    for deletion in self._deletions(fetched, kinds)
                ]
                yield DeletionPage(deletions, page.keyset.text())
        except ForbiddenError:
            LOGGER.warning(
                "%s: the user may not read %s, so deletions are found by comparing keys only",
                self.api.name,
                LOG,
            )

    def _deletions(
        self, fetched: FetchedRow[Row], kinds: Mapping[str, tuple[RecordKind, ...]]
    ) -> list[Deletion]:
        row = fetched.row
        key = value_of(row, "documentkey")
        return [
            Deletion(source=self.api.name, kind=kind, key=key, deleted_at=fetched.updated_at)
            for kind in kinds.get(value_of(row, "tablename"), ())
            if key
        ]

    def _kinds(self) -> dict[str, tuple[RecordKind, ...]]:
        """The kinds that are read out of each class, the classes below its tables included."""
        above = tables_above(self.api)
        kinds: dict[str, tuple[RecordKind, ...]] = {}
        for name in {*above, *(one.table for one in self.tables.kinds.values())}:
            line = line_of(name, above)
            found = tuple(kind for table in line for kind in self.tables.of_table(table))
            if found:
                kinds[name] = found
        return kinds

    def _warn_of_a_gap(self, start: Keyset | None) -> None:
        """Says so if the log may no longer reach back to where it was read to."""
        if start is None or start.updated_at > self.api.around.clock() - _KEPT_AT_LEAST:
            return
        oldest = self.api.whole(
            Query(LOG, "", ("sys_created_on",), ("sys_id", "sys_created_on")), 1, counts=False
        ).rows
        at = instant(value_of(oldest[0], "sys_created_on")) if oldest else None
        if at is not None and at > start.updated_at:
            LOGGER.warning(
                "%s: %s begins later than it was last read; what was deleted in between is found "
                "by comparing keys",
                self.api.name,
                LOG,
            )


@dataclass(frozen=True, slots=True)
class _Fetch:
    """Asks for a page of the log."""

    api: TableApi
    condition: str

    def __call__(self, ask: Ask) -> FetchedPage[Row]:
        where = joined(clause_of(ask, "sys_created_on"), self.condition)
        query = Query(LOG, where, ("sys_created_on", "sys_id"), _COLUMNS)
        answer = self.api.rows(query, ask.limit, offset=ask.offset)
        rows = [self._row(row) for row in answer.rows]
        has_more = answer.total is not None and answer.total > ask.offset + ask.limit
        return FetchedPage(rows, has_more, answer.asked_at)

    def _row(self, row: Row) -> FetchedRow[Row]:
        at, key = instant(value_of(row, "sys_created_on")), value_of(row, "sys_id")
        if at is None or not key:
            raise FatalSourceError(
                self.api.name, f"{LOG}: a row came without sys_id or sys_created_on"
            )
        return FetchedRow(at, key, row)


def _condition(kinds: Mapping[str, Sequence[RecordKind]]) -> str:
    """Only the tables that are read, unless the list is too long for an address."""
    names = ",".join(sorted(kinds))
    return f"tablenameIN{names}" if len(names) < 6_000 else ""
