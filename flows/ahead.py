"""Reads ahead: the next pages are fetched while the present ones are landed."""

import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import Final, Generic, TypeVar, cast

T = TypeVar("T")

DEPTH = 2
"""How many items may wait, or be made, at a time; more would only take memory."""
_CHECK_S = 0.1
_NOTHING: Final = object()


def ahead(items: Iterable[T], depth: int = DEPTH) -> Iterator[T]:
    """The items in their order, made by a thread that is up to `depth` of them ahead.

    An error of the items is raised where it would have been. Whoever stops early stops the thread,
    which then closes the items.
    """
    reader = _Reader(items, depth)
    reader.start()
    try:
        yield from reader.items()
    finally:
        reader.stop()


class _End:
    """The end of the items, and the error they ended with."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Reader(threading.Thread, Generic[T]):
    def __init__(self, items: Iterable[T], depth: int) -> None:
        super().__init__(name="ahead", daemon=True)
        self._items = items
        self._room = threading.Semaphore(depth)
        self._queue: SimpleQueue[T | _End] = SimpleQueue()
        self._stopped = threading.Event()

    def run(self) -> None:
        iterator, error = iter(self._items), None
        try:
            while self._has_room():
                item = next(iterator, _NOTHING)
                if item is _NOTHING:
                    break
                self._queue.put(cast("T", item))
                del item  # or it would stay until the next one is there
        except BaseException as raised:  # raised again where the items are used
            error = raised
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        self._queue.put(_End(error))

    def items(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            self._room.release()
            yield item
            del item

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _has_room(self) -> bool:
        """Wait until another item may be made; False: no more is wanted."""
        while not self._stopped.is_set():
            if self._room.acquire(timeout=_CHECK_S):
                return True
        return False
