"""One and the same small work for very many texts: half of it in a second process."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")

LEAST = 40_000
"""From so many items on a second process is worth its start."""
_shared: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []
"""What the second process does: it is forked from this one, and reads it there."""


def mapped(work: Callable[[S], T], items: Sequence[S], *, least: int = LEAST) -> list[T]:
    """What work makes of each item, in order; the same however it is shared out.

    Where this process runs threads or cannot be forked, it does everything itself.

    Args:
        work: depends on its item alone; what it gives can be pickled.
        items: in order.
        least: how many there are at least where a second process helps.
    """
    if len(items) < least or not _can_fork():
        return [work(item) for item in items]
    half = len(items) // 2
    _shared.append((work, items[half:]))
    try:
        with multiprocessing.get_context("fork").Pool(1) as pool:
            others = pool.apply_async(_of_the_rest)
            return [*[work(item) for item in items[:half]], *others.get()]
    finally:
        _shared.clear()


def _can_fork() -> bool:
    is_offered = "fork" in multiprocessing.get_all_start_methods()
    return is_offered and threading.active_count() == 1 and not _shared


def _of_the_rest() -> list[Any]:
    work, items = _shared[0]
    return [work(item) for item in items]
