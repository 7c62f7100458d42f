"""The weekly cycle as plain functions: what a flow runs with Prefect and `csi run` without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.catching_up import CaughtUp, make_good
from flows.mining_ahead import miner_at_hand
from flows.stages.counts import PullCount
from flows.stages.pack import PackFiles
from flows.stages.publish import Published
from flows.stages.pull import pull_all
from flows.starting import start_run
from flows.week_making import Making, make_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from store.week_runs import How


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle did; `missing` says what the pack had to do without, and why.

    `late` are the weeks before that were made first, because their own runs had been missed.
    """

    week: ReportingWeek
    cutoff_at: datetime
    pulled: tuple[PullCount, ...]
    missing: Mapping[str, str]
    run_id: str | None
    n_proposals: int
    files: PackFiles
    published: Published
    late: CaughtUp


def run_cycle(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime, *, is_due: bool = False
) -> Cycle:
    """Pull, check, mine, propose and pack one week, without Prefect.

    A closed gate, or incidents that cannot be mined, stop mining and not the pack: the pack says
    what is missing.

    Args:
        parts: from `flows.wiring`.
        week: the week.
        cutoff_at: the moment its packs are true for.
        is_due: whether nobody named the week; weeks that were missed before it are then made first.
    """
    start_run(parts)
    with miner_at_hand(parts):
        pulled, missing = pull_all(parts, cutoff_at, thorough=True)
        late = make_good(parts, week, missing) if is_due else CaughtUp({}, {})
        making = Making(How.ON_TIME if is_due else How.ASKED)
        made = make_week(parts, week, cutoff_at, missing | late.missing, making)
    return Cycle(
        week,
        cutoff_at,
        tuple(pulled),
        made.missing,
        made.run_id,
        made.n_proposals,
        made.files,
        made.published,
        late,
    )
