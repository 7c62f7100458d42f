"""Memory of a process that takes and drops large things all the time, given back now and then.

The C library of Linux keeps what was freed for the next time, in a stock for each thread, which
shrinks only where nothing lives at its end: a pull of a million incidents grew by a third for it.
To have large pieces from the system each time, and give them back each time, is no way out: its
fresh pages took a tenth of the processor time of a pull.
"""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 32 << 20
"""From so many bytes on a piece is the system's own, and goes back when it is freed."""
_KEPT = 64 << 20
_STOCKS = 2


def share_stock() -> None:
    """Let the threads of this process share what was freed; nothing where that is not known."""
    libc = _libc()
    if libc is not None:
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT)
        libc.mallopt(_ARENA_MAX, _STOCKS)


def give_back() -> None:
    """Give back what is free, wherever it is; takes some milliseconds."""
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
