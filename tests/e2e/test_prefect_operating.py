"""What Prefect's users expect, on a real server: blocks, events, assets, cancel, retry."""

import json
import sys
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from flows.demo_config import server_config
from flows.events import PAYLOADS
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from store.backups import backups
from store.engine import open_engine
from store.unit_of_work import Store
from tests.e2e.prefect_desk import PrefectDesk, prefect_desk

pytestmark = pytest.mark.e2e

ESTATE = EstateSettings(n_incidents=250, n_weeks=6, seed=5)
WEEK = ESTATE.last_week.label
SAVE = """\
import sys
from flows.blocks import CsiSource
CsiSource(password=sys.argv[1]).save("practice", overwrite=True)
"""
EXPECTED = {"csi.source.pulled", "csi.candidate.created", "csi.pack.made"}
CSI = (sys.executable, "-c", "from flows.cli import main; main()")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNowServer]:
    with ServiceNowServer(ESTATE, directory=tmp_path_factory.mktemp("instance")) as served:
        yield served


@pytest.fixture(scope="module")
def desk(
    instance: ServiceNowServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrefectDesk]:
    """Server, worker and deployments; the password of the source is in a block and nowhere else."""
    home = tmp_path_factory.mktemp("operating") / "home"
    with prefect_desk(home) as desk:
        folder = home / "desk"
        folder.mkdir(parents=True)
        (folder / "csi.toml").write_text(server_config(instance.url, instance.user))
        desk.serve(folder)
        told = desk.run(*CSI, "blocks", "register", cwd=folder)
        assert told.split("\n")[:2] == ["registered csi-source", "registered csi-delivery"]
        desk.run(sys.executable, "-c", SAVE, instance.password, cwd=folder)
        desk.run(*CSI, "blocks", "automations", cwd=folder)
        desk.work("worker")
        desk.deploy(folder)
        yield desk


@pytest.fixture(scope="module")
def week(desk: PrefectDesk) -> dict[str, Any]:
    """A run of the week, once it has ended."""
    desk.ask_for("weekly", week=WEEK)
    return desk.ended(desk.newest("weekly")["id"], timeout_s=1200)


@pytest.fixture(scope="module")
def undisturbed(week: dict[str, Any], desk: PrefectDesk) -> str:
    """The database after it."""
    assert week["state_type"] == "COMPLETED", week["state"]
    return database(desk)


def database(desk: PrefectDesk) -> str:
    engine = open_engine(f"sqlite:///{desk.home / 'desk' / 'csi.sqlite'}")
    dump = Store(engine).queries.dump()
    engine.dispose()
    return dump


def events(desk: PrefectDesk, prefix: str) -> list[dict[str, Any]]:
    """The events whose names begin so."""
    asked = {"filter": {"event": {"prefix": [prefix]}}, "limit": 50}
    found: list[dict[str, Any]] = desk.call("events/filter", asked)["events"]
    return found


def test_a_week_runs_with_the_password_from_a_block(week: dict[str, Any]) -> None:
    assert week["state_type"] == "COMPLETED", week["state"]
    assert week["name"] == f"pack-{WEEK}"


def test_every_kind_of_work_has_a_queue_of_its_own(desk: PrefectDesk) -> None:
    queues = {one["name"] for one in desk.call("work_pools/csi/queues/filter", {})}
    assert queues >= {"pull", "mine", "write", "keep"}


