"""The weekly cycle as plain functions: what a flow runs with Prefect and `csi run` without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.stages.check import check_week, require_open_gate
from flows.stages.counts import PullCount
from flows.stages.mine import mine_week
from flows.stages.pack import PackFiles, pack_week
from flows.stages.propose import propose_entries
from flows.stages.prove import prove_week
from flows.stages.publish import Published, publish_editions
from flows.stages.pull import pull_all
from flows.starting import start_run
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import GateError, MiningError


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle did; `missing` says what the pack had to do without, and why."""

    week: ReportingWeek
    cutoff_at: datetime
    pulled: tuple[PullCount, ...]
    missing: Mapping[str, str]
    run_id: str | None
    n_proposals: int
    files: PackFiles
    published: Published


def run_cycle(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> Cycle:
    """Pull, check, mine, propose and pack one week, without Prefect.

    A closed gate, or incidents that cannot be mined, stop mining and not the pack: the pack says
    what is missing.
    """
    start_run(parts)
    pulled, missing = pull_all(parts, cutoff_at, thorough=True)
    check_week(parts, week, cutoff_at)
    run_id, n_proposals = None, 0
    try:
        require_open_gate(parts, week)
        run_id = mine_week(parts, week, cutoff_at)
        n_proposals = propose_entries(parts, run_id)
    except (GateError, MiningError) as error:
        missing["candidates"] = str(error)
    proven = prove_week(parts, week, cutoff_at)
    missing |= proven.missing
    files = pack_week(parts, week, cutoff_at, run_id, missing)
    published = publish_editions(parts, week, cutoff_at, run_id, missing)
    return Cycle(week, cutoff_at, tuple(pulled), missing, run_id, n_proposals, files, published)
