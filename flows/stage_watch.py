"""Each stage is watched: a span around it, and in the store when it was begun and how it ended."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from flows.run_ids import run_id
from flows.telemetry import span
from flows.wiring import Parts
from itsm.errors import CsiError, StoreError
from store.stage_runs import Outcome, StageRun
from store.unit_of_work import Store

LOGGER = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


def stage(
    name: str,
) -> Callable[[Callable[Concatenate[Parts, P], T]], Callable[Concatenate[Parts, P], T]]:
    """Watch every run of a function that is a stage of the work.

    Args:
        name: of the stage, a word.
    """

    def watching(run: Callable[Concatenate[Parts, P], T]) -> Callable[Concatenate[Parts, P], T]:
        @wraps(run)
        def watched_run(parts: Parts, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with watched(parts.store, name):
                return run(parts, *args, **kwargs)

        return watched_run

    return watching


@contextmanager
def watched(store: Store, stage: str, source: str = "") -> Iterator[None]:
    """Watch a stage while it runs.

    Args:
        store: where it is kept how the stage went.
        stage: its name, a word.
        source: whose records, where the stage is per source.
    """
    began_at = datetime.now(UTC)
    begun = StageRun(
        stage=stage, source=source, run=run_id(), outcome=Outcome.RUNNING, began_at=began_at
    )
    _keep(store, begun)
    LOGGER.info("%s %s: begun", stage, source)
    try:
        with span(stage, source):
            yield
    except BaseException as error:
        told = str(error) if isinstance(error, CsiError) else type(error).__name__
        _keep_all_the_same(store, _ended(begun, Outcome.FAILED, told))
        LOGGER.warning("%s %s: failed: %s", stage, source, told)
        raise
    _keep(store, _ended(begun, Outcome.GOOD, None))
    LOGGER.info("%s %s: ended well", stage, source)


def _ended(begun: StageRun, outcome: Outcome, error: str | None) -> StageRun:
    at = datetime.now(UTC)
    return StageRun(
        stage=begun.stage,
        source=begun.source,
        run=begun.run,
        outcome=outcome,
        began_at=begun.began_at,
        ended_at=at,
        good_at=at if outcome is Outcome.GOOD else None,
        error=error,
    )


def _keep(store: Store, run: StageRun) -> None:
    with store.begin() as uow:
        uow.stage_runs.save(run)
        uow.commit()


def _keep_all_the_same(store: Store, run: StageRun) -> None:
    """Keep that a stage failed; where the database itself is why, the first error is told."""
    try:
        _keep(store, run)
    except StoreError as error:
        LOGGER.warning("%s could not be noted as failed: %s", run.stage, error)
