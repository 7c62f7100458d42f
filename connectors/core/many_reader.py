"""One kind out of several walks, one after the other: what hangs on several kinds of things."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import orjson

from connectors.core.kind_source import KindReader
from connectors.core.source import Page, Stamped
from itsm.errors import FatalSourceError
from itsm.records import RawRecord

LOGGER = logging.getLogger(__name__)

_AT_ONCE = 1000
_AT = "at"


@dataclass(frozen=True, slots=True)
class ManyReader:
    """Reads several walks as one; a cursor holds a place in each, and which of them was under way.

    A pull goes through all of them and begins with that one, so that one that is stopped again and
    again gets to the end of each all the same.
    """

    readers: Mapping[str, KindReader]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Records from a cursor on."""
        places: dict[str, str] = orjson.loads(cursor) if cursor is not None else {}
        names = list(self.readers)
        first = names.index(places[_AT]) if places.get(_AT) in names else 0
        for place in range(first, first + len(names)):
            name, following = names[place % len(names)], names[(place + 1) % len(names)]
            places[_AT] = name
            held: Page | None = None
            for page in self.readers[name].pages(places.get(name)):
                if held is not None:
                    yield Page(held.records, orjson.dumps(places).decode())
                places[name], held = page.cursor, page
            if held is not None:
                places[_AT] = following
                yield Page(held.records, orjson.dumps(places).decode())

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """The keys of all walks, ascending as texts."""
        pages = chain.from_iterable(reader.keys() for reader in self.readers.values())
        rest = iter(sorted(chain.from_iterable(pages)))
        while some := list(islice(rest, _AT_ONCE)):
            yield some

    def count(self, _keys: Sequence[str] | None) -> int | None:
        """Never told: nobody counts what hangs on others."""
        return None

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys."""
        return [one for reader in self.readers.values() for one in reader.fetch(keys)]


@dataclass(frozen=True, slots=True)
class IfThere:
    """Reads nothing where the system has no such thing, as long as it never had.

    Attributes:
        reader: reads it where it is there.
        is_missing: whether a refusal says that it is not.
    """

    reader: KindReader
    is_missing: Callable[[FatalSourceError], bool]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Records from a cursor on."""
        try:
            yield from self.reader.pages(cursor)
        except FatalSourceError as error:
            if cursor is not None or not self.is_missing(error):
                raise
            LOGGER.info("left out: %s", error.message)

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All keys."""
        try:
            yield from self.reader.keys()
        except FatalSourceError as error:
            if not self.is_missing(error):
                raise

    def count(self, keys: Sequence[str] | None) -> int | None:
        """As the reader's."""
        return self.reader.count(keys)

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys."""
        try:
            return self.reader.fetch(keys)
        except FatalSourceError as error:
            if self.is_missing(error):
                return []
            raise
