"""Prefect for real: server, pool, deployments and worker, as README and docs/running.md have it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.practice_estate import Practice
from tests.e2e.prefect_desk import PrefectDesk, prefect_desk

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
HOURLY = re.compile(r'\{cron: "10 [^}]*slug: hourly, active: true\}')


@pytest.fixture(scope="module")
def desk(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectDesk]:
    """A server with our deployments and a worker that was started in another folder."""
    home = tmp_path_factory.mktemp("prefect") / "home"
    with prefect_desk(home) as desk:
        folder = practice.into(home / "desk").parent
        for name in ("prefect.yaml", "prefect.toml"):
            shutil.copy(ROOT / name, folder / name)
        server = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(desk.port))
        desk.start("server", *server, cwd=folder)
        desk.wait(desk.is_healthy, "the server to answer")
        worker = ("prefect", "worker", "start", "--pool", "csi", "--type", "process")
        desk.start("worker", *worker, cwd=home / "elsewhere", PREFECT_WORKER_QUERY_SECONDS="2")
        desk.wait(desk.has_pool, "the worker to make its pool")
        _due_soon(folder / "prefect.yaml")
        desk.run("prefect", "--no-prompt", "deploy", "--all", cwd=folder)
        yield desk


def _due_soon(file: Path) -> None:
    """Let the hourly deployment be due in seconds instead of at ten past."""
    text, n = HOURLY.subn("{interval: 20, slug: hourly, active: true}", file.read_text())
    assert n == 1
    file.write_text(text)


@pytest.fixture(scope="module")
def scheduled(desk: PrefectDesk) -> dict[str, Any]:
    """The first run that the scheduler made, once it has ended; it makes no more then."""
    run = desk.wait(lambda: desk.runs("hourly")[:1], "the scheduler to make a run")[0]
    ended = desk.ended(run["id"])
    desk.call(f"deployments/{ended['deployment_id']}/pause_deployment", {})
    return ended


@pytest.fixture(scope="module")
def by_hand(
    desk: PrefectDesk, scheduled: dict[str, Any], practice: Practice
) -> tuple[dict[str, Any], ...]:
    """Two runs of a week asked for at once, and one that cannot work, once they have ended."""
    week = f"week={practice.week}"
    command = ("prefect", "deployment", "run", "weekly-pack/weekly", "--param", week)
    desk.run(*command, cwd=desk.home / "desk")
    desk.ask_for("weekly", week=practice.week)
    desk.ask_for("nightly", config="gone.toml")
    runs = [run for run in desk.runs("weekly") if not run["auto_scheduled"]]
    runs += [run for run in desk.runs("nightly") if not run["auto_scheduled"]]
    return tuple(desk.ended(run["id"]) for run in runs)


def test_a_run_that_the_scheduler_made_completes(scheduled: dict[str, Any]) -> None:
    assert scheduled["auto_scheduled"]
    assert scheduled["state_type"] == "COMPLETED", scheduled["state"]
    assert re.fullmatch(r"pull-\d{4}-\d\d-\d\d-\d{4}", scheduled["name"])
    assert {"csi", "pull"} <= set(scheduled["tags"])
    assert "records landed" in scheduled["state"]["message"]


def test_a_run_of_the_week_completes_and_its_pack_is_there(
    by_hand: tuple[dict[str, Any], ...], desk: PrefectDesk, practice: Practice
) -> None:
    done = [run for run in by_hand if run["state_type"] == "COMPLETED"]
    assert [run["name"] for run in done] == [f"pack-{practice.week}"], by_hand
    folder = desk.home / "desk" / "packs" / practice.week
    assert "<html" in (folder / "pack.html").read_text()
    assert str(folder) in done[0]["state"]["message"]


def test_of_two_runs_at_once_the_later_is_cancelled(by_hand: tuple[dict[str, Any], ...]) -> None:
    cancelled = [run for run in by_hand if run["state_type"] == "CANCELLED"]
    assert len(cancelled) == 1
    assert "concurrency" in cancelled[0]["state"]["message"].lower()


def test_a_run_that_cannot_work_says_what_to_do(
    by_hand: tuple[dict[str, Any], ...], desk: PrefectDesk
) -> None:
    failed = [run for run in by_hand if run["state_type"] == "FAILED"]
    assert len(failed) == 1
    message = failed[0]["state"]["message"]
    assert "gone.toml does not exist; make it" in message
    assert str(desk.home / "desk") in message


def test_artifacts_tell_what_happened(
    by_hand: tuple[dict[str, Any], ...], desk: PrefectDesk, practice: Practice
) -> None:
    told = desk.artifacts()
    assert set(told) >= {
        *("csi-pull-practice", "csi-check", "csi-mine", "csi-pack"),
        *("csi-run-hourly", "csi-run-weekly"),
    }
    assert "| incident |" in told["csi-pull-practice"]
    assert "The gate is **open**" in told["csi-check"]
    assert re.search(r"\d incidents, \d+ candidates", told["csi-mine"])
    assert str(desk.home / "desk" / "packs" / practice.week) in told["csi-pack"]
    for stage in ("pull practice", "check", "mine", "propose", "pack"):
        assert f"| {stage} | done |" in told["csi-run-weekly"]


def test_no_process_looked_beyond_this_machine(
    by_hand: tuple[dict[str, Any], ...], desk: PrefectDesk
) -> None:
    assert by_hand
    assert not desk.outbound.exists(), desk.outbound.read_text()
