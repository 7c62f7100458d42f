"""Mining in blocks on workers that share no disk gives the candidates of one process."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flows.settings import load_settings
from flows.stages.check import check_week
from flows.stages.mine import mine_week
from flows.stages.pull import pull_all
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts, build
from tests.e2e.cloud_stores import CloudStore, cloud_store
from tests.e2e.practice_estate import Practice, small_practice
from tests.e2e.prefect_desk import BIN, PrefectDesk, free_port, prefect_desk
from tests.flows.object_store import ObjectStore, object_store
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

NIGHT = "from flows.nightly import nightly; nightly('csi.toml', {!r})"
CSI = "from flows.cli import main; main()"
COMPUTED = "flows.task_runners"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """So many incidents that every step has several parts."""
    made = small_practice(tmp_path_factory.mktemp("estate"), n_incidents=2_200, n_weeks=12)
    key = os.environ["CSI_PRIVACY__PEOPLE_KEY"]  # the processes of a desk are told nothing of ours
    return replace(made, config=f'{made.config}\n[privacy]\npeople_key = "{key}"\n')


@pytest.fixture(scope="module")
def pulled(
    practice: Practice, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with everything pulled and checked; each run gets a copy."""
    url = postgres.new(postgres.template)
    parts = parts_of(practice, tmp_path_factory.mktemp("pulled"), url)
    week = reporting_week(parts, practice.week)
    cutoff_at = cutoff_of(parts, week, None)
    pull_all(parts, cutoff_at, thorough=True)
    check_week(parts, week, cutoff_at)
    parts.store.engine.dispose()
    return url


@pytest.fixture(scope="module")
def alone(
    practice: Practice,
    pulled: str,
    postgres: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[str]:
    """What one process makes of it."""
    parts = parts_of(practice, tmp_path_factory.mktemp("alone"), postgres.new(pulled))
    week = reporting_week(parts, practice.week)
    mine_week(parts, week, cutoff_of(parts, week, None))
    return candidates(parts)


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as served:
        yield served


@pytest.fixture(scope="module")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudStore]:
    with cloud_store("Amazon", tmp_path_factory.mktemp("amazon")) as served:
        yield served


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectDesk]:
    with prefect_desk(tmp_path_factory.mktemp("elsewhere") / "home") as desk:
        (desk.home / "server").mkdir()
        desk.serve(desk.home / "server")
        yield desk


def cluster(desk: PrefectDesk, name: str) -> str:
    """A Dask scheduler and two workers, each of which sees an empty folder where ours is."""
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    scheduler = (
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--no-dashboard",
        "--dashboard-address",
        "127.0.0.1:0",
    )
    desk.start(f"{name}-dask", str(BIN / "dask"), *scheduler, cwd=desk.home / f"{name}-dask")
    worker = [str(BIN / "dask"), "worker", address, "--nthreads", "1", "--no-dashboard"]
    worker += ["--local-directory", "scratch", "--dashboard-address", "127.0.0.1:0"]
    for one in ("first", "second"):
        command = apart(desk, [*worker, "--name", one])
        desk.start(f"{name}-{one}", *command, cwd=desk.home / f"{name}-{one}")
    return address


def parts_of(practice: Practice, folder: Path, url: str) -> Parts:
    config = practice.into(folder)
    return build(load_settings(config, {"database": SecretStr(url)}), config.parent)


def candidates(parts: Parts) -> list[str]:
    """The newest run and its candidates, to the last digit."""
    with parts.store.look() as uow:
        run = uow.mining.latest()
        assert run is not None
        found = [repr(one) for one in uow.mining.candidates(run.run_id)]
    return [f"{run.run_id} {run.n_incidents}", *found]


def apart(desk: PrefectDesk, command: list[str], *, config: str = "") -> list[str]:
    """A command on a machine of its own, as far as our disk goes: the desk's folder is empty there.

    Only the file `csi.toml` is put into it, where one is given.
    """
    home, given = shlex.quote(str(desk.home)), shlex.quote(config)
    put = f"printf %s {given} > csi.toml" if config else "true"
    script = f"mount -t tmpfs tmpfs {home} && mkdir -p {home}/own && cd {home}/own && {put}"
    return ["unshare", "--mount", "sh", "-c", f"{script} && exec {shlex.join(command)}"]


