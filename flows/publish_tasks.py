"""The stage after the pack as a Prefect task: the editions that readers have asked for."""

from datetime import datetime
from pathlib import Path

from prefect.assets import materialize
from prefect.cache_policies import NO_CACHE

from flows.assets import CANDIDATES, PACKS, RECORDS, REGISTER
from flows.stages.publish import publish_editions
from flows.tasks import told_in_logs
from flows.weeks import reporting_week
from itsm.errors import PublishError


@materialize(
    PACKS,
    asset_deps=[RECORDS, CANDIDATES, REGISTER],
    name="Publish editions",
    task_run_name="publish {week}",
    cache_policy=NO_CACHE,
)
def publish_for_readers(
    config: Path, week: str, cutoff_at: datetime, run_id: str | None, missing: dict[str, str]
) -> str:
    """Make and archive the editions that readers have asked for; returns what was made.

    Raises:
        PublishError: an edition could not be made; the others were.
    """
    parts = told_in_logs(config)
    done = publish_editions(parts, reporting_week(parts, week), cutoff_at, run_id, missing)
    for name, trouble in done.troubles.items():
        raise PublishError(f"{done.told}; {name}: {trouble}")
    return done.told
