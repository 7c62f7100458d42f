"""Tasks that make weeks whose own run was missed."""

from pathlib import Path

from prefect import task
from prefect.assets import materialize
from prefect.cache_policies import NO_CACHE

from flows.assets import CANDIDATES, CHECKS, PACKS, RECORDS, REGISTER
from flows.catching_up import make_one_good, missed, told_left
from flows.events import pack_made
from flows.tasks import told_in_logs
from flows.weeks import reporting_week


@task(name="Find missed weeks", cache_policy=NO_CACHE)
def find_missed_weeks(config: Path, label: str) -> list[str]:
    """The weeks before one that were missed and are made good now, oldest first."""
    parts = told_in_logs(config)
    found = missed(parts, reporting_week(parts, label))
    if found.left:
        parts.say(f"late   {told_left(found)}")
    return [one.label for one in found.weeks]


@materialize(
    PACKS,
    asset_deps=[RECORDS, CHECKS, CANDIDATES, REGISTER],
    name="Make missed week",
    task_run_name="make good {week}",
    cache_policy=NO_CACHE,
)
def make_missed_week(config: Path, week: str, due: str, missing: dict[str, str]) -> str:
    """Check, mine, propose, prove and pack a week as of its own cut-off; what came of it.

    Args:
        config: the configuration file.
        week: the week that was missed.
        due: the week whose run makes it.
        missing: what its pack has to do without.
    """
    parts = told_in_logs(config)
    one, due_week = reporting_week(parts, week), reporting_week(parts, due)
    made = make_one_good(parts, one, due_week, missing)
    if made is None:
        return "made by another run meanwhile"
    pack_made(week, made.files.version, list(made.missing))
    return f"made late; its pack is in {made.files.folder}"
