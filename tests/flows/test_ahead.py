"""Reading ahead keeps order and errors, and leaves nothing running."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from connectors.core.source import Page
from flows.ahead import DEPTH, ahead, together
from flows.stages.batches import gathered
from itsm.states import RecordKind
from tests.flows.desk_source import raw


def running() -> int:
    return sum(thread.name == "ahead" for thread in threading.enumerate())


def test_items_come_in_their_order() -> None:
    assert list(ahead(range(100))) == list(range(100))
    assert running() == 0


def test_an_error_comes_where_it_was_raised() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("line cut")

    seen: list[int] = []
    with pytest.raises(OSError, match="line cut"):
        seen.extend(ahead(failing()))
    assert seen == [1, 2]
    assert running() == 0


def test_it_is_not_further_ahead_than_asked_and_ends_when_left() -> None:
    made: list[int] = []
    closed = threading.Event()

    def counting() -> Iterator[int]:
        try:
            for n in range(1000):
                made.append(n)
                yield n
        finally:
            closed.set()

    items = ahead(counting())
    assert next(items) == 0
    time.sleep(0.3)
    assert len(made) <= DEPTH + 2
    items.close()  # type: ignore[attr-defined]
    assert closed.wait(2)
    assert running() == 0


def test_what_waits_is_given_together_until_it_weighs_enough() -> None:
    made: list[int] = []

    def counting() -> Iterator[int]:
        for n in range(9):
            made.append(n)
            yield n

    with closing(together(counting(), 8, lambda _n: 3)) as some:
        first = next(some)
        wait_until(lambda: len(made) == len(first) + 3)
        time.sleep(0.05)
        assert len(made) == len(first) + 3, "a fourth is begun though three weigh 9"
        second = next(some)
        rest = [n for more in some for n in more]
    assert second == made[len(first) : len(first) + 3]
    assert [*first, *second, *rest] == list(range(9))
    assert running() == 0


def test_what_is_there_before_an_error_is_given_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("line cut")

    seen: list[int] = []
    with pytest.raises(OSError, match="line cut"):
        for some in together(failing(), 100, lambda _n: 1):
            time.sleep(0.05)
            seen += some
    assert seen == [1, 2]


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not is_so() and time.monotonic() < until:
        time.sleep(0.01)


def page(cursor: str, *keys: str) -> Page:
    return Page([raw("desk", RecordKind.INCIDENT, key, {"at": cursor}) for key in keys], cursor)


def test_pages_are_gathered_and_the_later_of_two_versions_stays() -> None:
    pages = [page("1", "a", "b"), page("2", "a", "c"), page("3"), page("4", "d")]
    first, second = gathered(pages, 4)
    assert [record.key for record in first.records] == ["b", "a", "c"]
    assert b'"2"' in first.records[1].payload
    assert (first.cursor, second.cursor) == ("2", "4")
    assert [record.key for record in second.records] == ["d"]


def test_a_page_without_records_still_moves_the_cursor() -> None:
    (only,) = gathered([page("1")], 4)
    assert (list(only.records), only.cursor) == ([], "1")
