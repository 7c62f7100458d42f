"""The pull flow: every source, nothing else."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.blocks import parts_of
from flows.outcomes import Stages, not_begun
from flows.parameters import ConfigFile, CutOff
from flows.run_names import run_name
from flows.tasks import find_week, pull_source


@flow(name="pull-sources", flow_run_name=run_name("pull", "%Y-%m-%d-%H%M"))
def pull_sources(config: ConfigFile = Path("csi.toml"), cutoff_at: CutOff = None) -> State[None]:
    """Read what is new in every source and land it.

    Args:
        config: the configuration file, `csi.toml`.
        cutoff_at: the moment records are checked against; without it the last week's cut-off.
    """
    found = find_week(config, None, cutoff_at, return_state=True)
    if not found.is_completed():
        return not_begun(found)
    _, cutoff = found.result()
    stages = Stages("hourly")
    states = pull_each(stages, config, cutoff)
    n_landed = sum(state.result() for state in states.values() if state.is_completed())
    return stages.end(str(flow_run.name), f"{n_landed:,} records landed")


def pull_each(
    stages: Stages, config: Path, cutoff_at: datetime, *, thorough: bool = False
) -> dict[str, State[Any]]:
    """Pull every source; one that fails does not keep the others from being pulled.

    Args:
        stages: runs them.
        config: the configuration file.
        cutoff_at: the moment records are checked against.
        thorough: compare all keys with each system's even where the counts agree.
    """

    def pulling(name: str) -> Callable[[], State[Any]]:
        return lambda: pull_source(config, name, cutoff_at, thorough=thorough, return_state=True)

    return {
        name: stages.run(f"pull {name}", pulling(name), "{:,} records landed")
        for name in parts_of(config).sources
    }
