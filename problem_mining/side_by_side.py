"""Work shared out to two processes: half of very many items, or one thing beside another."""

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")

LEAST = 40_000
"""From so many items on a second process is worth its start."""
_NUMBER = 2
"""The bytes of the number of an item; all numbers have to find room in a pipe."""
_others: list["_Second"] = []
"""The second processes this one has begun and not let go of yet."""
_is_second: list[bool] = []
"""Whether this is a second process itself: it begins no other."""


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
    alone: list[T] = []
    while len(alone) < len(items) and _is_at_work():
        alone.append(work(items[len(alone)]))
    items = items[len(alone) :]
    if len(items) < least:
        return [*alone, *(work(item) for item in items)]
    # Every second item, as what is dear often stands together.
    mine, yours = items[::2], items[1::2]
    with _second(work, yours) as second:
        done = [work(item) for item in mine]
        others = second.told()
    rest = [work(item) for item in yours] if others is None else others
    both = [done[0]] * len(items)
    both[::2], both[1::2] = done, rest
    return [*alone, *both]


def in_turns(work: Callable[[S], T], items: Sequence[S]) -> list[T]:
    """What work makes of each item, in order; a second process takes what nobody has begun yet.

    For few items, of which some take far longer than others: those should come first. Where there
    can be no second process, or for what it had begun when it ended before it was done, this one
    does the work.

    Args:
        work: opens by itself what cannot be shared with another process; what it gives can be
            pickled.
        items: some thousands at most.
    """
    if not are_for_two(items):
        return [work(item) for item in items]
    # Numbers in a pipe: each is read once, and nobody who ends can hold up the other.
    taken, put = os.pipe()
    os.write(put, b"".join(number.to_bytes(_NUMBER, "little") for number in range(len(items))))
    os.close(put)

    def rest() -> dict[int, T]:
        done = {}
        while number := os.read(taken, _NUMBER):
            at = int.from_bytes(number, "little")
            done[at] = work(items[at])
        return done

    try:
        with _second(lambda _: rest(), [None]) as second:
            mine, others = rest(), second.told()
    finally:
        os.close(taken)
    done = {**mine, **(others[0] if others else {})}
    return [done[at] if at in done else work(item) for at, item in enumerate(items)]


def are_for_two(items: Sequence[object]) -> bool:
    """Whether `in_turns` has a second process take some of the items."""
    return len(items) > 1 and _can_fork() and not _is_at_work()


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Begin some work in a second process, and give what waits for it and tells its result.

    Where there can be no second process, or it ends before it is done, the work is done when its
    result is asked for; so it has to come to the same twice. Whoever leaves without having asked
    ends it.

    Args:
        work: opens by itself what cannot be shared with another process, such as a connection.
    """
    if not _can_fork() or _is_at_work():
        yield work
        return
    with _second(lambda _: work(), [None]) as second:

        def told() -> T:
            made = second.told()
            return work() if made is None else made[0]

        yield told


def _can_fork() -> bool:
    is_offered = "fork" in multiprocessing.get_all_start_methods()
    return is_offered and not _is_second and threading.active_count() == 1


def _is_at_work() -> bool:
    """Whether there is a second process already that has not told yet what it has made."""
    return any(other.is_at_work() for other in _others)


class _Second:
    """A second process, and what it has made."""

    def __init__(self, process: BaseProcess, here: Connection) -> None:
        self.process = process
        self._here = here
        self._made: list[Any] | None = None
        self._is_done = False

    def is_at_work(self) -> bool:
        """Whether it has not told yet; what it tells is taken, so that it need not wait."""
        if not self._is_done and self._here.poll():
            self.told()
        return not self._is_done

    def told(self) -> list[Any] | None:
        """What it has made, once it has; None where it ended before."""
        if not self._is_done:
            try:
                self._made = self._here.recv()
            except (EOFError, OSError):
                self._made = None
            self._is_done = True
        return self._made


@contextmanager
def _second(work: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[_Second]:
    """A second process at work."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_tell, args=(here, there, work, items), daemon=True
    )
    process.start()
    there.close()  # so that this process sees when the other has ended
    second = _Second(process, here)
    _others.append(second)
    try:
        yield second
    finally:
        _others.remove(second)
        here.close()
        process.kill()  # it has told everything, or is not asked any more
        process.join()


def _tell(
    here: Connection, there: Connection, work: Callable[[Any], Any], items: Sequence[Any]
) -> None:
    """Do the work in the second process; what fails there fails again where it can be told."""
    here.close()
    gc.freeze()  # what is there is shared with the first as long as nobody looks for rings in it
    _is_second.append(True)
    _others.clear()  # they are not its own
    try:
        there.send([work(item) for item in items])
    finally:
        os._exit(0)  # what failed here was not told, and fails again where it can be
