"""The weekly flow: from pull to pack."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State

from flows.mining_stage import check_and_mine
from flows.outcomes import Stages, not_begun, reasons, result_or_none
from flows.parameters import ConfigFile, CutOff, Week
from flows.publish_tasks import publish_for_readers
from flows.pulling import pull_each
from flows.run_names import run_name
from flows.tasks import find_week, make_pack, propose_improvements, prove_improvements


@flow(name="weekly-pack", flow_run_name=run_name("pack"))
def weekly(
    config: ConfigFile = Path("csi.toml"), week: Week = None, cutoff_at: CutOff = None
) -> State[None]:
    """Pull every source, check, mine, propose and make the weekly pack.

    A source that fails and a gate that closes are named in the pack, which is made all the same;
    the flow then ends as failed, so that whoever runs it sees it.

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
    states = pull_each(stages, config, cutoff, thorough=True)
    states["candidates"] = check_and_mine(stages, config, label, cutoff)
    run_id = result_or_none(states["candidates"])
    if run_id is None:
        stages.skip("propose", "nothing was mined")
    else:
        stages.run(
            "propose",
            lambda: propose_improvements(config, run_id, return_state=True),
            "{} new in the register",
        )
    states["proofs"] = stages.run(
        "prove", lambda: prove_improvements(config, label, cutoff, return_state=True)
    )
    proven = result_or_none(states["proofs"])
    missing = reasons(states) | (proven.missing if proven else {})
    packed = stages.run(
        "pack", lambda: make_pack(config, label, cutoff, run_id, missing, return_state=True)
    )
    stages.run(
        "publish",
        lambda: publish_for_readers(config, label, cutoff, run_id, missing, return_state=True),
    )
    return stages.end(label, f"the pack is in {result_or_none(packed)}")
