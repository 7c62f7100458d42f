"""A stage with much to do gets a process of its own where this one has threads."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import own_process
from flows.own_process import wherever_it_can_fork
from flows.run_ids import run_id
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.errors import CheckError, GateError, MiningError
from tests.flows.stages_for_tests import (
    ends_itself,
    fails,
    forks,
    tells_and_logs,
    waits_for_its_end,
)

AT = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(own_process, "_are_many", lambda _: True)
    return build(load_settings(given={"zone": "Europe/Berlin"}), tmp_path)


@contextmanager
def another_thread() -> Iterator[None]:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_without_threads_it_is_done_here(parts: Parts) -> None:
    if threading.active_count() > 1:
        pytest.skip("the process of these tests has threads")
    assert wherever_it_can_fork(forks, parts, MiningError, AT)[0] == os.getpid()


def test_beside_threads_it_is_done_elsewhere_and_can_fork_there(parts: Parts) -> None:
    with another_thread():
        where, can_fork, zone, run, at = wherever_it_can_fork(forks, parts, MiningError, AT)
    assert where != os.getpid()
    assert can_fork
    assert (zone, run, at) == ("Europe/Berlin", run_id(), AT)


def test_few_incidents_are_no_reason(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with another_thread():
        assert wherever_it_can_fork(forks, parts, MiningError, AT)[0] == os.getpid()


def test_what_it_says_and_logs_is_said_and_logged_here(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    said: list[str] = []
    with another_thread():
        n = wherever_it_can_fork(tells_and_logs, replace(parts, say=said.append), MiningError, 3)
    assert n == 3
    assert said == ["line 0", "line 1", "line 2"]
    assert "three lines were told" in caplog.messages


def test_its_error_is_raised_here_as_it_is(parts: Parts) -> None:
    with another_thread(), pytest.raises(GateError) as found:
        wherever_it_can_fork(fails, parts, MiningError)
    assert "a column is empty" in str(found.value)
    assert found.value.args == (("too many are late", "a column is empty"),)


@pytest.mark.parametrize(("how", "said"), [(9, "by signal 9"), (0, "with exit code 7")])
def test_if_it_ends_before_it_is_done_that_is_told_with_what_to_do(
    parts: Parts, how: int, said: str
) -> None:
    with another_thread(), pytest.raises(CheckError, match=said) as found:
        wherever_it_can_fork(ends_itself, parts, CheckError, how)
    assert ("memory ran out" in str(found.value)) == (how == 9)


def test_it_ends_with_whoever_started_it(parts: Parts, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    first = os.fork()
    if not first:  # a process that starts one, and is killed while that one works
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        try:
            wherever_it_can_fork(waits_for_its_end, parts, MiningError, str(mark))
        finally:
            os._exit(1)
    pid = int(_within(30, lambda: mark.read_text() if mark.exists() else ""))
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert _within(10, lambda: "gone" if not _is_there(pid) else "")


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _within(seconds: float, look: Callable[[], str]) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {seconds} s")
