"""The weekly flow on Prefect: from exports to a pack, also when a source is missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows import mining_ahead, own_process
from flows.own_process import OwnProcess
from flows.weekly import weekly
from itsm.quality import GateReport
from tests.e2e.practice_estate import Practice


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


def test_a_week_from_pull_to_pack(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with very many incidents: check and mining have processes of their own, side by side."""
    told = []

    class Watched(OwnProcess[Any]):
        def result(self, *given: Any) -> Any:
            told.append(super().result(*given))
            return told[-1]

    monkeypatch.setattr(own_process, "_are_many", lambda _: True)
    monkeypatch.setattr(mining_ahead, "OwnProcess", Watched)
    config = practice.into(tmp_path / "desk")
    state = weekly(config=config, week=practice.week, return_state=True)
    assert state.is_completed(), state.message
    assert list(map(type, told)) == [GateReport, str]  # of the check, and the run's id
    folder = config.parent / "packs" / practice.week
    assert "<html" in (folder / "pack.html").read_text()
    assert (folder / "candidates.csv").read_text().count("\n") > 1


def test_a_missing_source_is_in_the_pack_and_fails_the_flow(
    practice: Practice, tmp_path: Path
) -> None:
    config = practice.into(tmp_path / "desk")
    gone = '\n[sources.gone]\nkind = "files"\npreset = "servicenow"\n'
    config.write_text(config.read_text() + gone + 'files = { incident = ["gone.csv"] }\n')
    state = weekly(config=config, week=practice.week, return_state=True)
    assert state.is_failed()
    assert "pull gone: " in str(state.message)
    assert "gone.csv" in str(state.message)
    html = (config.parent / "packs" / practice.week / "pack.html").read_text()
    assert "gone.csv" in html
