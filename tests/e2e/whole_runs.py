"""Whole weeks in processes of their own: undisturbed, or killed where one likes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from store.engine import open_engine
from store.unit_of_work import Store
from tests.e2e.practice_estate import Practice

STAGES = ("pull", "land", "check", "mine", "push", "feed", "prove", "pack")
"""The words that lines of progress begin with, in the order of the work."""
TIMEOUT_S = 900


def prepared(practice: Practice, folder: Path) -> list[str]:
    """A folder with the configuration, and the command that runs it."""
    call = "from flows.cli import main; main()"
    config = str(practice.into(folder))
    return [sys.executable, "-c", call, "run", "--config", config, "--week", practice.week]


def run_to_end(command: list[str]) -> list[tuple[float, str]]:
    """Run undisturbed; the progress lines with their times."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split(" s  ", 1) for line in done.stderr.splitlines() if " s  " in line]
    return [(float(seconds), text) for seconds, text in lines]


def killed(
    command: list[str], *, after_s: float | None = None, stage: str | None = None
) -> float | None:
    """Run until a time has passed or a stage tells its first line, then SIGKILL.

    Returns:
        None; or the seconds it took, where it ended before it could be killed.
    """
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        os.set_blocking(process.stderr.fileno(), False)
        started, told = time.monotonic(), b""
        while process.poll() is None and time.monotonic() - started < TIMEOUT_S:
            told += process.stderr.read() or b""
            if stage is not None and f" s  {stage}".encode() in told:
                break
            if after_s is not None and time.monotonic() - started >= after_s:
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    return None if process.returncode == -signal.SIGKILL else time.monotonic() - started


def database(folder: Path) -> str:
    """All that the database holds, run ids and fetch times apart."""
    engine = open_engine(f"sqlite:///{folder / 'csi.sqlite'}")
    dump = Store(engine).queries.dump()
    engine.dispose()
    return dump
