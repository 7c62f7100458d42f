"""Killed anywhere and started again, the database is that of an undisturbed run."""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from store import Store, open_engine

SCRIPT = Path(__file__).with_name("landing_process.py")
ROOT = Path(__file__).parents[2]


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def finish(url: str) -> None:
    runpy.run_path(str(SCRIPT))["run"](url)


def kill_at(url: str, stage: str, nth: int, wait_s: float) -> bool:
    """Kill at the nth announcement of a stage, and a little later; False: it had ended by then."""
    said: Counter[str] = Counter()
    with start(url) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said[line.strip()] += 1
            if said[stage] == nth:
                break
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def dump(url: str) -> str:
    engine = open_engine(url)
    text = Store(engine).queries.dump()
    engine.dispose()
    return text


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('undisturbed') / 'csi.db'}"
    finish(url)
    return dump(url)


@pytest.mark.parametrize(("stage", "nth"), [("pull", 4), ("land", 2), ("both", 3), ("mine", 1)])
def test_killed_and_started_again_equals_undisturbed(
    stage: str, nth: int, empty_url: str, undisturbed: str
) -> None:
    assert kill_at(empty_url, stage, nth, wait_s=0.005)
    assert dump(empty_url) != undisturbed
    finish(empty_url)
    assert dump(empty_url) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("wait_s", [0.002, 0.005, 0.01, 0.02, 0.04, 0.08])
@pytest.mark.parametrize("stage", ["upgrade", "pull", "land", "both", "mine", "publish"])
def test_killed_again_and_again_equals_undisturbed(
    stage: str, wait_s: float, empty_url: str, undisturbed: str
) -> None:
    for _ in range(3):
        kill_at(empty_url, stage, 1, wait_s)
    finish(empty_url)
    assert dump(empty_url) == undisturbed


def test_a_run_repeated_changes_nothing(empty_url: str, undisturbed: str) -> None:
    finish(empty_url)
    finish(empty_url)
    assert dump(empty_url) == undisturbed
