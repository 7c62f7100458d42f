"""Who computes blocks of mining, and a block computed from what lies at the address alone."""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from prefect.task_runners import ProcessPoolTaskRunner

from flows.artefacts import Blocks
from flows.run_settings import MiningRunSettings
from flows.task_runners import compute_block, runner_of
from itsm.errors import ConfigError, PublishError
from problem_mining import nearest
from problem_mining.block_format import packed, unpacked
from problem_mining.blocks import name_of

TODAY = date(2026, 11, 22)


def test_processes_beside_the_run() -> None:
    runner = runner_of(MiningRunSettings(task_runner="process", workers=3))
    assert isinstance(runner, ProcessPoolTaskRunner)
    assert runner == ProcessPoolTaskRunner(max_workers=3)


def test_a_cluster_of_its_own_or_the_one_that_is_named() -> None:
    dask = pytest.importorskip("prefect_dask", reason="the extra scale is not installed")
    own = runner_of(MiningRunSettings(task_runner="dask", workers=3))
    assert isinstance(own, dask.DaskTaskRunner)
    assert own.cluster_kwargs["n_workers"] == 3 and own.cluster_kwargs["processes"]
    named = runner_of(MiningRunSettings(task_runner="dask", scheduler="tcp://host:8786"))
    assert isinstance(named, dask.DaskTaskRunner)
    assert named.address == "tcp://host:8786"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prefect_dask.task_runners", None)
    with pytest.raises(ConfigError, match=r"pip install \"csi-pipeline\[scale\]\""):
        runner_of(MiningRunSettings(task_runner="dask"))


def test_a_block_needs_nothing_but_the_address(tmp_path: Path) -> None:
    address, day = str(tmp_path / "shared"), TODAY.isoformat()
    shared = (np.eye(4, dtype=np.float32), np.arange(4), np.eye(2, 4, dtype=np.float32))
    key = Blocks(address, TODAY).put(packed(shared))
    work = name_of(nearest.probed)
    answer = compute_block.fn((address, day), work, key, [(0, 2), (2, 4)])
    parts = [nearest.probed(shared, slice(0, 2)), nearest.probed(shared, slice(2, 4))]
    assert packed(unpacked(Blocks(address, TODAY).get(answer))) == packed(parts)
    with pytest.raises(PublishError, match="not whole"):
        compute_block.fn((address, day), work, "0" * 64, [(0, 2)])
