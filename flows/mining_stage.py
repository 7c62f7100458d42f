"""Checking and mining as stages of a flow: what could not be checked is not mined."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import State

from flows.blocks import parts_of
from flows.mining_ahead import begin_to_mine, miner_at_hand
from flows.outcomes import Stages
from flows.tasks import check_records, mine_candidates
from flows.weeks import reporting_week
from itsm.errors import CsiError


@contextmanager
def miner(config: Path) -> Iterator[None]:
    """Have a process at hand that can mine beside the check, where a flow mines by itself."""
    with ExitStack() as stack:
        with suppress(CsiError):  # whoever needs the same says what is wrong
            parts = parts_of(config)
            if parts.settings.mining.task_runner == "none":
                stack.enter_context(miner_at_hand(parts))
        yield


def check_and_mine(stages: Stages, config: Path, week: str, cutoff_at: datetime) -> State[Any]:
    """Check, then mine if checking worked; the state of the stage that says how it ended.

    Mining is begun beside the check, where there is a process at hand for it (`miner`); what comes
    of it is kept in its own stage.
    """
    with suppress(CsiError):  # the check says what is wrong
        parts = parts_of(config)
        begin_to_mine(parts, reporting_week(parts, week), cutoff_at)
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
