"""The weekly flow: from pull to pack."""

from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.outcomes import reasons, result_or_none
from flows.tasks import (
    check_records,
    find_week,
    make_pack,
    mine_candidates,
    propose_improvements,
    pull_source,
)
from flows.wiring import parts_of


@flow(name="weekly-pack", flow_run_name="pack-{week}", log_prints=False)
def weekly(
    config: Path = Path("csi.toml"), week: str | None = None, cutoff_at: datetime | None = None
) -> list[State[Any]]:
    """Pull every source, check, mine, propose and make the weekly pack.

    A source that fails and a gate that closes are named in the pack, which is made all the same;
    the flow then ends as failed, so that whoever runs it sees it.

    Args:
        config: the configuration file, `csi.toml`.
        week: ISO week such as 2026-W34; without it the last week that has ended.
        cutoff_at: the moment the pack is true for; without it the week's end plus the lag.
    """
    label, cutoff = find_week(config, week, cutoff_at)
    states: dict[str, State[Any]] = {
        name: pull_source(config, name, cutoff, return_state=True)
        for name in parts_of(config).sources
    }
    check_records(config, label, cutoff)
    states["candidates"] = mine_candidates(config, label, cutoff, return_state=True)
    run_id = result_or_none(states["candidates"])
    if run_id is not None:
        propose_improvements(config, run_id)
    make_pack(config, label, cutoff, run_id, reasons(states))
    return list(states.values())
