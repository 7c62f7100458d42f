"""The nightly flow: pull, check and mine, so that candidates are fresh in the morning."""

from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.tasks import check_records, find_week, mine_candidates, pull_source
from flows.wiring import parts_of


@flow(name="nightly-mine", flow_run_name="mine-{week}")
def nightly(
    config: Path = Path("csi.toml"), week: str | None = None, cutoff_at: datetime | None = None
) -> list[State[Any]]:
    """Pull every source, check, and mine candidates.

    Args:
        config: the configuration file, `csi.toml`.
        week: ISO week such as 2026-W34; without it the last week that has ended.
        cutoff_at: the moment the run is true for; without it the week's end plus the lag.
    """
    label, cutoff = find_week(config, week, cutoff_at)
    states = [
        pull_source(config, name, cutoff, return_state=True) for name in parts_of(config).sources
    ]
    check_records(config, label, cutoff)
    return [*states, mine_candidates(config, label, cutoff, return_state=True)]
