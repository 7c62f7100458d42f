"""The archive: every file that was made to be sent, by its SHA-256.

The same bytes lie there once, whatever they are called. What is read is held against its hash, so a
damaged or missing file is noticed, never sent. A file goes only where a person is erased, or where
retention says so.
"""

import hashlib
from dataclasses import dataclass

from itsm.errors import PublishError
from reports.places import Place


@dataclass(frozen=True, slots=True)
class Held:
    """An object of the archive; `said` is what is wrong with it."""

    sha256: str
    said: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is as it was written."""
        return not self.said


class Archive:
    """Objects at one address, by the hash of their bytes."""

    def __init__(self, address: str) -> None:
        """Open an archive.

        Raises:
            PublishError: nothing here can open such an address.
        """
        self._place = Place(address, setting="artefacts.address")

    def put(self, data: bytes) -> str:
        """Keep some bytes; those that are there already, whole, are left alone.

        Returns:
            Their SHA-256.

        Raises:
            PublishError: they cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        if not self.look(digest).is_whole:
            self._place.write(_path(digest), data)
        return digest

    def get(self, sha256: str) -> bytes:
        """The bytes of a hash.

        Raises:
            PublishError: they are missing, or no longer what they were.
        """
        data = self._place.read(_path(sha256))
        held = _held(sha256, data)
        if data is None or not held.is_whole:
            raise PublishError(
                f"archive {self._place.address}: object {sha256[:12]} is {held.said}; restore the "
                "archive from its backup, or let `csi packs check --mend` render it again"
            )
        return data

    def remove(self, sha256: str) -> bool:
        """Remove the bytes of a hash for good; whether there were any.

        Raises:
            PublishError: they cannot be removed.
        """
        is_there = self._place.read(_path(sha256)) is not None
        self._place.remove(_path(sha256))
        return is_there

    def look(self, sha256: str) -> Held:
        """Whether the bytes of a hash are there and whole.

        Raises:
            PublishError: the place cannot be read.
        """
        return _held(sha256, self._place.read(_path(sha256)))


def _path(sha256: str) -> str:
    return f"objects/{sha256[:2]}/{sha256[2:]}"


def _held(sha256: str, data: bytes | None) -> Held:
    if data is None:
        return Held(sha256, "missing")
    if hashlib.sha256(data).hexdigest() != sha256:
        return Held(sha256, f"damaged: {len(data):,} bytes that do not fit its hash")
    return Held(sha256)
