"""The push flow: what was decided is written into the ITSM tools."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State

from flows.outcomes import Stages
from flows.parameters import ConfigFile
from flows.run_names import run_name
from flows.tasks import deliver_outbox


@flow(name="push", flow_run_name=run_name("push", "%Y-%m-%d %H:%M"))
def push(config: ConfigFile = Path("csi.toml")) -> State[None]:
    """Deliver what waits in the outbox, as far as each source may be written to.

    A source that had to be given up fails the flow, so that whoever runs it sees it; what it lacks
    waits for the next run.

    Args:
        config: the configuration file, `csi.toml`.
    """
    stages = Stages("push")
    pushed = stages.run("push", lambda: deliver_outbox(config, return_state=True))
    return stages.end("outbox", str(pushed.result(raise_on_failure=False)))
