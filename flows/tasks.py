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
from prefect.assets import materialize
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.tasks import Task

from flows.artifacts import (
    backup_artifact,
    check_artifact,
    delivery_artifact,
    failed_pull_artifact,
    mining_artifact,
    pack_artifact,
    pull_artifact,
    push_artifact,
)
from flows.assets import (
    BACKUPS,
    CANDIDATES,
    CHECKS,
    DELIVERIES,
    OUTBOX,
    PACKS,
    RECORDS,
    REGISTER,
)
from flows.backing_up import backup_now
from flows.blocks import parts_of
from flows.delivering import deliver
from flows.events import (
    backed_up,
    delivered,
    gate_judged,
    mined,
    pack_made,
    pulled,
    pushed,
    regressed,
    source_failed,
)
from flows.mining_ahead import check_beside
from flows.outcomes import publish
from flows.pull_report import unmapped_codes
from flows.push_text import told_run
from flows.pushing import come_back, new_run_id
from flows.pushing import deliveries as deliveries_of
from flows.run_ids import set_run_id
from flows.stages.check import require_open_gate
from flows.stages.pack import pack_week
from flows.stages.propose import propose_entries
from flows.stages.prove import Proven, prove_week
from flows.stages.pull import pull
from flows.starting import start_run
from flows.task_runners import mine_anywhere
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts
from itsm.candidates import Life
from itsm.clocks import ReportingWeek
from itsm.deliveries import DeliveryState
from itsm.errors import CsiError, PublishError, TransientSourceError
from itsm.register import RegisterState

RETRY_DELAYS_S = [5.0, 30.0, 120.0, 600.0]
"""Waits before the next try of a source that may answer later."""


