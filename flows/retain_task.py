"""Retention as a task of the nightly flow."""

from datetime import UTC, datetime
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.retaining import retain
from flows.tasks import told_in_logs


@task(name="Remove what is over", cache_policy=NO_CACHE)
def remove_what_is_over(config: Path) -> int:
    """Remove what is kept longer than [retention] says; returns how many rows went."""
    return sum(retain(told_in_logs(config), datetime.now(UTC)).values())
