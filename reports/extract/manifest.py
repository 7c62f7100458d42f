"""What an extract is made of: its parts with their hashes, and what it is true for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from itsm.codec import from_bytes, to_bytes
from itsm.errors import PublishError

MANIFEST = "extract.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFile:
    """One file of a part; its path starts from the folder of the extract."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows of a table that are of one week, or all of a table that has no parts."""

    table: str
    part: str
    rows: int
    files: tuple[PartFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An extract.

    Attributes:
        week: the newest week.
        zone: of the weeks.
        cutoff_at: the moment it is true for.
        parts: in the order of tables and weeks.
        hyper_of: which parts Tableau's file was made of; "" where none was.
        version: a hash of all of the above.
    """

    week: str
    zone: str
    cutoff_at: datetime
    parts: tuple[Part, ...]
    hyper_of: str = ""
    version: str = ""

    def named(self) -> "Manifest":
        """The same with its version."""
        content = to_bytes(replace(self, version=""))
        return replace(self, version=sha256(content).hexdigest()[:16])

    def parts_of(self, table: str) -> Iterator[Part]:
        """The parts of a table, oldest first."""
        return (part for part in self.parts if part.table == table)

    def content_hash(self) -> str:
        """A hash of the rows, whatever else is said of them."""
        hashes = [file.sha256 for part in self.parts for file in part.files[:1]]
        return sha256("".join(hashes).encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """What an extract is made of.

    Raises:
        PublishError: it does not say, or not in a way this version knows.
    """
    try:
        return from_bytes(Manifest, (folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        raise PublishError(
            f"{folder / MANIFEST} cannot be read; remove {folder.parent} and extract anew"
        ) from None


def manifest_bytes(manifest: Manifest) -> bytes:
    """The file of it."""
    return to_bytes(manifest)
