"""A place for files at one address: a folder, a share or an object store, whatever fsspec opens."""

from pathlib import PurePosixPath
from typing import Any

from itsm.errors import PublishError

_UNFINISHED = ".unfinished"


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
        except OSError as error:
            raise PublishError(f"{self.address}: {path} cannot be read: {_why(error)}") from None
        return bytes(data)

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole or not at all.

        A local file is put in its place in one step; object stores do so anyway.

        Raises:
            PublishError: it cannot be written.
        """
        try:
            self._write(str(self._root / path), data)
        except OSError as error:
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
            self._files.rm(str(self._root / path), recursive=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise PublishError(f"{self.address}: {path} cannot be removed: {_why(error)}") from None

    def names(self, path: str) -> tuple[str, ...]:
        """What lies in a folder, by name; nothing where there is no such folder.

        Raises:
            PublishError: it cannot be read.
        """
        try:
            found = self._files.ls(str(self._root / path), detail=False)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise PublishError(f"{self.address}: {path} cannot be read: {_why(error)}") from None
        return tuple(sorted(PurePosixPath(one).name for one in found))

    def where(self, path: str) -> str:
        """The address of a file."""
        return str(self._files.unstrip_protocol(str(self._root / path)))

    def _write(self, path: str, data: bytes) -> None:
        from fsspec.implementations.local import LocalFileSystem

        if not isinstance(self._files, LocalFileSystem):
            self._files.pipe_file(path, data)
            return
        self._files.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        self._files.pipe_file(f"{path}{_UNFINISHED}", data)
        self._files.mv(f"{path}{_UNFINISHED}", path)


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
