"""Memory of a process that takes and drops large things all the time, given back when it is free.

The C library of Linux keeps what was freed: after a large piece has gone it takes the next ones of
that size from its own stock, which comes in pieces for each thread and never shrinks while anything
lives at the end of it. A pull of a million incidents grew by a third for it.
"""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 1 << 20
"""From so many bytes on a piece is the system's own, and goes back when it is freed."""
_KEPT = 8 << 20
_STOCKS = 2


def keep_little() -> None:
    """Let this process give large pieces back at once; nothing happens where that is not known."""
    libc = _libc()
    if libc is not None:
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT)
        libc.mallopt(_ARENA_MAX, _STOCKS)


def give_back() -> None:
    """Give back what is free in between, too; takes some milliseconds."""
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


@cache
def _libc() -> ctypes.CDLL | None:
    """The C library, if it is the one of GNU."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
