"""The entries of a form as rows of one kind: what is asked for, and what is made of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.bmc_helix.api import ArApi, Asked, Values, both, either, moment, quoted
from connectors.bmc_helix.config import FormFields
from connectors.bmc_helix.links import Links
from connectors.core.field_form import FieldForm
from connectors.core.mapping.raw import raw_of
from connectors.core.places import word_of
from connectors.core.row_reader import RowReader
from connectors.core.source import Page
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

_KEYS_IN_ONE = 40
"""Keys that fit into one address."""
_LABELS: Mapping[Reach, str] = {Reach.SINCE: ">=", Reach.AT: "=", Reach.AFTER: ">"}


@dataclass(slots=True)
class FormRows:
    """The entries of a form.

    Attributes:
        api: the server.
        kind: of the records.
        name: of the form.
        own: what the form calls fields 1 and 6.
        form: of the entries.
        where: what they meet, whenever they were updated.
        links: of the records.
        number: the field with the number that links go by.
        prefix: before keys, where several forms with ids of their own are one kind.
    """

    api: ArApi
    kind: RecordKind
    name: str
    own: FormFields
    form: FieldForm
    where: tuple[str, ...]
    links: Links | None = None
    number: str = ""
    prefix: str = ""
    _asked: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Put together what has to be asked for."""
        own = (self.own.key, self.own.updated)
        self._asked = tuple(dict.fromkeys((*own, *self.form.asked)))

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        return word_of(self.name, self.where, self._asked, self.form.links)

    def page(self, ask: Ask, *, only_keys: bool = False) -> FetchedPage[Values]:
        """A page in the order of updates, or of keys alone."""
        own = self.own
        order = (own.updated, own.key) if ask.updated_at is not None else (own.key,)
        if ask.reach is Reach.SINCE:
            order = (own.updated, own.key)
        fields = (own.key, own.updated) if only_keys else self._asked
        asked = Asked(self.name, fields, self._clause(ask), order)
        found = self.api.found(asked, ask.limit, ask.offset)
        return FetchedPage([self._row(one) for one in found.entries], found.has_more)

    def with_keys(self, keys: Sequence[str]) -> Sequence[Values]:
        """The entries with these ids, of those that are there and may be seen."""
        mine = [key.removeprefix(self.prefix) for key in keys if key.startswith(self.prefix)]
        return self._by("1", mine)

    def numbered(self, numbers: Sequence[str]) -> Sequence[Values]:
        """The entries with these numbers."""
        return self._by(self.number, numbers)

    def total(self) -> int | None:
        """An AR server does not count."""
        return None

    def raw(self, rows: Sequence[Values]) -> Sequence[RawRecord]:
        """A raw record per entry, with what it is linked with."""
        return [
            raw_of(
                self.api.name,
                self.kind,
                f"{self.prefix}{one[self.own.key]}",
                self.form.cells(one, self._linked(one)),
            )
            for one in rows
        ]

    def _by(self, name: str, values: Sequence[str]) -> list[Values]:
        found: list[Values] = []
        for begin in range(0, len(values), _KEYS_IN_ONE):
            some = either(name, values[begin : begin + _KEYS_IN_ONE])
            where = both(some, *self.where)
            found += self.api.some(Asked(self.name, self._asked, where, (self.own.key,)))
        return found

    def _linked(self, values: Values) -> Mapping[str, str]:
        if self.links is None or not self.form.links:
            return {}
        return self.links.of(str(values.get(self.number) or ""))

    def _clause(self, ask: Ask) -> str:
        at, parts = ask.updated_at, list(self.where)
        if at is not None:
            parts.append(f"'6' {_LABELS[ask.reach]} {int(at.timestamp())}")
        if ask.after_key is not None:
            parts.append(f"'1' > {quoted(ask.after_key.removeprefix(self.prefix))}")
        return both(*parts)

    def _row(self, values: Values) -> FetchedRow[Values]:
        key, at = values.get(self.own.key), moment(values.get(self.own.updated))
        if not isinstance(key, str) or not key or at is None:
            raise FatalSourceError(
                self.api.name,
                f"{self.name}: an entry came without {self.own.key} or {self.own.updated}; let the "
                "user read both fields, or name them under form_fields",
            )
        return FetchedRow(at, f"{self.prefix}{key}", values)


@dataclass(slots=True)
class LinkedReader(RowReader[Values]):
    """Reads records that links belong to, and those that were linked and did not change."""

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """As `RowReader.pages`; then what links were made to since."""
        rows, start = self.rows, self.start(cursor)
        assert isinstance(rows, FormRows)
        seen: set[str] = set()
        last: str | None = None
        for found, place in self.walked(start):
            if start is not None:
                seen.update(str(one.get(rows.number)) for one in found)
            last = self.cursor(place)
            yield Page(rows.raw(found), last)
        if start is not None and start.is_end and last is not None and rows.links is not None:
            yield from self._linked(rows, start.updated_at, seen, last)

    def _linked(
        self, rows: FormRows, since: datetime, seen: set[str], cursor: str
    ) -> Iterator[Page]:
        links = rows.links.linked_since(since - self.span.overlap) if rows.links else []
        missed = [number for number in links if number not in seen]
        if missed:
            yield Page(rows.raw(rows.numbered(missed)), cursor)
