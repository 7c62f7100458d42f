"""Reads lists that cannot be restricted by time: groups, vendors, assets and the like, whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.core.mapping.raw import raw_of
from connectors.core.source import Page, Stamped
from connectors.freshservice.api import FreshserviceApi, Row
from connectors.freshservice.rows import RecordForm
from itsm.records import RawRecord
from itsm.states import RecordKind


@dataclass(frozen=True, slots=True)
class WholeReader:
    """Reads all of a list each time.

    Attributes:
        is_service: of assets: whether services are meant, or all others; None: everything.
    """

    api: FreshserviceApi
    kind: RecordKind
    path: str
    form: RecordForm
    is_service: bool | None = None

    def pages(self, _cursor: str | None) -> Iterator[Page]:
        """All records, whatever the cursor says."""
        for rows in self._rows():
            yield Page([self._raw(row) for row in rows], "whole")

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """The keys of all records, ascending as texts."""
        found = sorted(Stamped(str(row["id"]), None) for rows in self._rows() for row in rows)
        if found:
            yield found

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many of some records show; lists have no total."""
        return None if keys is None else len(self.fetch(keys))

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys."""
        wanted = set(keys)
        return [self._raw(row) for rows in self._rows() for row in rows if str(row["id"]) in wanted]

    def _rows(self) -> Iterator[list[Row]]:
        name = self.path.rpartition("/")[2]
        names = self.form.names
        for rows in self.api.all(self.path, name):
            yield [
                row for row in rows
                if self.is_service is None
                or names.is_service(str(row.get("asset_type_id"))) is self.is_service
            ]  # fmt: skip

    def _raw(self, row: Row) -> RawRecord:
        return raw_of(self.api.name, self.kind, str(row["id"]), self.form.cells(row))
