"""Work for many items is done by two processes, and comes to the same."""

import os
import threading

from problem_mining.side_by_side import mapped


def test_the_second_half_is_done_by_a_second_process_and_the_order_stays() -> None:
    found = mapped(lambda item: (item * 2, os.getpid()), range(11), least=10)
    assert [value for value, _ in found] == [2 * item for item in range(11)]
    who = [process for _, process in found]
    assert who[:5] == [os.getpid()] * 5
    assert len(set(who[5:])) == 1
    assert who[5] != os.getpid()


def test_few_items_and_a_process_with_threads_need_no_second_one() -> None:
    assert set(mapped(lambda _: os.getpid(), range(9), least=10)) == {os.getpid()}
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    try:
        assert set(mapped(lambda _: os.getpid(), range(20), least=10)) == {os.getpid()}
    finally:
        ended.set()
        other.join()
