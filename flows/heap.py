"""Memory of a process that takes and drops large things all the time, given back now and then.

The C library of Linux keeps what was freed for the next time, in a stock for each thread, which
shrinks only where nothing lives at its end: a pull of a million incidents grew by a third for it.
To have large pieces from the system each time, and give them back each time, is no way out: its
fresh pages took a tenth of the processor time of a pull.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 32 << 20
"""From so many bytes on a piece is the system's own, and goes back when it is freed."""
_KEPT = 64 << 20
_STOCKS = 2


@contextmanager
def rarely_collecting(often: tuple[int, int, int]) -> Iterator[None]:
    """Let the garbage collector look through fewer objects, less often.

    Whoever makes objects by the hundred thousand, and hardly ever a ring of them, spends a fifth of
    his time on looking for rings.

    Args:
        often: the thresholds of the collector.
    """
    before = gc.get_threshold()
    is_frozen = gc.get_freeze_count() > 0  # by whoever started the process, and for all its life
    gc.freeze()
    gc.set_threshold(*often)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not is_frozen:
            gc.unfreeze()


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
