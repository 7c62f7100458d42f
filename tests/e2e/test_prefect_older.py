"""The deployment `older` reads the windows of the past that a first pull left, and completes."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.settings import load_settings
from flows.wiring import build
from itsm.states import RecordKind
from simulator.servicenow.reading import Record
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.e2e.prefect_desk import BIN, PrefectDesk, prefect_desk

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=200, n_weeks=12, seed=9)
RECENT = timedelta(weeks=3)
"""What the first pull reads, back from the end of the estate."""


@pytest.fixture(scope="module")
def server() -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS) as served:
        yield served


@pytest.fixture(scope="module")
def folder(server: ServiceNowServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that leaves windows; days are counted from today, whenever that is."""
    folder = tmp_path_factory.mktemp("older") / "home" / "desk"
    first_day = SETTINGS.export_at - RECENT
    folder.mkdir(parents=True)
    table = {
        "kind": '"servicenow"',
        "url": f'"{server.url}"',
        "user": f'"{server.user}"',
        "password": f'"{server.password}"',
        "kinds": '["incident", "history"]',
        "first_days": max(1, (datetime.now(UTC) - first_day).days),
        "window_days": 30,
    }
    lines = [f"{name} = {value}" for name, value in table.items()]
    text = "\n".join(['database = "sqlite:///csi.sqlite"', "[sources.now]", *lines])
    (folder / "csi.toml").write_text(f"{text}\n")
    return folder


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[PrefectDesk]:
    """A server with our deployments, a worker, and what a first pull landed."""
    with prefect_desk(folder.parent / "prefect") as desk:
        desk.run(str(BIN / "csi"), "pull", cwd=folder)
        desk.serve(folder)
        desk.work("worker")
        desk.deploy(folder)
        yield desk


def value(record: Record, name: str) -> str:
    """A field of a record of the practice server."""
    cell = record[name]
    return cell["value"] if isinstance(cell, dict) else cell


def held(folder: Path) -> set[str]:
    """The numbers of the incidents that were read."""
    parts = build(load_settings(folder / "csi.toml"), folder)
    numbers = parts.store.queries.columns(RecordKind.INCIDENT, names=["number"])["number"]
    return {str(one) for one in numbers}


def left(folder: Path) -> int:
    """How many windows are not read yet."""
    with build(load_settings(folder / "csi.toml"), folder).store.look() as uow:
        return sum(one.done_at is None for one in uow.windows.list("now"))


def read(desk: PrefectDesk) -> int:
    """Ask for a run of the deployment, wait for its end; how many records it says it read."""
    known = {run["id"] for run in desk.runs("older")}
    desk.ask_for("older")
    (run,) = [run for run in desk.runs("older") if run["id"] not in known]
    ended = desk.ended(run["id"])
    assert ended["state_type"] == "COMPLETED", ended["state"]
    assert re.fullmatch(r"older-\d{4}-\d\d-\d\d-\d{4}", ended["name"])
    told = re.search(r"([\d,]+) records of the past read", ended["state"]["message"])
    assert told is not None, ended["state"]
    return int(told[1].replace(",", ""))


def test_runs_read_two_windows_at_a_time_until_all_is_there(
    desk: PrefectDesk,
    server: ServiceNowServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CSI_PRIVACY__PEOPLE_KEY")  # the key lies in the folder, for all processes
    whole = {value(one, "number") for one in server.truth("incident", "sys_id,number")}
    first, n_left = held(folder), left(folder)
    assert set() < first < whole
    assert n_left >= 4
    n_read = 0
    while n_left:
        n_read += read(desk)
        assert left(folder) == max(0, n_left - 2)
        n_left = left(folder)
    assert n_read > len(whole - first)
    assert held(folder) == whole
    assert read(desk) == 0, "where nothing is left, it ends at once"
    assert "| older now | done |" in desk.artifacts()["csi-run-older"]
