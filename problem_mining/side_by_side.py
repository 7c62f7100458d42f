"""One and the same small work for very many texts: half of it in a second process."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")

LEAST = 40_000
"""From so many items on a second process is worth its start."""
_parted: list[bool] = []
"""Whether some work is parted already: neither half parts its own again."""


def mapped(work: Callable[[S], T], items: Sequence[S], *, least: int = LEAST) -> list[T]:
    """What work makes of each item, in order; the same however it is shared out.

    Where this process runs threads or cannot be forked, it does everything itself; and so it does
    where the second process ends before it is done, as one does that took too much memory.

    Args:
        work: depends on its item alone; what it gives can be pickled.
        items: in order.
        least: how many there are at least where a second process helps.
    """
    if len(items) < least or not _can_fork():
        return [work(item) for item in items]
    half = len(items) // 2
    with _second(work, items[half:]) as second:
        done = [work(item) for item in items[:half]]
        others = _told_by(second)
    return [*done, *([work(item) for item in items[half:]] if others is None else others)]


def _can_fork() -> bool:
    is_offered = "fork" in multiprocessing.get_all_start_methods()
    return is_offered and threading.active_count() == 1 and not _parted


@contextmanager
def _second(work: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Connection]:
    """A second process at work, and where it tells what it has made."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_tell, args=(here, there, work, items), daemon=True
    )
    _parted.append(True)
    try:
        process.start()
        there.close()  # so that this process sees when the other has ended
        yield here
    finally:
        _parted.clear()
        here.close()
        process.kill()  # it has told everything, or is not asked any more
        process.join()


def _tell(
    here: Connection, there: Connection, work: Callable[[Any], Any], items: Sequence[Any]
) -> None:
    """Do the work in the second process; what fails there fails again where it can be told."""
    here.close()
    try:
        there.send([work(item) for item in items])
    finally:
        os._exit(0)  # what failed here was not told, and fails again where it can be


def _told_by(second: Connection) -> list[Any] | None:
    """What the second process has made; None where it ended before."""
    try:
        made: list[Any] = second.recv()
    except (EOFError, OSError):
        return None
    return made
