"""Reads ahead: the next pages are fetched while the present ones are landed."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Final, Generic, TypeVar, cast

T = TypeVar("T")

DEPTH = 2
"""How many items may wait, or be made, at a time; more would only take memory."""
_NOTHING: Final = object()


def ahead(items: Iterable[T], depth: int = DEPTH) -> Iterator[T]:
    """The items in their order, made by a thread that is up to `depth` of them ahead.

    An error of the items is raised where it would have been. Whoever stops early stops the thread,
    which then closes the items.
    """
    with closing(_reading(items, depth, lambda _item: 1, at_once=1)) as singly:
        for some in singly:
            yield from some
            some.clear()  # or it would stay until the next is there


def together(items: Iterable[T], most: int, weight: Callable[[T], int]) -> Generator[list[T]]:
    """As `ahead`, all that wait at once: one where they are waited for, more where they pile up.

    Args:
        items: in their order.
        most: no other item is begun while those that wait weigh so much.
        weight: of an item.
    """
    return _reading(items, most, weight, at_once=None)


def _reading(
    items: Iterable[T], most: int, weight: Callable[[T], int], at_once: int | None
) -> Generator[list[T]]:
    reader = _Reader(items, most, weight)
    reader.start()
    try:
        while some := reader.taken(at_once):
            yield some
            del some  # or it would stay until the next is there
    finally:
        reader.stop()


class _Reader(threading.Thread, Generic[T]):
    def __init__(self, items: Iterable[T], most: int, weight: Callable[[T], int]) -> None:
        super().__init__(name="ahead", daemon=True)
        self._items, self._most, self._weight_of = items, most, weight
        self._waiting: deque[T] = deque()
        self._weight = 0
        self._is_over = self._is_stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def run(self) -> None:
        iterator, error = iter(self._items), None
        try:
            while self._has_room():
                item = next(iterator, _NOTHING)
                if item is _NOTHING:
                    break
                self._put(cast("T", item))
                del item  # or it would stay until the next one is there
        except BaseException as raised:  # raised again where the items are used
            error = raised
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
            with self._changed:
                self._error, self._is_over = error, True
                self._changed.notify_all()

    def taken(self, at_once: int | None) -> list[T]:
        """Items that wait, at least one and at most so many; none at the end of all of them."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_over)
            n = len(self._waiting) if at_once is None else min(at_once, len(self._waiting))
            some = [self._waiting.popleft() for _ in range(n)]
            if not some and self._error is not None:
                raise self._error
            self._weight -= sum(map(self._weight_of, some))
            self._changed.notify_all()
        return some

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self.join()

    def _put(self, item: T) -> None:
        with self._changed:
            self._waiting.append(item)
            self._weight += self._weight_of(item)
            self._changed.notify_all()

    def _has_room(self) -> bool:
        """Wait until another item may be made; False: no more is wanted."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or self._weight < self._most)
            return not self._is_stopped
