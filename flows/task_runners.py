"""Mining on several processes or machines: blocks of its work as Prefect tasks.

The run cuts the search of neighbours and the comparing of pairs into blocks and submits each to the
task runner that `mining.task_runner` names. What blocks need and what comes of them is handed over
at the artefact address; through Prefect go only names and hashes.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from flows.artefacts import Blocks, address_of, require_shared
from flows.blocks import parts_of
from flows.mining_ahead import mine_checked
from flows.run_settings import MiningRunSettings
from flows.stages.mine import mine_week
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError, MiningError
from problem_mining.block_format import packed, unpacked
from problem_mining.blocks import S, T, Work, blocks_of, computed, computed_by, name_of

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

SHARED_KEPT = 2
"""What so many steps share is kept in a process that computes blocks."""


def mine_anywhere(config: Path, week: ReportingWeek, cutoff_at: datetime) -> str:
    """Mine a week in this process, or in blocks where the settings say so; the id of the run.

    Raises:
        ConfigError: who should compute blocks is not there, or cannot be reached by an address.
    """
    parts = parts_of(config)
    settings = parts.settings.mining
    if settings.task_runner == "none":
        return mine_checked(parts, week, cutoff_at)
    require_shared(parts.settings)
    in_blocks = mine_in_blocks.with_options(task_runner=runner_of(settings))
    return in_blocks(config, week.label, cutoff_at)


def runner_of(settings: MiningRunSettings) -> "TaskRunner[Any]":
    """Who computes blocks.

    Raises:
        ConfigError: the extra `scale` is not installed.
    """
    if settings.task_runner == "process":
        return ProcessPoolTaskRunner(max_workers=settings.workers)
    return _dask(settings)


def _dask(settings: MiningRunSettings) -> "DaskTaskRunner":
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise ConfigError(
            'mining.task_runner = "dask" needs the extra scale: pip install "csi-pipeline[scale]"'
        ) from None
    if settings.scheduler:
        return DaskTaskRunner(address=settings.scheduler)
    local = {"n_workers": settings.workers, "threads_per_worker": 1, "dashboard_address": None}
    return DaskTaskRunner(cluster_kwargs={**local, "processes": True})


@flow(name="mine-in-blocks", flow_run_name="blocks-{week}")
def mine_in_blocks(config: Path, week: str, cutoff_at: datetime) -> str:
    """Group repeat incidents, with neighbours and pairs computed in blocks by other processes.

    The candidates are those of one process, to the last digit.

    Args:
        config: the configuration file, `csi.toml`.
        week: ISO week such as 2026-W34.
        cutoff_at: the moment the run is true for.
    """
    parts = parts_of(config)
    address = address_of(parts.settings, parts.base)
    day = datetime.now(UTC).date()
    handed = Blocks(address, day)
    engine = Submitted(handed, address, day, parts.settings.mining.blocks)
    with computed_by(engine):
        run_id = mine_week(parts, ReportingWeek.parse(week, parts.settings.zone), cutoff_at)
    handed.clear()
    return run_id


class Submitted:
    """Computes parts in blocks, each a task of the flow that is running.

    Args:
        handed: where what they share and what comes of them is handed over.
        address: of the artefacts, for those who compute.
        day: the folder of this run.
        n_blocks: how many blocks a step has.
    """

    def __init__(self, handed: Blocks, address: str, day: date, n_blocks: int) -> None:
        self._handed = handed
        self._where = (address, day.isoformat())
        self._n_blocks = n_blocks

    def run(self, work: Work[S, T], shared: S, parts: Sequence[slice]) -> Iterator[T]:
        """What work makes of each part, in order."""
        name, key = name_of(work), self._handed.put(packed(shared))
        blocks = blocks_of(parts, self._n_blocks)
        step = name.rpartition(":")[2].replace("_", " ")
        asked = [
            compute_block.with_options(task_run_name=f"{step} {n} of {len(blocks)}").submit(
                self._where, name, key, [(part.start, part.stop) for part in block]
            )
            for n, block in enumerate(blocks, start=1)
        ]
        for future in asked:
            answer = unpacked(self._handed.get(future.result()))
            if not isinstance(answer, list):
                raise MiningError(f"a block of {name} is no list; clear the folder blocks/")
            yield from answer


@task(name="Compute block", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def compute_block(where: tuple[str, str], name: str, key: str, parts: list[tuple[int, int]]) -> str:
    """Compute a block in whatever process this is; the hash of what came of it.

    Args:
        where: the artefact address and the day of the run.
        name: which work.
        key: the hash of what all blocks of the step share.
        parts: first and last row or pair of each part.
    """
    address, day = where
    found = computed(name, _shared(address, day, key), [slice(*part) for part in parts])
    return Blocks(address, date.fromisoformat(day)).put(packed(found))


@lru_cache(maxsize=SHARED_KEPT)
def _shared(address: str, day: str, key: str) -> object:
    """What blocks of a step share, read once per process."""
    return unpacked(Blocks(address, date.fromisoformat(day)).get(key))
