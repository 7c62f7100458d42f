"""Mining begun beside the check comes to the same, and leaves nothing where it may not be kept."""

import os
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import mining_ahead, own_process
from flows.mining_ahead import begin_to_mine, checked_and_mined, miner_at_hand
from flows.stages.check import check_week
from flows.stages.mine import mine_week
from itsm.errors import GateError
from simulator.settings import EstateSettings
from store.stage_runs import Outcome
from tests.flows.desk_of_weeks import Desk, desk

ESTATE = EstateSettings(n_incidents=420, n_weeks=20, seed=38)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every process that is begun; one is, however few incidents there are."""
    begun: list[Any] = []

    class Watched(own_process.OwnProcess[Any]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            begun.append(self)

    monkeypatch.setattr(mining_ahead, "OwnProcess", Watched)
    monkeypatch.setattr(own_process, "_are_many", lambda _: True)
    return begun


def told(at: Desk) -> list[str]:
    """Lines that are said from now on."""
    said: list[str] = []
    at.parts = replace(at.parts, say=said.append)
    return said


def mining_runs(at: Desk) -> list[tuple[Outcome, str | None]]:
    """How the stages of mining ended."""
    with at.parts.store.look() as uow:
        return [(one.outcome, one.error) for one in uow.stage_runs.list() if one.stage == "mine"]


def left(folder: Path) -> set[str]:
    """The files that the next run goes on from, by what is listed of them."""
    return {file.read_text() for file in (folder / "artefacts" / "mining").glob("*.json")}


def is_there(process: Any) -> bool:
    return process._process.poll() is None


def test_two_nights_beside_their_checks_are_those_mined_after_them(
    tmp_path: Path, processes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The incidents of this desk came from no source, so that there is nothing to be judged.
    monkeypatch.setattr(mining_ahead, "require_open_gate", lambda *_: None)
    found = {}
    for name in ("after", "beside"):
        (tmp_path / name).mkdir()
        at = desk(tmp_path / name, ESTATE, 40)
        said = told(at)
        for days in (2, 4):
            cutoff_at = at.last_week.start_at + timedelta(days=days)
            if name == "beside":
                run_id = checked_and_mined(at.parts, at.last_week, cutoff_at)
            else:
                check_week(at.parts, at.last_week, cutoff_at)
                run_id = mine_week(at.parts, at.last_week, cutoff_at)
            assert mining_runs(at) == [(Outcome.GOOD, None)]
        assert any("were new, all others known" in line for line in said)
        assert not any("to be done again" in line for line in said)
        found[name] = (run_id, at.candidates(run_id))
    assert found["beside"] == found["after"]
    assert len(processes) == 4  # each for mining and for the check
    assert not any(map(is_there, processes))


def test_of_what_the_gate_stops_nothing_is_kept(
    tmp_path: Path, processes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = desk(tmp_path, ESTATE, 40)
    tuesday, thursday = (at.last_week.start_at + timedelta(days=days) for days in (2, 4))
    mine_week(at.parts, at.last_week, tuesday)
    before = left(tmp_path)

    def closed(*_: object) -> None:
        assert is_there(processes[0])  # it mines, or waits
        raise GateError(("half of the teams are empty",))

    monkeypatch.setattr(mining_ahead, "require_open_gate", closed)
    with pytest.raises(GateError, match="half of the teams"):
        checked_and_mined(at.parts, at.last_week, thursday)
    assert not is_there(processes[0])
    assert before
    assert left(tmp_path) == before
    with at.parts.store.look() as uow:
        run = uow.mining.latest()
    assert run is not None
    assert run.cutoff_at == tuesday
    assert mining_runs(at) == [(Outcome.GOOD, None)]  # that of the night before


def test_where_it_was_killed_it_is_mined_after_the_check(
    tmp_path: Path, processes: list[Any]
) -> None:
    at = desk(tmp_path, ESTATE, 40)
    said = told(at)
    thursday = at.last_week.start_at + timedelta(days=4)
    with miner_at_hand(at.parts):
        begin_to_mine(at.parts, at.last_week, thursday)
        os.kill(processes[0]._process.pid, signal.SIGKILL)
        run_id = mining_ahead.mine_checked(at.parts, at.last_week, thursday)
    assert at.candidates(run_id)
    assert any("to be done again" in line and "signal 9" in line for line in said)
    assert mining_runs(at) == [(Outcome.GOOD, None)]


def test_what_was_begun_for_another_cut_off_is_not_kept(
    tmp_path: Path, processes: list[Any]
) -> None:
    at = desk(tmp_path, ESTATE, 40)
    tuesday, thursday = (at.last_week.start_at + timedelta(days=days) for days in (2, 4))
    with miner_at_hand(at.parts):
        begin_to_mine(at.parts, at.last_week, tuesday)
        mining_ahead.mine_checked(at.parts, at.last_week, thursday)
        assert is_there(processes[0])
    with at.parts.store.look() as uow:
        run = uow.mining.latest()
    assert run is not None
    assert run.cutoff_at == thursday
