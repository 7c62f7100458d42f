"""Checking and mining as stages of a flow: what could not be checked is not mined."""

from datetime import datetime
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import State

from flows.outcomes import Stages
from flows.tasks import check_records, mine_candidates


def check_and_mine(stages: Stages, config: Path, week: str, cutoff_at: datetime) -> State[Any]:
    """Check, then mine if checking worked; the state of the stage that says how it ended."""
    checked = stages.run(
        "check",
        lambda: check_records(config, week, cutoff_at, return_state=True),
        "{} findings stop mining",
    )
    if not checked.is_completed():
        stages.skip("mine", "the records could not be checked")
        return checked
    return stages.run(
        "mine", lambda: mine_candidates(config, week, cutoff_at, return_state=True), "run {}"
    )
