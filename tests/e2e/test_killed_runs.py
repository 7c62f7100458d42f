"""A run killed at any point and started again leaves the database of an undisturbed run."""

import time
from pathlib import Path

import pytest

from tests.e2e.practice_estate import Practice
from tests.e2e.whole_runs import STAGES, database, killed, prepared, run_to_end


@pytest.fixture(scope="module")
def undisturbed(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """The database of an undisturbed run, and the seconds its process took."""
    folder = tmp_path_factory.mktemp("runs") / "undisturbed"
    started = time.monotonic()
    lines = run_to_end(prepared(practice, folder))
    assert {text.split()[0] for _, text in lines} >= set(STAGES)
    return database(folder), time.monotonic() - started


def test_killed_while_records_land(
    practice: Practice, undisturbed: tuple[str, float], tmp_path: Path
) -> None:
    """Every other stage, and points between, are killed in `make soak`."""
    command = prepared(practice, tmp_path / "killed")
    assert killed(command, stage="land") is None, "the run ended before it could be killed"
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
