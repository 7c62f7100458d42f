"""The flow that reads years of the past bit by bit: the windows that first pulls left.

The pack needs what is new, which the hourly and nightly pulls read. So this takes a few windows of
each source at a time; each is a turn of its own with the source, within the same rate budget.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.tasks import task

from flows.blocks import parts_of
from flows.outcomes import Stages, not_begun
from flows.parameters import ConfigFile, CutOff
from flows.run_names import run_name
from flows.stages.pull_windows import read_older
from flows.tasks import RETRY_DELAYS_S, find_week, is_transient, told_in_logs


@flow(name="pull-older", flow_run_name=run_name("older", "%Y-%m-%d-%H%M"))
def pull_older(
    config: ConfigFile = Path("csi.toml"), windows: int = 2, cutoff_at: CutOff = None
) -> State[None]:
    """Read some of the windows that the first pull left, of each source that has any.

    Args:
        config: the configuration file, `csi.toml`.
        windows: at most so many of each source; the pack needs what is new first.
        cutoff_at: the moment records are checked against; without it the last week's cut-off.
    """
    found = find_week(config, None, cutoff_at, return_state=True)
    if not found.is_completed():
        return not_begun(found)
    _, cutoff = found.result()
    stages = Stages("older")

    def reading(name: str) -> Callable[[], State[Any]]:
        return lambda: read_windows(config, name, cutoff, windows, return_state=True)

    states = [
        stages.run(f"older {name}", reading(name), "{:,} records read")
        for name in parts_of(config).sources
    ]
    n_read = sum(state.result() for state in states if state.is_completed())
    return stages.end(str(flow_run.name), f"{n_read:,} records of the past read")


@task(
    name="Read windows of the past",
    task_run_name="older {name}",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_transient,
    cache_policy=NO_CACHE,
)
def read_windows(config: Path, name: str, cutoff_at: datetime, most: int) -> int:
    """Read at most so many windows of a source; returns how many records they held."""
    return sum(
        turn.window.n_read for turn in read_older(told_in_logs(config), name, cutoff_at, most)
    )
