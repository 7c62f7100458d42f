"""The pull flow: every source, nothing else."""

from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.tasks import find_week, pull_source
from flows.wiring import parts_of


@flow(name="pull-sources")
def pull_sources(
    config: Path = Path("csi.toml"), cutoff_at: datetime | None = None
) -> list[State[Any]]:
    """Read what is new in every source and land it.

    Args:
        config: the configuration file, `csi.toml`.
        cutoff_at: the moment records are checked against; without it the last week's cut-off.
    """
    _, cutoff = find_week(config, None, cutoff_at)
    return [
        pull_source(config, name, cutoff, return_state=True) for name in parts_of(config).sources
    ]
