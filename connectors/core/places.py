"""How far a source was read, for the way it was read in: text that the store keeps.

Whoever asks for other rows or other columns than before has to begin again. So a cursor holds a
word for the way, and what was written on another way is not gone on from.
"""

import hashlib
import logging

from connectors.core.watermark import Keyset, keyset_of

LOGGER = logging.getLogger(__name__)


def word_of(*way: object) -> str:
    """One word for a way to read."""
    return hashlib.sha256(repr(way).encode()).hexdigest()[:12]


def cursor_of(way: str, place: Keyset) -> str:
    """A place on a way, as text."""
    return f"{way} {place.text()}"


def place_of(source: str, kind: str, cursor: str | None, way: str) -> Keyset | None:
    """The place that a cursor means; None: the start, also where it was made on another way.

    Raises:
        FatalSourceError: the cursor cannot be read.
    """
    was, _, place = (cursor or "").partition(" ")
    if cursor is not None and was == way:
        return keyset_of(source, place)
    if cursor is not None:
        LOGGER.info(
            "%s: %s is read from the start, as other columns or rows are asked for than before",
            source,
            kind,
        )
    return None
