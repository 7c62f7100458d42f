"""Checking and mining as stages of a flow: what could not be checked is not mined."""

from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import State

from flows.blocks import parts_of
from flows.mining_ahead import mining_ahead
from flows.outcomes import Stages
from flows.tasks import check_records, mine_candidates
from flows.weeks import reporting_week
from itsm.errors import CsiError


def check_and_mine(stages: Stages, config: Path, week: str, cutoff_at: datetime) -> State[Any]:
    """Check, then mine if checking worked; the state of the stage that says how it ended.

    Mining is begun beside the check, where it is done by a process of its own; what comes of it is
    kept in its own stage.
    """
    with ExitStack() as begun:
        with suppress(CsiError):  # the check says what is wrong
            _begin_to_mine(begun, config, week, cutoff_at)
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


def _begin_to_mine(begun: ExitStack, config: Path, week: str, cutoff_at: datetime) -> None:
    parts = parts_of(config)
    if parts.settings.mining.task_runner == "none":
        begun.enter_context(mining_ahead(parts, reporting_week(parts, week), cutoff_at))
