"""One kind out of several walks: a reader for each kind of record that it hangs on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from connectors.core.kind_source import KindReader
from connectors.core.source import Page, Stamped
from itsm.records import RawRecord
from itsm.states import RecordKind

_AT_A_TIME = 1_000


@dataclass(slots=True)
class ManyReader:
    """Reads one kind out of several walks; the cursor holds a place in each."""

    readers: Mapping[RecordKind, KindReader]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is made of all walks, one after the other."""
        places = _places_of(cursor)
        for kind, reader in self.readers.items():
            for page in reader.pages(places.get(kind.value)):
                places[kind.value] = page.cursor
                yield Page(page.records, _text_of(places))

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """The keys of all walks, ascending as texts."""
        walks = [reader.keys() for reader in self.readers.values()]
        found = iter(sorted(one.key for page in chain.from_iterable(walks) for one in page))
        while some := list(islice(found, _AT_A_TIME)):
            yield [Stamped(key, None) for key in some]

    def count(self, _keys: Sequence[str] | None) -> int | None:
        """Never told: what hangs on records is not counted."""
        return None

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys."""
        return [one for reader in self.readers.values() for one in reader.fetch(keys)]


def _places_of(cursor: str | None) -> dict[str, str]:
    parts = (part.partition("=") for part in (cursor or "").split("|") if part)
    return {kind: place for kind, _, place in parts}


def _text_of(places: Mapping[str, str]) -> str:
    return "|".join(f"{kind}={place}" for kind, place in places.items())
