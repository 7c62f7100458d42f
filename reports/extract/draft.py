"""The next extract while it is made: parts that did not change keep their files.

An extract lives in a folder of its own under `versions`, named by what is in it, and `current`
points to it. The next one is made beside it and takes its place in one step, so that whoever reads
`current` finds one extract or the other, whole, whenever a run is killed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from itsm.errors import PublishError
from reports.extract.manifest import Manifest, Part, PartFile, read_manifest
from reports.extract.parts import PartFormat, arrow_of, digest, part_bytes
from reports.extract.schema import ExtractTable

CURRENT = "current"
_NEXT = ".next"
_VERSIONS = "versions"


class Draft:
    """The next extract.

    Args:
        home: the folder of the extract.
        formats: what parts are written as.
    """

    def __init__(self, home: Path, formats: Sequence[PartFormat]) -> None:
        self.home = home
        self.folder = home / _NEXT
        self.formats = tuple(formats)
        self.previous = _previous(home)
        self._held = _files_of(self.previous, home / CURRENT)
        self.parts: list[Part] = []
        self.n_written = self.n_kept = 0

    def put(self, table: ExtractTable, part: str, rows: pd.DataFrame) -> None:
        """Write a part, or keep the file of the last extract where that holds the same bytes."""
        written = arrow_of(table, rows)
        files = []
        for kind in self.formats:
            content = part_bytes(table, written, kind)
            path = _path(table, part, kind)
            file = PartFile(path=path, bytes=len(content), sha256=digest(content))
            self._put(file, content)
            files.append(file)
        self.parts.append(
            Part(table=table.name, part=part, rows=written.num_rows, files=tuple(files))
        )

    def carry(self, table: ExtractTable, before: str) -> None:
        """Take over the parts of weeks before one from the last extract, unread.

        Raises:
            PublishError: the last extract does not have them in every format that is asked for.
        """
        for part in self.previous.parts_of(table.name) if self.previous else ():
            if part.part >= before:
                continue
            files = tuple(_path(table, part.part, kind) for kind in self.formats)
            kept = [file for file in part.files if file.path in files]
            if len(kept) != len(files) or not self._held.issuperset(kept):
                raise PublishError(
                    f"{self.home}: the weeks before {before} are not there in every format that "
                    "is asked for; run once without --since"
                )
            for file in kept:
                self._keep(file)
            self.parts.append(
                Part(table=part.table, part=part.part, rows=part.rows, files=tuple(kept))
            )

    def _put(self, file: PartFile, content: bytes) -> None:
        if file in self._held:
            self._keep(file)
            return
        write(self.folder / file.path, content)
        self.n_written += 1

    def _keep(self, file: PartFile) -> None:
        """The very file of the last extract, where the disk can; else a copy."""
        place = self.folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(self.home / CURRENT / file.path, place)
        self.n_kept += 1

    def publish(self, version: str) -> Path:
        """Let the draft take the place of the current extract, in one step.

        Returns:
            The folder that readers open.
        """
        versions = self.home / _VERSIONS
        versions.mkdir(exist_ok=True)
        place, before = versions / version, _version(self.home)
        if not place.exists():
            _sync_folders(self.folder)
            self.folder.rename(place)
        _sync(versions)
        pointer = self.home / f".{CURRENT}.unfinished"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(Path(_VERSIONS) / version)
        pointer.replace(self.home / CURRENT)
        _sync(self.home)
        for old in versions.iterdir():
            if old.name not in {version, before}:
                shutil.rmtree(old)
        return self.home / CURRENT


@contextmanager
def drafted(home: Path, formats: Sequence[PartFormat]) -> Iterator[Draft]:
    """A draft, with nobody else at work on the same extract; what a killed run left is cleared.

    Raises:
        PublishError: another run is at work, or the folder holds something else.
    """
    home.mkdir(parents=True, exist_ok=True)
    if (home / CURRENT).exists() and not (home / CURRENT).is_symlink():
        raise PublishError(
            f"{home / CURRENT} was not made by an extract; name another folder with --out"
        )
    with (home / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublishError(
                f"{home}: another extract is being made there; wait until it has ended"
            ) from None
        shutil.rmtree(home / _NEXT, ignore_errors=True)
        try:
            yield Draft(home, formats)
        except OSError as error:
            raise PublishError(
                f"{error.filename or home}: {error.strerror}; the extract before this one is "
                "untouched, run again when that is mended"
            ) from None
        finally:
            shutil.rmtree(home / _NEXT, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    """Write a file, so that it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def link_or_copy(source: Path, place: Path) -> None:
    """The same file under another name, or a copy where the file system has no links."""
    try:
        os.link(source.resolve(), place)
    except OSError:
        shutil.copy2(source, place)


def _files_of(manifest: Manifest | None, folder: Path) -> frozenset[PartFile]:
    """The files of an extract that are still there."""
    parts = manifest.parts if manifest else ()
    files = (file for part in parts for file in part.files)
    return frozenset(file for file in files if (folder / file.path).exists())


def _path(table: ExtractTable, part: str, kind: PartFormat) -> str:
    if table.by_week:
        return f"{kind}/{table.name}/{part}.{kind}"
    return f"{kind}/{table.name}.{kind}"


def _previous(home: Path) -> Manifest | None:
    folder = home / CURRENT
    return read_manifest(folder) if folder.exists() else None


def _version(home: Path) -> str | None:
    pointer = home / CURRENT
    return pointer.readlink().name if pointer.is_symlink() else None


def _sync_folders(folder: Path) -> None:
    for inner in (folder, *(one for one in folder.rglob("*") if one.is_dir())):
        _sync(inner)


def _sync(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
