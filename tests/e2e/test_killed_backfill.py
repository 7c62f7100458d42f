"""A backfill killed at any point, and started again, leaves the database of an undisturbed one."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.demo_config import demo_config
from flows.practice import write_estate
from itsm.clocks import ReportingWeek
from simulator.settings import EstateSettings
from tests.e2e.practice_estate import Practice
from tests.e2e.whole_runs import TIMEOUT_S, database, killed

pytestmark = pytest.mark.soak
POINTS = (
    ("backfill 1", None),
    ("check", None),
    ("mine", None),
    ("pack", None),
    ("backfill 2", None),
    ("backfill 3", None),
    (None, 0.35),
    (None, 0.65),
    (None, 0.9),
)
"""Where it is killed: at the first line of progress that begins so, or after a part of its time."""


def called(*words: str) -> list[str]:
    return [sys.executable, "-c", "from flows.cli import main; main()", *words]


def to_end(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    exports = tmp_path_factory.mktemp("small-estate") / "exports"
    made = write_estate(EstateSettings(n_incidents=160, n_weeks=6, seed=5), "servicenow", exports)
    return Practice(demo_config(made.files), made.last_week, exports)


def pulled(practice: Practice, folder: Path) -> list[str]:
    """A folder whose sources were read, and the command that backfills three weeks of it."""
    config = str(practice.into(folder))
    to_end(called("pull", "--config", config))
    last = ReportingWeek.parse(practice.week)
    weeks = ("--from", last.shifted(-2).label, "--to", last.label)
    return called("backfill", *weeks, "--no-pdf", "--config", config)


@pytest.fixture(scope="module")
def undisturbed(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """The database of an undisturbed backfill, and the seconds it took."""
    folder = tmp_path_factory.mktemp("backfills") / "undisturbed"
    command = pulled(practice, folder)
    started = time.monotonic()
    told = to_end(command)
    assert told.count("v1 made") == 3, told
    return database(folder), time.monotonic() - started


@pytest.mark.parametrize(("stage", "part"), POINTS)
def test_killed_and_started_again(
    stage: str | None,
    part: float | None,
    practice: Practice,
    undisturbed: tuple[str, float],
    tmp_path: Path,
) -> None:
    command = pulled(practice, tmp_path / "killed")
    after_s = None if part is None else part * undisturbed[1]
    ended_s = killed(command, stage=stage, after_s=after_s)
    assert ended_s is None or part is not None, "it ended before it could be killed"
    to_end(command)
    assert database(tmp_path / "killed") == undisturbed[0]
