"""Backups of the database: made while others write, verified, whole or not there at all.

A backup is two files: the copy, and beside it a note with its hash and what the database held when
it was made. The note is written last, so a copy without one is none.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from itsm.codec import from_bytes, to_bytes
from itsm.errors import ConfigError, StoreError
from store.holdings import Holdings, holdings

NOTE = ".json"
PARTIAL = ".partial"
_CHUNK = 2**20
_LEFT_AFTER_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is written beside a copy: its hash, its size, what the database held."""

    sha256: str
    size: int
    holdings: Holdings


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that is complete: the copy, its hash and size, what it holds."""

    file: Path
    sha256: str
    size: int
    holdings: Holdings

    def require_whole(self) -> None:
        """See that the bytes of the copy are those that were written.

        Raises:
            StoreError: they are not, or cannot be read.
        """
        try:
            if sha256_of(self.file) == self.sha256:
                return
        except OSError as error:
            raise StoreError(f"backup {self.file}: {error.strerror}") from None
        raise StoreError(f"backup {self.file} is not as it was written; take an earlier one")


def back_up(engine: Engine, folder: Path, at: datetime) -> Backup:
    """Make a backup of a database, while others may write to it.

    Args:
        engine: of the database.
        folder: where the backup goes; made if needed, closed to other users.
        at: now; it names the backup.

    Raises:
        StoreError: the database is damaged or cannot be read, or the disk is full; nothing is left.
    """
    name = f"csi-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    is_sqlite = engine.dialect.name == "sqlite"
    file = folder / f"{name}{'.sqlite' if is_sqlite else '.dump'}"
    with _disk_errors(file):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_name(file.name + PARTIAL)
    with _removed_on_failure(partial), _disk_errors(file):
        held = _copied(engine, partial, at)
        note = Note(sha256=sha256_of(partial), size=partial.stat().st_size, holdings=held)
        _lasting(partial)
        partial.replace(file)
        _write_note(file, note)
    return Backup(file=file, sha256=note.sha256, size=note.size, holdings=held)


def backups(folder: Path) -> tuple[Backup, ...]:
    """The backups of a folder, the newest first; files that are none are passed over."""
    found = []
    for note in sorted(folder.glob(f"csi-*{NOTE}"), reverse=True):
        copy = note.with_name(note.name.removesuffix(NOTE))
        if copy.exists():
            found.append(backup_at(copy))
    return tuple(found)


def backup_at(file: Path) -> Backup:
    """A backup by its file.

    Raises:
        ConfigError: it is none.
    """
    try:
        note = from_bytes(Note, _note(file).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{file} is no backup of `csi db backup`: {_note(file).name} beside it cannot be read "
            f"({type(error).__name__}); `csi db backups` lists those there are"
        ) from None
    return Backup(file=file, sha256=note.sha256, size=note.size, holdings=note.holdings)


def prune(folder: Path, keep: int, at: datetime) -> tuple[Path, ...]:
    """Remove all backups but the newest `keep`, and what killed ones left behind a day ago.

    Returns:
        The copies that were removed.
    """
    for left in folder.glob(f"csi-*{PARTIAL}"):
        if at.timestamp() - left.stat().st_mtime > _LEFT_AFTER_S:
            left.unlink(missing_ok=True)
    old = backups(folder)[keep:]
    for one in old:
        _note(one.file).unlink()  # first: without it the copy is no backup any more
        one.file.unlink(missing_ok=True)
    return tuple(one.file for one in old)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _copied(engine: Engine, partial: Path, at: datetime) -> Holdings:
    """Copy a database into a file and verify it; what the copy holds."""
    os.close(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    if engine.dialect.name == "sqlite":
        from store.backup_sqlite import copy_of, verify
        from store.soundness import note_sound

        copy_of(engine, partial)
        verify(partial)
        note_sound(engine, at)
        return holdings(f"sqlite:///{partial}", at)
    from store.backup_postgres import dump_of, verify_dump

    held = holdings(engine.url.render_as_string(hide_password=False), at)  # first: never too much
    dump_of(engine.url, partial)
    verify_dump(partial)
    return held


def _note(file: Path) -> Path:
    return file.with_name(file.name + NOTE)


def _write_note(file: Path, note: Note) -> None:
    partial = file.with_name(file.name + NOTE + PARTIAL)
    with _removed_on_failure(partial):
        partial.write_bytes(to_bytes(note) + b"\n")
        partial.chmod(0o600)
        _lasting(partial)
        partial.replace(_note(file))
    _lasting(file.parent)


def _lasting(path: Path) -> None:
    """Have the disk hold a file or a folder before anything else is done."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _removed_on_failure(file: Path) -> Iterator[None]:
    is_whole = False
    try:
        yield
        is_whole = True
    finally:
        if not is_whole:
            file.unlink(missing_ok=True)


@contextmanager
def _disk_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"backup {file}: {error.strerror}; nothing of it was kept, earlier backups are whole"
        ) from None
