"""Reads what is listed: groups, suppliers, items and the like, the latest changed first.

A list can be sorted by one column only, and not be filtered by time. So what changed last is read
first, down to what was changed before the last pull. Who is changed meanwhile comes to the front:
the next pull begins there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice

from connectors.core.mapping.raw import Cells, raw_of
from connectors.core.places import cursor_of, place_of, word_of
from connectors.core.source import Page, Stamped
from connectors.core.watermark import Keyset
from connectors.glpi.api import GlpiApi, Row
from connectors.glpi.names import AT_ONCE
from connectors.glpi.reading import overlap_of
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

Form = Callable[[str, Sequence[Row]], Sequence[Cells]]
"""Makes cells of items of a type; may ask for more."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = 20
STAMP = "date_mod"


@dataclass(frozen=True, slots=True)
class ListReader:
    """Reads the items of some types.

    Attributes:
        is_stamped: whether items tell when they were changed; if not, all are read each time.
    """

    api: GlpiApi
    kind: RecordKind
    itemtypes: tuple[str, ...]
    form: Form
    is_stamped: bool = True

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        return word_of(self.itemtypes, self.api.config.entity, self.api.config.zone)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What changed since a cursor; only the last page moves it on."""
        if self.api.config.until is not None:
            return  # a list is read as a whole, beside all windows
        start = place_of(self.api.name, self.kind, cursor, self.way)
        begin = start or Keyset(_LONG_AGO)
        latest, since = begin.updated_at, begin.updated_at
        since -= overlap_of(self.api)
        here = cursor_of(self.way, begin)
        for itemtype in self.itemtypes:
            for rows in self._since(itemtype, since):
                latest = max([latest, *(self._at(row) for row in rows)])
                yield Page(self._made(itemtype, rows), here)
        yield Page([], cursor_of(self.way, Keyset(latest)))

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The items with these keys, of those that are there and may be seen."""
        found: list[RawRecord] = []
        for begin in range(0, len(keys), AT_ONCE):
            for key in keys[begin : begin + AT_ONCE]:
                itemtype, _, number = key.partition("/")
                rows = self._one(itemtype, number)
                found += self._made(itemtype, rows)
        return found

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All keys, ascending as texts."""
        rows = chain.from_iterable(
            ((itemtype, row) for rows in self.api.all(itemtype) for row in rows)
            for itemtype in self.itemtypes
        )
        rest = iter(sorted(Stamped(_key(itemtype, row), None) for itemtype, row in rows))
        while some := list(islice(rest, self.api.config.page_size)):
            yield some

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many there are, as the lists tell; or how many of some keys."""
        if keys is not None:
            return len(self.fetch(keys))
        return sum(self.api.listed(itemtype, 1).total for itemtype in self.itemtypes)

    def _since(self, itemtype: str, since: datetime) -> Iterator[list[Row]]:
        if not self.is_stamped:
            yield from (list(rows) for rows in self.api.all(itemtype))
            return
        first, seen, n = 0, set[int](), self.api.config.page_size
        while True:
            found = self.api.listed(itemtype, n, first, STAMP, "DESC")
            rows = [row for row in found.rows if self._at(row) >= since]
            yield [row for row in rows if row["id"] not in seen]
            seen.update(row["id"] for row in rows)
            n_rows = len(found.rows)
            if len(rows) < n_rows or not n_rows or first + n_rows >= found.total:
                return
            first += n_rows - min(_OVERLAP, n_rows // 2)

    def _one(self, itemtype: str, number: str) -> list[Row]:
        try:
            row = self.api.whole(
                f"{itemtype}/{number}", {"get_hateoas": "false", "expand_dropdowns": "false"}
            ).value
        except FatalSourceError as error:
            if "answered 404" in error.message:
                return []
            raise
        return [row] if isinstance(row, dict) and not row.get("is_deleted") else []

    def _made(self, itemtype: str, rows: Sequence[Row]) -> list[RawRecord]:
        cells = self.form(itemtype, rows)
        return [
            raw_of(self.api.name, self.kind, _key(itemtype, row), made)
            for row, made in zip(rows, cells, strict=True)
        ]

    def _at(self, row: Row) -> datetime:
        return self.api.moment(row.get(STAMP)) or _LONG_AGO


def _key(itemtype: str, row: Row) -> str:
    return f"{itemtype}/{row['id']}"
