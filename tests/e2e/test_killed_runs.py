"""A run killed at any point and started again leaves the database of an undisturbed run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store.engine import open_engine
from store.unit_of_work import Store
from tests.e2e.practice_estate import Practice

STAGES = ("pull", "land", "check", "mine", "push", "pack")
TIMEOUT_S = 300


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


@pytest.fixture(scope="module")
def undisturbed(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """The database of an undisturbed run, and the seconds its process took."""
    folder = tmp_path_factory.mktemp("runs") / "undisturbed"
    started = time.monotonic()
    lines = run_to_end(prepared(practice, folder))
    assert {text.split()[0] for _, text in lines} >= set(STAGES)
    return database(folder), time.monotonic() - started


@pytest.mark.parametrize("stage", ["land", "pack"])
def test_killed_in_a_stage(
    stage: str, practice: Practice, undisturbed: tuple[str, float], tmp_path: Path
) -> None:
    command = prepared(practice, tmp_path / "killed")
    assert killed(command, stage=stage) is None, "the run ended before it could be killed"
    run_to_end(command)
    assert database(tmp_path / "killed") == undisturbed[0]


@pytest.mark.soak
@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_the_start_of_every_stage(
    stage: str, practice: Practice, undisturbed: tuple[str, float], tmp_path: Path
) -> None:
    command = prepared(practice, tmp_path / "killed")
    assert killed(command, stage=stage) is None, "the run ended before it could be killed"
    run_to_end(command)
    assert database(tmp_path / "killed") == undisturbed[0]


@pytest.mark.soak
@pytest.mark.parametrize("point", range(12))
def test_killed_at_twelve_points_spread_over_the_run(
    point: int, practice: Practice, undisturbed: tuple[str, float], tmp_path: Path
) -> None:
    part, whole_s = (point + 0.5) / 12.5, undisturbed[1]
    for attempt in range(4):  # a machine that got quicker ends a run before its point
        folder = tmp_path / f"killed{attempt}"
        command = prepared(practice, folder)
        ended_s = killed(command, after_s=part * whole_s)
        if ended_s is None:
            break
        whole_s = ended_s
    assert ended_s is None, "the run ended before it could be killed"
    run_to_end(command)
    assert database(folder) == undisturbed[0]
