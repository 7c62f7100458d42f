"""How far a source has been read, as text that the store keeps between two pulls."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson

from itsm.errors import FatalSourceError


@dataclass(frozen=True, slots=True, order=False)
class Keyset:
    """A place in rows ordered by (updated, key): everything before it has been read.

    Attributes:
        updated_at: aware; as coarse as the system filters, a second in most.
        key: the last key read at `updated_at`; None: of that moment not all that was read is known
            to be in front, so it is read again.
        is_past: everything at `updated_at` has been read.
        is_end: nothing was left to read; the next pull starts an overlap before it.
    """

    updated_at: datetime
    key: str | None = None
    is_past: bool = False
    is_end: bool = False

    def begin(self, overlap: timedelta) -> "Keyset":
        """Where the next reading starts.

        A walk that was stopped goes on exactly where it was. One that had come to its end starts a
        little earlier than that: a row is stamped before its transaction is committed, so it may
        turn up behind rows that were read already.
        """
        return Keyset(self.updated_at - overlap) if self.is_end else self

    def ended(self) -> "Keyset":
        """The same place, with nothing left to read."""
        return replace(self, is_end=True)

    def text(self) -> str:
        """What `keyset_of` reads, the same for the same place."""
        place = {
            "at": self.updated_at.astimezone(UTC).isoformat(),
            "key": self.key,
            "past": self.is_past,
            "end": self.is_end,
        }
        return orjson.dumps(place).decode()


def keyset_of(source: str, text: str | None) -> Keyset | None:
    """The place that a stored text means; None: the start.

    Raises:
        FatalSourceError: the text was not written by `Keyset.text`.
    """
    if text is None:
        return None
    try:
        place = orjson.loads(text)
        at = datetime.fromisoformat(place["at"])
        keyset = Keyset(at, place["key"], bool(place["past"]), bool(place["end"]))
    except (orjson.JSONDecodeError, ValueError, TypeError, KeyError):
        raise FatalSourceError(
            source, "its watermark cannot be read; remove it to read everything again"
        ) from None
    if at.tzinfo is None or not isinstance(keyset.key, str | None):
        raise FatalSourceError(source, "its watermark is not one of this reader")
    return keyset
