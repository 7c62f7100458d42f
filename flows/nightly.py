"""The nightly flow: pull, check, mine, and remove what is kept longer than it may be."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State

from flows.mining_stage import check_and_mine, miner
from flows.outcomes import Stages, not_begun, result_or_none
from flows.parameters import ConfigFile, CutOff, Week
from flows.pulling import pull_each
from flows.retain_task import remove_what_is_over
from flows.run_names import run_name
from flows.tasks import find_week


@flow(name="nightly-mine", flow_run_name=run_name("mine"))
def nightly(
    config: ConfigFile = Path("csi.toml"), week: Week = None, cutoff_at: CutOff = None
) -> State[None]:
    """Pull every source, check, mine candidates, and remove what is kept longer than it may be.

    Args:
        config: the configuration file, `csi.toml`.
        week: ISO week such as 2026-W34; without it the last week that has ended.
        cutoff_at: the moment the run is true for; without it the week's end plus the lag.
    """
    found = find_week(config, week, cutoff_at, return_state=True)
    if not found.is_completed():
        return not_begun(found)
    label, cutoff = found.result()
    stages = Stages("nightly")
    with miner(config):
        pull_each(stages, config, cutoff)
        mined = check_and_mine(stages, config, label, cutoff)
    stages.run("retain", lambda: remove_what_is_over(config, return_state=True), "{} rows removed")
    return stages.end(label, f"mining run {result_or_none(mined)}")
