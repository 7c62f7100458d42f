"""Work for many items is done by two processes, and comes to the same."""

import os
import subprocess
import sys
import threading

import pytest

from problem_mining.side_by_side import mapped

ALONE = """
import os
from problem_mining.side_by_side import mapped

found = mapped(lambda item: (item * 2, os.getpid()), range(11), least=10)
print(os.getpid(), *(f"{value}:{process}" for value, process in found))
"""
"""In a process of its own: one that runs tests may have threads."""
ENDS = """
import os, signal
from problem_mining.side_by_side import mapped

first = os.getpid()

def work(item):
    if os.getpid() != first and item == 8:
        {how}
    return item * 2, os.getpid() == first

print(mapped(work, range(11), least=10) == [(item * 2, True) for item in range(11)])
print(len(set(pid for _, pid in mapped(lambda item: (item, os.getpid()), range(11), least=10))))
"""
"""The second process ends before it is done; the next time there is one again."""
FAILS = """
import os
from problem_mining.side_by_side import mapped

mapped(lambda item: 1 // (item - 8), range(11), least=10)
"""


def alone(program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "how",
    ["os.kill(os.getpid(), signal.SIGKILL)", "raise MemoryError", "return lambda: 0"],
    ids=["killed", "failed", "not to be told"],
)
def test_what_a_second_process_does_not_bring_back_is_done_here(how: str) -> None:
    done = alone(ENDS.format(how=how))
    assert (done.stdout.split(), done.stderr, done.returncode) == (["True", "2"], "", 0)


def test_what_fails_is_told_once_and_here() -> None:
    done = alone(FAILS)
    assert done.returncode == 1
    assert done.stderr.count("ZeroDivisionError") == 1


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
