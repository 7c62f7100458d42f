"""Reads ahead: the next pages are fetched while the present ones are landed."""

import threading
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2
"""How many items may wait; more would only take memory."""
_CHECK_S = 0.1


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
        self._queue: Queue[T | _End] = Queue(maxsize=depth)
        self._stopped = threading.Event()

    def run(self) -> None:
        iterator, error = iter(self._items), None
        try:
            for item in iterator:
                if not self._put(item):
                    break
        except BaseException as raised:  # raised again where the items are used
            error = raised
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        self._put(_End(error))

    def items(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def stop(self) -> None:
        self._stopped.set()
        while self.is_alive():
            try:
                self._queue.get_nowait()
            except Empty:
                self.join(timeout=_CHECK_S)

    def _put(self, item: T | _End) -> bool:
        """Whether an item could be handed over before the reading was stopped."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_CHECK_S)
            except Full:
                continue
            return True
        return False
