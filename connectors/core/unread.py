"""Answers that hold records nobody has read yet, so that another process can read them.

A source that asks for pages needs little of each row, its key and when it was updated, to know what
to ask for next. The rest can be read wherever there is a processor to spare: it takes no
connection, no credentials and nothing else of the process that asked.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from itsm.records import RawRecord
from itsm.states import RecordKind


class Unread(NamedTuple):
    """The body of an answer, and the places of the rows in it that are meant."""

    body: bytes
    places: tuple[int, ...]


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
