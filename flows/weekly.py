"""The weekly flow: from pull to pack, the weeks that were missed first."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.blocks import parts_of
from flows.mining_stage import check_and_mine, miner
from flows.outcomes import Stages, not_begun, reasons, result_or_none
from flows.parameters import ConfigFile, CutOff, Week
from flows.publish_tasks import publish_for_readers
from flows.pulling import pull_each
from flows.run_names import run_name
from flows.tasks import find_week, make_pack, propose_improvements, prove_improvements
from flows.week_making import Making, begin_week, end_week
from flows.week_tasks import find_missed_weeks, make_missed_week
from flows.weeks import reporting_week
from store.week_runs import How


@flow(name="weekly-pack", flow_run_name=run_name("pack"))
def weekly(
    config: ConfigFile = Path("csi.toml"), week: Week = None, cutoff_at: CutOff = None
) -> State[None]:
    """Pull every source, check, mine, propose and make the weekly pack.

    Weeks whose own run was missed are made first, in order, unless a week is named. A source that
    fails and a gate that closes are named in the pack, which is made all the same; the flow then
    ends as failed, so that whoever runs it sees it.

    Args:
        config: the configuration file, `csi.toml`.
        week: ISO week such as 2026-W34; without it the last week that has ended.
        cutoff_at: the moment the pack is true for; without it the week's end plus the lag.
    """
    found = find_week(config, week, cutoff_at, return_state=True)
    if not found.is_completed():
        return not_begun(found)
    label, cutoff = found.result()
    stages = Stages("weekly")
    is_due = week is None and cutoff_at is None
    with miner(config):
        states = pull_each(stages, config, cutoff, thorough=True)
        lacking = reasons(states)
        if is_due:
            lacking |= _catch_up(stages, config, label, lacking)
        parts, how = parts_of(config), How.ON_TIME if is_due else How.ASKED
        begin_week(parts, reporting_week(parts, label), cutoff, Making(how))
        packed = _make(stages, config, label, cutoff, lacking)
    if packed.is_completed():
        end_week(parts, reporting_week(parts, label))
    return stages.end(label, f"the pack is in {result_or_none(packed)}")


def _catch_up(
    stages: Stages, config: Path, label: str, lacking: Mapping[str, str]
) -> dict[str, str]:
    """Make the weeks that were missed, oldest first; what the pack of this one has to confess."""

    def making(one: str) -> Callable[[], State[Any]]:
        return lambda: make_missed_week(config, one, label, dict(lacking), return_state=True)

    for one in find_missed_weeks(config, label):
        state = stages.run(f"make good {one}", making(one))
        if not state.is_completed():
            return {f"the pack of {one}": why for why in reasons({one: state}).values()}
    return {}


def _make(
    stages: Stages, config: Path, label: str, cutoff: datetime, lacking: Mapping[str, str]
) -> State[Any]:
    """Check, mine, propose, prove, pack and publish a week; the state of the pack."""
    mined = check_and_mine(stages, config, label, cutoff)
    run_id = result_or_none(mined)
    if run_id is None:
        stages.skip("propose", "nothing was mined")
    else:
        stages.run(
            "propose",
            lambda: propose_improvements(config, run_id, return_state=True),
            "{} new in the register",
        )
    proofs = stages.run(
        "prove", lambda: prove_improvements(config, label, cutoff, return_state=True)
    )
    proven = result_or_none(proofs)
    missing = dict(lacking) | reasons({"candidates": mined, "proofs": proofs})
    missing |= proven.missing if proven else {}
    packed = stages.run(
        "pack", lambda: make_pack(config, label, cutoff, run_id, missing, return_state=True)
    )
    stages.run(
        "publish",
        lambda: publish_for_readers(config, label, cutoff, run_id, missing, return_state=True),
    )
    return packed