def test_a_deployment_is_described_and_its_parameters_are_checked_before_a_run(
    desk: PrefectDesk,
) -> None:
    named = {"deployments": {"name": {"any_": ["weekly"]}}}
    (deployment,) = desk.call("deployments/filter", named)
    assert deployment["description"].startswith("Pull every source, check, mine")
    of_week = deployment["parameter_openapi_schema"]["properties"]["week"]
    assert "ISO week" in of_week["description"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        desk.ask_for("weekly", week="2026-46")
    assert "week" in refused.value.read().decode()


def test_events_tell_what_happened_in_ids_and_counts(
    week: dict[str, Any], desk: PrefectDesk
) -> None:
    assert week

    def all_of_them() -> list[dict[str, Any]] | None:
        some = events(desk, "csi.")
        return some if {one["event"] for one in some} >= EXPECTED else None

    found = desk.wait(all_of_them, "the events of the run")
    for one in found:
        assert set(one["payload"]) == set(PAYLOADS[one["event"]])
        roles = {related["prefect.resource.role"] for related in one["related"]}
        assert {"flow-run", "deployment"} <= roles, "an event leads to the run that emitted it"


def test_assets_tell_which_run_made_a_dataset_of_what(
    week: dict[str, Any], desk: PrefectDesk
) -> None:
    assert week
    made = desk.wait(
        lambda: (
            found
            if len(found := events(desk, "prefect.asset.materialization.succeeded")) >= 5
            else None
        ),
        "the materializations of the run",
    )
    of = {one["resource"]["prefect.resource.id"]: one for one in made}
    assert set(of) >= {f"csi://{name}" for name in ("records", "checks", "candidates", "packs")}
    above = {one["prefect.resource.id"] for one in of["csi://packs"]["related"]}
    assert {"csi://records", "csi://candidates", "csi://register"} <= above


@pytest.mark.parametrize("task", ["pull", "mine", "pack"])
def test_a_run_that_is_cancelled_and_retried_leaves_what_an_undisturbed_one_does(
    task: str, desk: PrefectDesk, undisturbed: str
) -> None:
    desk.ask_for("weekly", week=WEEK)
    run = desk.newest("weekly")["id"]
    desk.wait(lambda: desk.has_begun(run, task), f"{task} to begin", timeout_s=900)
    desk.set_state(run, {"type": "CANCELLING"})
    ended = desk.ended(run)
    assert ended["state_type"] == "CANCELLED", ended["state"]
    again = retried(desk, run)
    assert again["state_type"] == "COMPLETED", again["state"]
    assert database(desk) == undisturbed


def retried(desk: PrefectDesk, run: str) -> dict[str, Any]:
    """A run that was retried from the pages; once more, where that was pressed too soon.

    The cancelled process may take its half minute to go. Where retry is pressed before, Prefect's
    worker tells of its end afterwards, and that ends the new attempt as Crashed.
    """
    for _ in range(2):
        desk.set_state(run, {"type": "SCHEDULED", "name": "AwaitingRetry"})
        again = desk.done_again(run)
        if "exited with non-zero status code" not in str(again["state"].get("message")):
            break
    return again


def test_a_backup_is_made_by_its_deployment(desk: PrefectDesk, undisturbed: str) -> None:
    assert undisturbed
    desk.ask_for("backup")
    ended = desk.ended(desk.newest("backup")["id"])
    assert ended["state_type"] == "COMPLETED", ended["state"]
    (made,) = backups(desk.home / "desk" / "backups")
    assert str(made.file) in ended["state"]["message"]
    assert f"csi db restore {made.file}" in desk.artifacts()["csi-backup"]


def test_automations_are_loaded_once_and_brought_up_to_date(desk: PrefectDesk) -> None:
    told = desk.run(*CSI, "blocks", "automations", cwd=desk.home / "desk").splitlines()
    assert told and all(line.startswith("brought up to date: CSI: ") for line in told)
    names = [one["name"] for one in desk.call("automations/filter", {})]
    assert sorted(names) == sorted(line.removeprefix("brought up to date: ") for line in told)


def test_an_automation_is_triggered_by_a_source_that_fails_again_and_again(
    desk: PrefectDesk, undisturbed: str
) -> None:
    assert undisturbed
    desk.run(sys.executable, "-c", SAVE, "not the password", cwd=desk.home / "desk")
    for _ in range(3):
        desk.ask_for("hourly")
        ended = desk.ended(desk.newest("hourly")["id"])
        assert ended["state_type"] == "FAILED"
    triggered = desk.wait(
        lambda: [
            one
            for one in events(desk, "prefect.automation.triggered")
            if "a source fails again" in json.dumps(one)
        ],
        "the automation to be triggered",
    )
    assert triggered
    failed = events(desk, "csi.source.failed")[0]
    assert failed["payload"] == {"source": "practice", "error": "AuthError", "may_pass": False}