def needs_namespaces() -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--mount", "true"], check=False).returncode:
        pytest.skip("no mount namespaces here: disks cannot be kept apart")


def config_of(practice: Practice, url: str, address: str, mining: str) -> str:
    text = practice.config.replace('database = "sqlite:///csi.sqlite"', f'database = "{url}"')
    assert url in text
    return f'{text}\n[artefacts]\naddress = "{address}"\n\n[mining]\n{mining}\n'


@pytest.mark.parametrize("name", ["WebHDFS", "Amazon"])
def test_two_dask_workers_without_a_shared_disk(
    name: str,
    practice: Practice,
    pulled: str,
    alone: list[str],
    postgres: PostgresServer,
    desk: PrefectDesk,
    request: pytest.FixtureRequest,
) -> None:
    needs_namespaces()
    store = request.getfixturevalue("store" if name == "WebHDFS" else "amazon")
    address, url = cluster(desk, name), postgres.new(pulled)
    mining = f'task_runner = "dask"\nscheduler = "{address}"\nblocks = 4'
    config = config_of(practice, url, f"{store.address}/dask", mining)
    run = apart(desk, [sys.executable, "-c", NIGHT.format(practice.week)], config=config)
    desk.run(*run, cwd=desk.home)
    assert candidates(parts_of(practice, desk.home / f"look-{name}", url)) == alone
    assert len(alone) > 10
    names = {one["name"] for one in finished(desk)}
    assert names >= {f"own and kept {n} of 4" for n in (1, 2, 3, 4)}
    assert computed_by_each(address) == [True, True]
    assert store.received("dask/blocks"), "blocks went through the store"
    assert store.under("dask/blocks") == [], "what was handed over is gone once the run has ended"


def finished(desk: PrefectDesk) -> list[dict[str, str]]:
    asked = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}, "limit": 200}
    found: list[dict[str, str]] = desk.call("task_runs/filter", asked)
    return found


def computed_by_each(address: str) -> list[bool]:
    """Whether each worker of a cluster has read what blocks share."""
    from distributed import Client

    def has_computed() -> bool:  # sent as it stands: workers have the product, not its tests
        module = sys.modules.get(COMPUTED)
        return module is not None and module._shared.cache_info().misses > 0

    make: Callable[[str], Any] = Client
    with make(address) as client:
        return sorted(client.run(has_computed).values())


def test_processes_beside_the_run(
    practice: Practice,
    pulled: str,
    alone: list[str],
    postgres: PostgresServer,
    store: ObjectStore,
    desk: PrefectDesk,
) -> None:
    url, folder = postgres.new(pulled), desk.home / "beside"
    folder.mkdir()
    config = config_of(
        practice, url, f"{store.address}/beside", 'task_runner = "process"\nblocks = 3'
    )
    (folder / "csi.toml").write_text(config)
    desk.run(sys.executable, "-c", NIGHT.format(practice.week), cwd=folder)
    assert candidates(parts_of(practice, desk.home / "look-again", url)) == alone


def test_a_pack_that_one_machine_archived_is_given_out_by_another(
    practice: Practice, pulled: str, postgres: PostgresServer, store: ObjectStore, desk: PrefectDesk
) -> None:
    needs_namespaces()
    config = config_of(practice, postgres.new(pulled), store.address, "proposals = 3")
    csi, week = [sys.executable, "-c", CSI], practice.week
    made = [*csi, "pack", "--week", week]
    desk.run(*apart(desk, made, config=config), cwd=desk.home)
    listed = desk.run(*apart(desk, [*csi, "packs", "list"], config=config), cwd=desk.home)
    pack_id = next(word for word in listed.split() if word.startswith(f"{week}"))
    archived = [*csi, "packs", "archive", pack_id, "--format", "json"]
    desk.run(*apart(desk, archived, config=config), cwd=desk.home)
    assert store.under("objects")
    out = [*csi, "packs", "reissue", pack_id, "--out", "again"]
    told = desk.run(*apart(desk, out, config=config), cwd=desk.home)
    assert "again/" in told
    looked = desk.run(*apart(desk, [*csi, "packs", "check"], config=config), cwd=desk.home)
    assert "0 missing or damaged" in looked
