"""The id of the run that this process is: on every line of the log, on every span, in the store."""

import uuid


class _Run:
    """The run of this process; threads share it, as they work for the same run."""

    id = ""


def run_id() -> str:
    """The id of this process's run, made when it is first asked for."""
    if not _Run.id:
        set_run_id(uuid.uuid4().hex[:16])
    return _Run.id


def set_run_id(run: str) -> None:
    """Say which run this process is from now on, such as that of a Prefect flow."""
    _Run.id = run
