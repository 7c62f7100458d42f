"""The stages as Prefect tasks: coarse, retried by error type, passing ids and not data.

Each leaves an artifact that says what it did, under a key that stays the same from run to run.
"""

import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.tasks import Task

from flows.artifacts import (
    check_artifact,
    failed_pull_artifact,
    mining_artifact,
    pack_artifact,
    pull_artifact,
    push_artifact,
)
from flows.outcomes import publish
from flows.pull_report import unmapped_codes
from flows.push_text import told_run
from flows.pushing import come_back, new_run_id
from flows.pushing import deliveries as deliveries_of
from flows.stages.check import check_week, require_open_gate
from flows.stages.mine import mine_week
from flows.stages.pack import pack_week
from flows.stages.propose import propose_entries
from flows.stages.prove import Proven, prove_week
from flows.stages.pull import pull
from flows.starting import start_run
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts, parts_of
from itsm.clocks import ReportingWeek
from itsm.errors import CsiError, TransientSourceError

RETRY_DELAYS_S = [5.0, 30.0, 120.0, 600.0]
"""Waits before the next try of a source that may answer later."""


async def is_transient(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed task may succeed when tried again."""
    result = await state.aresult(raise_on_failure=False)
    return isinstance(result, TransientSourceError)


@task(name="Find week and cut-off", cache_policy=NO_CACHE)
def find_week(config: Path, week: str | None, cutoff_at: datetime | None) -> tuple[str, datetime]:
    """The label of the week to report and the moment its pack is true for."""
    parts = parts_of(config)
    start_run(parts)
    found = reporting_week(parts, week)
    return found.label, cutoff_of(parts, found, cutoff_at)


@task(
    name="Pull source",
    task_run_name="pull {name}",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_transient,
    cache_policy=NO_CACHE,
)
def pull_source(config: Path, name: str, cutoff_at: datetime, *, thorough: bool = False) -> int:
    """Read what is new in a source and land it; returns how many records landed."""
    parts, started = _told_in_logs(config), time.monotonic()
    try:
        count = pull(parts, name, cutoff_at, thorough=thorough)
    except CsiError as error:
        publish(failed_pull_artifact(name, str(error), time.monotonic() - started))
        raise
    publish(pull_artifact(count, unmapped_codes(parts, count), time.monotonic() - started))
    return count.landed


@task(name="Check records", task_run_name="check {week}", cache_policy=NO_CACHE)
def check_records(config: Path, week: str, cutoff_at: datetime) -> int:
    """Check what is known at the cut-off; returns how many findings stop mining."""
    report = check_week(_told_in_logs(config), _week(config, week), cutoff_at)
    publish(check_artifact(week, report))
    return len(report.stops)


@task(name="Mine candidates", task_run_name="mine {week}", cache_policy=NO_CACHE)
def mine_candidates(config: Path, week: str, cutoff_at: datetime) -> str:
    """Group repeat incidents; returns the id of the mining run.

    Raises:
        GateError: the checks found the data not fit to be mined.
    """
    parts = _told_in_logs(config)
    require_open_gate(parts, _week(config, week))
    run_id = mine_week(parts, _week(config, week), cutoff_at)
    with parts.store.begin() as uow:
        run, candidates = uow.mining.run(run_id), uow.mining.candidates(run_id)
    assert run is not None
    movements = Counter(str(candidate.movement) for candidate in candidates)
    hours = sum(candidate.avoidable_hours.value for candidate in candidates)
    publish(mining_artifact(week, run_id, run.n_incidents, movements, hours))
    return run_id


@task(name="Propose improvements", task_run_name="propose from {run_id}", cache_policy=NO_CACHE)
def propose_improvements(config: Path, run_id: str) -> int:
    """Put the dearest candidates into the register as proposals; returns how many are new."""
    return propose_entries(_told_in_logs(config), run_id)


@task(name="Prove improvements", task_run_name="prove {week}", cache_policy=NO_CACHE)
def prove_improvements(config: Path, week: str, cutoff_at: datetime) -> Proven:
    """Freeze the baselines of what went live, and keep what was measured of each improvement."""
    return prove_week(_told_in_logs(config), _week(config, week), cutoff_at)


@task(name="Make pack", task_run_name="pack {week}", cache_policy=NO_CACHE)
def make_pack(
    config: Path, week: str, cutoff_at: datetime, run_id: str | None, missing: dict[str, str]
) -> str:
    """Measure the week and write its pack; returns the folder."""
    files = pack_week(_told_in_logs(config), _week(config, week), cutoff_at, run_id, missing)
    written = [files.html, files.pdf, files.candidates, files.register, files.evidence]
    paths = [path for path in (*written, files.quality) if path is not None]
    publish(pack_artifact(week, files.version, paths, missing, files.no_pdf))
    return str(files.folder)


@task(name="Deliver outbox", cache_policy=NO_CACHE)
def deliver_outbox(config: Path) -> str:
    """Take over what people changed, write what was decided; returns the run and its numbers.

    Raises:
        TransientSourceError: a source had to be given up; the next run goes on there.
    """
    parts = _told_in_logs(config)
    start_run(parts)
    deliveries = deliveries_of(parts)
    lines, unread = come_back(parts, deliveries)
    for line in lines:
        parts.say(f"push   {line}")
    run = deliveries.run(new_run_id())
    troubles = {**unread, **deliveries.troubles}
    publish(push_artifact(run, troubles))
    for name, trouble in troubles.items():
        raise TransientSourceError(name, trouble)
    return told_run(run)


def _told_in_logs(config: Path) -> Parts:
    """The parts, with progress going to the log of the run where that is kept."""
    logger = get_run_logger()
    parts = parts_of(config)
    return replace(parts, say=logger.info) if logger.isEnabledFor(logging.INFO) else parts


def _week(config: Path, label: str) -> ReportingWeek:
    return reporting_week(parts_of(config), label)
