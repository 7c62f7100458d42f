"""Work done by two processes comes to the same as work done by one."""

import os
import subprocess
import sys
import threading

import pytest

from problem_mining.side_by_side import beside, mapped

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
    if os.getpid() != first and item == 9:
        {how}
    return item * 2, os.getpid() == first

print(mapped(work, range(11), least=10) == [(item * 2, True) for item in range(11)])
print(len(set(pid for _, pid in mapped(lambda item: (item, os.getpid()), range(11), least=10))))
"""
"""The second process ends before it is done; the next time there is one again."""
BESIDE = """
import os, signal, time
from problem_mining.side_by_side import beside, mapped

here = os.getpid()

def processes():
    return len(set(mapped(lambda _: os.getpid(), range(11), least=10)))

def work():
    inside = processes()
    {how}
    return os.getpid() == here, inside

with beside(work) as told:
    meanwhile = processes()
    found = told()
print(meanwhile, *found, processes())
"""
"""What two processes there were meanwhile, in the second one, and afterwards."""
TAKEN = """
import os, time
from problem_mining.side_by_side import beside, mapped

with beside(lambda: bytes(10_000_000)) as told:
    who = mapped(lambda _: (time.sleep(0.05), os.getpid())[1], range(60), least=10)
    print(len(set(who)), who[0] == os.getpid(), len(told()))
"""
"""More than a pipe holds, which nobody has asked for yet, keeps nobody waiting."""
LEFT = """
import os, time
from problem_mining.side_by_side import beside

begun = time.monotonic()
try:
    with beside(lambda: time.sleep(50)):
        raise LookupError("left")
except LookupError:
    print(time.monotonic() - begun < 20, end="")
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print(" ended")
"""
FAILS = """
import os
from problem_mining.side_by_side import mapped

mapped(lambda item: 1 // (item - 8), range(11), least=10)
"""
TURNS = """
import os, signal, time
from problem_mining.side_by_side import in_turns

first = os.getpid()

def work(item):
    time.sleep(0.3 if item == 0 else 0.02)
    if os.getpid() != first:
        {how}
    return item * 2, os.getpid() == first

found = in_turns(work, range(12))
print([value for value, _ in found] == list(range(0, 24, 2)))
print(len([1 for _, here in found if here]))
"""
"""What takes long is begun first: the other process takes most of the rest meanwhile."""


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


def test_every_second_item_is_done_by_a_second_process_and_the_order_stays() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], check=True, capture_output=True, text=True, timeout=120
    )
    here, *found = done.stdout.split()
    values, who = zip(*(one.split(":") for one in found), strict=True)
    assert values == tuple(str(2 * item) for item in range(11))
    assert set(who[::2]) == {here}
    assert len(set(who[1::2])) == 1
    assert who[1] != here


@pytest.mark.parametrize(
    ("how", "done_here"),
    [
        ("time.sleep(1)", False),
        ("os.getpid() == here or os.kill(os.getpid(), signal.SIGKILL)", True),
        ("os.getpid() == here or {}[1]", True),
    ],
    ids=["told", "killed", "failed"],
)
def test_one_thing_beside_another_is_done_once_and_told(how: str, done_here: bool) -> None:
    done = alone(BESIDE.format(how=how))
    meanwhile, was_here, inside, after = done.stdout.split()
    assert (was_here, after, done.stderr) == (str(done_here), "2", "")
    if not done_here:
        assert (meanwhile, inside) == ("1", "1")


def test_once_the_one_has_told_the_other_is_shared_out() -> None:
    assert alone(TAKEN).stdout == "2 True 10000000\n"


TOOK_ELSE = [
    ("pass", range(1, 12)),
    ("os.kill(os.getpid(), signal.SIGKILL)", [12]),
    ("raise MemoryError", [12]),
]


@pytest.mark.parametrize(("how", "here"), TOOK_ELSE, ids=["done", "killed", "failed"])
def test_of_few_items_each_is_done_by_who_is_free_and_what_is_lost_is_done_here(
    how: str, here: range | list[int]
) -> None:
    done = alone(TURNS.format(how=how))
    is_same, n_here = done.stdout.split()
    assert (is_same, done.stderr) == ("True", "")
    assert int(n_here) in here


def test_who_leaves_without_asking_ends_the_other() -> None:
    assert alone(LEFT).stdout == "True ended\n"


def test_few_items_and_a_process_with_threads_need_no_second_one() -> None:
    assert set(mapped(lambda _: os.getpid(), range(9), least=10)) == {os.getpid()}
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    try:
        assert set(mapped(lambda _: os.getpid(), range(20), least=10)) == {os.getpid()}
        with beside(os.getpid) as told:
            assert told() == os.getpid()
    finally:
        ended.set()
        other.join()
