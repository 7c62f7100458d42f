"""Artefacts: all that an installation keeps beside its database, under one address.

Below `artefacts.address` lie `objects/` (the archive: every file that was made to be sent, by its
hash), `packs/WEEK/` (the documents of each week's pack), `mining/` (what a run leaves to the next),
`checks/` (what was found of parts of the records), `texts/` (which texts hold nothing personal, by
their hash, and what the others became) and `blocks/DAY/` (what mining in several processes hands
from one to the other, gone once a run has ended). The address is a folder, or whatever fsspec
opens; machines that share it and the database share everything.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from flows.settings import Settings
from flows.wiring import Parts, database_url
from itsm.errors import ConfigError, PublishError
from reports.archive import Archive
from reports.places import Place

_FOLDER = "artefacts"
_PACKS, _BLOCKS = "packs", "blocks"
BLOCKS_KEPT = timedelta(days=3)
"""What killed runs have left is removed after so long; no run takes as long."""


def address_of(settings: Settings, base: Path) -> str:
    """Where artefacts lie: where the settings say, else beside the database.

    Args:
        settings: of the installation.
        base: the folder that relative paths start from.
    """
    named = settings.artefacts.address
    if named:
        return named if "://" in named else str(base / named)
    url = make_url(database_url(settings.database.get_secret_value(), base))
    is_file = url.get_backend_name() == "sqlite" and url.database
    return str((Path(str(url.database)).parent if is_file else base) / _FOLDER)


def archive_of(parts: Parts) -> Archive:
    """The archive of an installation."""
    return Archive(address_of(parts.settings, parts.base))


def share_documents(parts: Parts, week: str, documents: Iterable[Path]) -> None:
    """Put the documents of a pack where every machine finds them, if an address is named.

    Raises:
        PublishError: they cannot be written there.
    """
    if not parts.settings.artefacts.address:
        return
    place = _place(address_of(parts.settings, parts.base))
    for one in sorted(documents):
        place.write(f"{_PACKS}/{week}/{one.name}", one.read_bytes())


class Blocks:
    """What processes that mine together hand to each other, each by the hash of its bytes.

    Args:
        address: of the artefacts, which every one of the processes reaches.
        day: when the run began; what it hands over lies in a folder of that day.
    """

    def __init__(self, address: str, day: date) -> None:
        self._place = _place(address)
        self._day = day
        self._mine: set[str] = set()

    def put(self, data: bytes) -> str:
        """Hand some bytes over; those that are there already are not sent again.

        Returns:
            Their SHA-256.
        """
        key = hashlib.sha256(data).hexdigest()
        self._mine.add(key)
        if self._found(key) is None:
            self._place.write(self._path(key), data)
        return key

    def get(self, key: str) -> bytes:
        """The bytes of a hash.

        Raises:
            PublishError: they are missing, or no longer what they were.
        """
        self._mine.add(key)
        data = self._found(key)
        if data is None:
            raise PublishError(
                f"{self._place.where(self._path(key))} is missing or not whole; let every process "
                "that mines reach the same artefacts.address, and run again"
            )
        return data

    def clear(self) -> None:
        """Remove what this run handed over, and what killed runs have left some days ago."""
        for key in sorted(self._mine):
            self._place.remove(self._path(key))
        for name in self._place.names(_BLOCKS):
            if name < (self._day - BLOCKS_KEPT).isoformat():
                self._place.remove(f"{_BLOCKS}/{name}")

    def _found(self, key: str) -> bytes | None:
        data = self._place.read(self._path(key))
        is_whole = data is not None and hashlib.sha256(data).hexdigest() == key
        return data if is_whole else None

    def _path(self, key: str) -> str:
        return f"{_BLOCKS}/{self._day.isoformat()}/{key}"


def require_shared(settings: Settings) -> None:
    """See that workers on other machines have a place to share.

    Raises:
        ConfigError: mining is given to other machines, and no address is named.
    """
    if settings.mining.scheduler and not settings.artefacts.address:
        raise ConfigError(
            "mining.scheduler names workers that may be on other machines: set artefacts.address "
            "to a place that all of them reach, such as s3://bucket/csi"
        )


def _place(address: str) -> Place:
    return Place(address, setting="artefacts.address")
