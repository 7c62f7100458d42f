"""What another process can read: answers that hold records nobody has read yet, or raw records.

A source that asks for pages needs little of each row, its key and when it was updated, to know what
to ask for next. The rest can be read wherever there is a processor to spare: it takes no
connection, no credentials and nothing else of the process that asked. Of a source that can give no
such answers the raw records are handed over, packed: what is made of them is half of the work.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from connectors.core.mapping.making import RecordMaker
from itsm.records import RawRecord
from itsm.states import RecordKind


class Unread(NamedTuple):
    """The body of an answer, and the places of the rows in it that are meant.

    Attributes:
        body: of the answer; raw records where they are packed.
        places: of the rows.
        is_packed: whether the body holds raw records, and no answer.
        added: what other answers know of these rows, in the form of their source; b"" for nothing.
    """

    body: bytes
    places: tuple[int, ...]
    is_packed: bool = False
    added: bytes = b""


class _Packed(NamedTuple):
    source: str
    kind: RecordKind
    keys: list[str]
    hashes: list[str]
    payloads: list[bytes]


_UNPACK = msgspec.msgpack.Decoder(_Packed).decode


def packed(source: str, kind: RecordKind, records: Sequence[RawRecord]) -> Unread:
    """Raw records of one source and kind, to be handed to another process."""
    keys, hashes = [one.key for one in records], [one.content_hash for one in records]
    payloads = [one.payload for one in records]
    return Unread(msgspec.msgpack.encode(_Packed(source, kind, keys, hashes, payloads)), (), True)


def unpacked(given: Unread) -> list[RawRecord]:
    """The raw records that were packed."""
    source, kind, keys, hashes, payloads = _UNPACK(given.body)
    columns: dict[str, Sequence[object]] = {
        "kind": [kind] * len(keys),
        "key": keys,
        "payload": payloads,
        "content_hash": hashes,
    }
    made = RecordMaker(RawRecord, source).records(columns, len(keys))
    return [one for one in made if one is not None]


class UnreadPage(NamedTuple):
    """Records in the order of the source, how many they are, and where to go on after them."""

    answers: tuple[Unread, ...]
    n: int
    cursor: str


@runtime_checkable
class ReadsLater(Protocol):
    """A source whose answers may be read later, and by another process than the one that asks.

    That process makes a source of the same settings, without the secrets among them; what it makes
    of the same answers has to be the same.
    """

    def unread(self, kind: RecordKind, cursor: str | None) -> Iterator[UnreadPage] | None:
        """As `Source.pages`, with records that are not read yet; None: `pages` is to be used.

        Raises:
            TransientSourceError, FatalSourceError: as `Source.pages`.
        """
        ...

    def read(self, kind: RecordKind, answers: Sequence[Unread]) -> Sequence[RawRecord]:
        """The raw records that are meant, in their order; pure.

        Raises:
            CutAnswerError: an answer cannot be read after all.
        """
        ...
