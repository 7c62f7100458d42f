"""Work for many items is done by two processes, and comes to the same."""

import os
import subprocess
import sys
import threading

from problem_mining.side_by_side import mapped

ALONE = """
import os
from problem_mining.side_by_side import mapped

found = mapped(lambda item: (item * 2, os.getpid()), range(11), least=10)
print(os.getpid(), *(f"{value}:{process}" for value, process in found))
"""
"""In a process of its own: one that runs tests may have threads."""


def test_the_second_half_is_done_by_a_second_process_and_the_order_stays() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], check=True, capture_output=True, text=True, timeout=120
    )
    here, *found = done.stdout.split()
    values, who = zip(*(one.split(":") for one in found), strict=True)
    assert values == tuple(str(2 * item) for item in range(11))
    assert who[:5] == (here,) * 5
    assert len(set(who[5:])) == 1
    assert who[5] != here


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
