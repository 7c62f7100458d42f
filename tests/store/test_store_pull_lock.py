"""Two pulls of one source never overlap, whoever started them; a killed one holds nothing."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from itsm.errors import TransientSourceError
from store import Store, open_engine
from store.pull_lock import only_pull
from tests.store.conftest import NewUrl

ROOT = Path(__file__).parents[2]
HOLD = """\
import sys, time
from store import Store, open_engine
from store.pull_lock import only_pull
with only_pull(Store(open_engine(sys.argv[1])), "desk"):
    print("held", flush=True)
    time.sleep(600)
"""


def opened(url: str) -> Store:
    return Store(open_engine(url))


def test_a_second_pull_of_a_source_waits_and_then_goes_on(new_url: NewUrl) -> None:
    url, waited, order = new_url(), threading.Event(), list[str]()

    def second() -> None:
        with only_pull(opened(url), "desk", on_wait=waited.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with only_pull(opened(url), "desk"):
        thread.start()
        assert waited.wait(20)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_it_is_given_up_after_a_while_and_may_be_tried_again(new_url: NewUrl) -> None:
    url, slept = new_url(), list[float]()
    with (
        only_pull(opened(url), "desk"),
        pytest.raises(TransientSourceError, match="desk: another pull of this source"),
        only_pull(opened(url), "desk", wait_s=120, sleep=slept.append),
    ):
        raise AssertionError("two at a time")
    assert sum(slept) == pytest.approx(121)
    with only_pull(opened(url), "desk", wait_s=0):
        pass


def test_another_source_does_not_wait(new_url: NewUrl) -> None:
    url = new_url()
    with only_pull(opened(url), "desk"), only_pull(opened(url), "other", wait_s=0):
        pass


def test_a_killed_pull_holds_nothing(new_url: NewUrl) -> None:
    url = new_url()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(TransientSourceError), only_pull(opened(url), "desk", wait_s=0):
            pass
        holder.send_signal(signal.SIGKILL)
    with only_pull(opened(url), "desk", wait_s=20):
        pass
