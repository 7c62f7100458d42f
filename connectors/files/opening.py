"""Opening a file as bytes or text: gzip, encoding, and what is said when it cannot be read."""

import codecs
import gzip
import hashlib
import io
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from itsm.errors import FatalSourceError

LOGGER = logging.getLogger(__name__)

_SNIFFED_BYTES = 1 << 20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CP1252_UNUSED = frozenset(b"\x81\x8d\x8f\x90\x9d")


def is_gzipped(path: Path) -> bool:
    """Whether a file says by its name that it is gzipped."""
    return path.suffix.lower() == ".gz"


def format_of(path: Path) -> str:
    """The name ending that says the format, without `.gz` and the dot: "csv", "xlsx", ..."""
    name = path.with_suffix("") if is_gzipped(path) else path
    return name.suffix.lower().lstrip(".")


def content_hash(source: str, path: Path) -> str:
    """The SHA-256 of a file's bytes as they lie on disk."""
    with readable(source, path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def readable(source: str, path: Path) -> Iterator[None]:
    """Turns what goes wrong while a file is read into an error that says what to do.

    Raises:
        FatalSourceError: the file is missing, forbidden, cut off, or not text in the encoding.
    """
    try:
        yield
    except FileNotFoundError:
        raise _fatal(source, path, "there is no such file; check the path") from None
    except (IsADirectoryError, PermissionError) as error:
        raise _fatal(source, path, f"cannot be opened ({error.strerror})") from None
    except EOFError:
        raise _fatal(source, path, "the gzip data ends early; export or copy it again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise _fatal(source, path, "is not sound gzip data; export or copy it again") from None
    except UnicodeError as error:
        raise _fatal(source, path, _encoding_problem(error)) from None


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """A file's bytes, unpacked if it is gzipped."""
    if is_gzipped(path):
        with gzip.open(path, "rb") as unpacked:
            yield cast(IO[bytes], unpacked)
    else:
        with path.open("rb") as plain:
            yield plain


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[IO[str]]:
    """A file's text, its line ends untouched."""
    with open_bytes(path) as data, io.TextIOWrapper(data, encoding, newline="") as text:
        yield text


def sniffed_encoding(path: Path) -> str:
    """The encoding the first megabyte of a file shows.

    UTF-8 with or without a mark is taken when it fits, UTF-16 when it is marked. Windows-1252 is
    taken only when the bytes cannot be UTF-8 and can all be Windows-1252, and the log says so.
    """
    with open_bytes(path) as data:
        head = data.read(_SNIFFED_BYTES)
    if head.startswith(_UTF16_MARKS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _SNIFFED_BYTES)
    except UnicodeDecodeError:
        if _CP1252_UNUSED.isdisjoint(head) and b"\x00" not in head:
            LOGGER.warning("%s is not UTF-8; it is read as Windows-1252 (cp1252)", path.name)
            return "cp1252"
    return "utf-8-sig"


def _encoding_problem(error: UnicodeError) -> str:
    where = f"near byte {error.start}" if isinstance(error, UnicodeDecodeError) else "somewhere"
    return (
        f"cannot be read as {getattr(error, 'encoding', 'the encoding')} ({where}); "
        'set `encoding`, for example encoding = "cp1252"'
    )


def _fatal(source: str, path: Path, problem: str) -> FatalSourceError:
    return FatalSourceError(source, f"{path}: {problem}")
