"""The backup flow: a verified copy of the database."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State

from flows.outcomes import Stages
from flows.parameters import ConfigFile
from flows.run_names import run_name
from flows.tasks import back_up_database


@flow(name="backup", flow_run_name=run_name("backup"))
def backup(config: ConfigFile = Path("csi.toml")) -> State[None]:
    """Copy the database while others use it, verify the copy, and remove the oldest.

    Args:
        config: the configuration file, `csi.toml`.
    """
    stages = Stages("backup")
    made = stages.run("backup", lambda: back_up_database(config, return_state=True))
    return stages.end("database", str(made.result(raise_on_failure=False)))
