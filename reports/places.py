"""A place for files at one address: a folder, a share or an object store, whatever fsspec opens."""

import mmap
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from itsm.errors import PublishError

_UNFINISHED = ".unfinished"
_RAISED_BY_CLIENTS = (
    ("aiohttp", "ClientError"),
    ("azure.core.exceptions", "AzureError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("gcsfs.retry", "ChecksumError"),
    ("gcsfs.retry", "HttpError"),
    ("google.auth.exceptions", "GoogleAuthError"),
)
"""What clients of object stores raise that is no OSError."""


class Place:
    """Files by their path below one address."""

    def __init__(self, address: str, *, setting: str) -> None:
        """Open a place; nothing is made before something is written.

        Args:
            address: a folder, or an address that fsspec knows, such as s3://bucket/csi.
            setting: the setting it came from, for errors.

        Raises:
            PublishError: nothing here can open such an address.
        """
        from fsspec.core import url_to_fs

        self.address = address
        try:
            self._files, root = url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise PublishError(
                f"{setting}: {address!r} cannot be opened: {error}; install the library it needs, "
                "or name a folder"
            ) from None
        self._root = PurePosixPath(root)

    def read(self, path: str) -> bytes | None:
        """What a file holds; None where there is none.

        Raises:
            PublishError: it cannot be read.
        """
        try:
            data: Any = self._files.cat_file(str(self._root / path))
        except FileNotFoundError:
            return None
        except _failures() as error:
            raise self._unread(path, error) from None
        return bytes(data)

    def mapped(self, path: str) -> bytes | mmap.mmap | None:
        """What a file holds; of a local one only what is looked at comes into memory.

        Raises:
            PublishError: it cannot be read.
        """
        from fsspec.implementations.local import LocalFileSystem

        file = Path(self._root / path)
        if not isinstance(self._files, LocalFileSystem) or not _has_bytes(file):
            return self.read(path)
        try:
            with file.open("rb") as opened:
                return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise self._unread(path, error) from None

    def write(self, path: str, *data: bytes | memoryview) -> None:
        """Write a file, whole or not at all.

        A local file is put in its place in one step; object stores do so anyway.

        Args:
            path: of the file.
            data: what it will hold, one piece after the other.

        Raises:
            PublishError: it cannot be written.
        """
        try:
            self._write(str(self._root / path), data)
        except _failures() as error:
            raise PublishError(
                f"{self.address}: {path} cannot be written: {_why(error)}; check that the place "
                "exists, may be written, and has room"
            ) from None

    def remove(self, path: str) -> None:
        """Remove a file or a folder with all in it; one that is not there is left alone.

        Raises:
            PublishError: it cannot be removed.
        """
        try:
            self._files.invalidate_cache()  # others write here, too
            self._files.rm(str(self._root / path), recursive=True)
        except FileNotFoundError:
            return
        except _failures() as error:
            raise PublishError(
                f"{self.address}: {path} cannot be removed: {_why(error)}; check that the place "
                "can be reached and that files may be removed there, and run again"
            ) from None

    def names(self, path: str) -> tuple[str, ...]:
        """What lies in a folder, by name; nothing where there is no such folder.

        Raises:
            PublishError: it cannot be read.
        """
        try:
            self._files.invalidate_cache()  # others write here, too
            found = self._files.ls(str(self._root / path), detail=False)
        except FileNotFoundError:
            return ()
        except _failures() as error:
            raise self._unread(path, error) from None
        return tuple(sorted(PurePosixPath(one).name for one in found))

    def where(self, path: str) -> str:
        """The address of a file."""
        return str(self._files.unstrip_protocol(str(self._root / path)))

    def _unread(self, path: str, error: Exception) -> PublishError:
        return PublishError(
            f"{self.address}: {path} cannot be read: {_why(error)}; check that the place can be "
            "reached and may be read from here, and run again"
        )

    def _write(self, path: str, data: Sequence[bytes | memoryview]) -> None:
        from fsspec.implementations.local import LocalFileSystem

        if not isinstance(self._files, LocalFileSystem):
            self._files.pipe_file(path, b"".join(data))
            return
        self._files.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        with self._files.open(f"{path}{_UNFINISHED}", "wb") as unfinished:
            for piece in data:
                unfinished.write(piece)
        self._files.mv(f"{path}{_UNFINISHED}", path)


def _has_bytes(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _failures() -> tuple[type[Exception], ...]:
    """What may go wrong at a place; of clients, only those that are loaded."""
    found = (getattr(sys.modules.get(module), name, None) for module, name in _RAISED_BY_CLIENTS)
    return (OSError, *(one for one in found if one is not None))


def _why(error: Exception) -> str:
    """What a client says, in one line: some append the whole answer."""
    said = getattr(error, "strerror", None) or str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__
