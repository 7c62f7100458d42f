"""The deliver flow: what is released and due goes out to its readers."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State

from flows.outcomes import Stages
from flows.parameters import ConfigFile, Week
from flows.run_names import run_name
from flows.tasks import deliver_packs


@flow(name="deliver-packs", flow_run_name=run_name("deliver", "%Y-%m-%d %H:%M"))
def send_packs(config: ConfigFile = Path("csi.toml"), week: Week = None) -> State[None]:
    """Send what is released and due, to each reader once.

    A way out that is closed, and a delivery nobody knows the end of, fail the flow, so that whoever
    runs it sees it; what waits is tried again by the next run.

    Args:
        config: the configuration file, `csi.toml`.
        week: only the packs of this week, however long ago they were due.
    """
    stages = Stages("deliver")
    sent = stages.run("deliver", lambda: deliver_packs(config, week, return_state=True))
    return stages.end("packs", str(sent.result(raise_on_failure=False)))