async def is_transient(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed task may succeed when tried again."""
    result = await state.aresult(raise_on_failure=False)
    return isinstance(result, TransientSourceError)


@task(name="Find week and cut-off", cache_policy=NO_CACHE)
def find_week(config: Path, week: str | None, cutoff_at: datetime | None) -> tuple[str, datetime]:
    """The label of the week to report and the moment its pack is true for."""
    _name_run()
    parts = parts_of(config)
    start_run(parts)
    found = reporting_week(parts, week)
    return found.label, cutoff_of(parts, found, cutoff_at)


@materialize(
    RECORDS,
    name="Pull source",
    task_run_name="pull {name}",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=is_transient,
    cache_policy=NO_CACHE,
)
def pull_source(config: Path, name: str, cutoff_at: datetime, *, thorough: bool = False) -> int:
    """Read what is new in a source and land it; returns how many records landed."""
    parts, started = told_in_logs(config), time.monotonic()
    try:
        count = pull(parts, name, cutoff_at, thorough=thorough)
    except CsiError as error:
        publish(failed_pull_artifact(name, str(error), time.monotonic() - started))
        source_failed(name, error, may_pass=isinstance(error, TransientSourceError))
        raise
    publish(pull_artifact(count, unmapped_codes(parts, count), time.monotonic() - started))
    pulled(count)
    return count.landed


@materialize(
    CHECKS,
    asset_deps=[RECORDS],
    name="Check records",
    task_run_name="check {week}",
    cache_policy=NO_CACHE,
)
def check_records(config: Path, week: str, cutoff_at: datetime) -> int:
    """Check what is known at the cut-off; returns how many findings stop mining."""
    parts, of_week = told_in_logs(config), _week(config, week)
    report = check_beside(parts, of_week, cutoff_at)
    publish(check_artifact(week, report))
    gate_judged(week, report)
    return len(report.stops)


@materialize(
    CANDIDATES,
    asset_deps=[RECORDS, CHECKS],
    name="Mine candidates",
    task_run_name="mine {week}",
    cache_policy=NO_CACHE,
)
def mine_candidates(config: Path, week: str, cutoff_at: datetime) -> str:
    """Group repeat incidents; returns the id of the mining run.

    Raises:
        GateError: the checks found the data not fit to be mined.
    """
    parts = told_in_logs(config)
    require_open_gate(parts, _week(config, week))
    before = _lives(parts)
    run_id = mine_anywhere(config, _week(config, week), cutoff_at)
    with parts.store.look() as uow:
        run, candidates = uow.mining.run(run_id), uow.mining.candidates(run_id)
    assert run is not None
    movements = Counter(str(candidate.movement) for candidate in candidates)
    hours = sum(candidate.avoidable_hours.value for candidate in candidates)
    publish(mining_artifact(week, run_id, run.n_incidents, movements, hours))
    mined(week, run_id, before, candidates)
    return run_id


def _lives(parts: Parts) -> frozenset[tuple[str, Life]]:
    """Id and life of the candidates of the newest run."""
    with parts.store.look() as uow:
        newest = uow.mining.latest()
        found = uow.mining.candidates(newest.run_id) if newest else ()
    return frozenset((one.candidate_id, one.life) for one in found)


@materialize(
    REGISTER,
    asset_deps=[CANDIDATES],
    name="Propose improvements",
    task_run_name="propose from {run_id}",
    cache_policy=NO_CACHE,
)
def propose_improvements(config: Path, run_id: str) -> int:
    """Put the dearest candidates into the register as proposals; returns how many are new."""
    return propose_entries(told_in_logs(config), run_id)


@materialize(
    REGISTER,
    asset_deps=[RECORDS],
    name="Prove improvements",
    task_run_name="prove {week}",
    cache_policy=NO_CACHE,
)
def prove_improvements(config: Path, week: str, cutoff_at: datetime) -> Proven:
    """Freeze the baselines of what went live, and keep what was measured of each improvement."""
    parts = told_in_logs(config)
    before = _fallen_back(parts)
    proven = prove_week(parts, _week(config, week), cutoff_at)
    regressed(week, _fallen_back(parts) - before)
    return proven


def _fallen_back(parts: Parts) -> frozenset[str]:
    """The improvements that have regressed."""
    with parts.store.look() as uow:
        entries = uow.register.list()
    return frozenset(one.number for one in entries if one.state is RegisterState.REGRESSED)


@materialize(
    PACKS,
    asset_deps=[RECORDS, CHECKS, CANDIDATES, REGISTER],
    name="Make pack",
    task_run_name="pack {week}",
    cache_policy=NO_CACHE,
)
def make_pack(
    config: Path, week: str, cutoff_at: datetime, run_id: str | None, missing: dict[str, str]
) -> str:
    """Measure the week and write its pack; returns the folder."""
    files = pack_week(told_in_logs(config), _week(config, week), cutoff_at, run_id, missing)
    written = [files.html, files.pdf, files.candidates, files.register, files.evidence]
    paths = [path for path in (*written, files.quality) if path is not None]
    publish(pack_artifact(week, files.version, paths, missing, files.no_pdf))
    pack_made(week, files.version, list(missing))
    return str(files.folder)


@materialize(OUTBOX, asset_deps=[CANDIDATES, REGISTER], name="Deliver outbox",
             cache_policy=NO_CACHE)  # fmt: skip
def deliver_outbox(config: Path) -> str:
    """Take over what people changed, write what was decided; returns the run and its numbers.

    Raises:
        TransientSourceError: a source had to be given up; the next run goes on there.
    """
    parts = told_in_logs(config)
    start_run(parts)
    deliveries = deliveries_of(parts)
    lines, unread = come_back(parts, deliveries)
    for line in lines:
        parts.say(f"push   {line}")
    run = deliveries.run(new_run_id())
    troubles = {**unread, **deliveries.troubles}
    publish(push_artifact(run, troubles))
    pushed(run.run_id, run.numbers, troubles)
    for name, trouble in troubles.items():
        raise TransientSourceError(name, trouble)
    return told_run(run)


@materialize(DELIVERIES, asset_deps=[PACKS], name="Deliver packs", cache_policy=NO_CACHE)
def deliver_packs(config: Path, week: str | None) -> str:
    """Send what is released and due, to each reader once; returns what became of it.

    Raises:
        PublishError: a way out was closed, or it is not known whether something arrived.
    """
    parts = told_in_logs(config)
    if not parts.settings.delivery.is_on:
        return "delivery.is_on is not set: nothing was sent"
    start_run(parts)
    done = deliver(parts, week)
    delivered(done)
    publish(delivery_artifact(done.sent.told, done.due.waits, done.sent.troubles))
    unclear = len(done.sent.flagged) + done.sent.numbers.get(DeliveryState.UNCLEAR, 0)
    if done.sent.troubles or unclear:
        closed = "; ".join(f"{name}: {why}" for name, why in sorted(done.sent.troubles.items()))
        told = f"{unclear} unclear, see `csi deliveries`" if unclear else ""
        raise PublishError("; ".join(filter(None, (done.sent.told, closed, told))))
    return done.sent.told


@materialize(BACKUPS, asset_deps=[RECORDS, REGISTER, PACKS], name="Back up database",
             cache_policy=NO_CACHE)  # fmt: skip
def back_up_database(config: Path) -> str:
    """Copy the database while others use it, verify the copy, remove the oldest; the copy."""
    parts = told_in_logs(config)
    start_run(parts, needs_applied=False)
    settings = parts.settings.backup
    made, n_removed = backup_now(parts.store, parts.base / settings.folder, settings.keep)
    backed_up(made)
    publish(backup_artifact(made, n_removed))
    return str(made.file)


def told_in_logs(config: Path) -> Parts:
    """The parts, with progress going to the log of the run where that is kept."""
    logger = get_run_logger()
    _name_run()
    parts = parts_of(config)
    return replace(parts, say=logger.info) if logger.isEnabledFor(logging.INFO) else parts


def _name_run() -> None:
    """Let logs, spans and the store name this run as Prefect does."""
    if flow_run.id:
        set_run_id(str(flow_run.id))


def _week(config: Path, label: str) -> ReportingWeek:
    return reporting_week(parts_of(config), label)
