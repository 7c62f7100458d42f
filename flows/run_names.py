"""The names of runs, as a person looks for them in Prefect's pages."""

from collections.abc import Callable

from prefect.runtime import flow_run


def run_name(what: str, time_format: str = "%Y-%m-%d") -> Callable[[], str]:
    """Gives runs the name of the week they are asked for, else of the time they were due.

    Args:
        what: the first word.
        time_format: how that time is written.
    """

    def name() -> str:
        week = flow_run.parameters.get("week")
        return f"{what}-{week or flow_run.scheduled_start_time.strftime(time_format)}"

    return name
