"""`csi status`: the last good run of each stage, what is late, what waits for a person."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.counted import compared
from flows.stages.pull_windows import told as windows_told
from flows.standing import Standing, standings, told, told_waiting
from flows.verbs.options import config_option, json_option, parts_from
from flows.weeks_standing import told_weeks
from flows.wiring import Parts
from store.waiting import Waiting
from store.windows import Window


@click.command()
@config_option
@click.option("--fail-on-late", is_flag=True, help="End with exit code 1 when a stage is late.")
@click.option("--quarantine", is_flag=True, help="Say what is set aside, and what would mend it.")
@json_option
def status(config: Path, *, fail_on_late: bool, quarantine: bool, as_json: bool) -> None:
    """Show how it stands: stages, what is late, what waits for a person, what is stored.

    A stage is late when it has not ended well for as many hours as `late` in csi.toml says.
    """
    parts, now = parts_from(config), datetime.now(UTC)
    found = standings(parts, now)
    with parts.store.look() as uow:
        waits = uow.waiting()
    if as_json:
        click.echo(_as_json(parts, found, waits, now))
    else:
        _tell(parts, found, waits, now)
        if quarantine:
            _tell_quarantine(parts)
    if fail_on_late and any(one.is_late for one in found):
        raise SystemExit(1)


def _tell(parts: Parts, found: Sequence[Standing], waits: Waiting, now: datetime) -> None:
    for one in found:
        click.echo(told(one, now))
    for line in told_weeks(parts, now):
        click.echo(f"weeks: {line}")
    click.echo("waits for a person:")
    for line in list(told_waiting(waits)) or ["nothing"]:
        click.echo(f"  {line}")
    click.echo("stored:")
    for kind, n in sorted(parts.store.queries.counts().items()):
        if n:
            click.echo(f"  {kind:24} {n:>12,}")
    if compared_with := parts.store.queries.reconciliations():
        click.echo("beside the systems' own counts, at the last pull:")
        for line in compared(compared_with):
            click.echo(f"  {line}")
    with parts.store.look() as uow:
        run, windows = uow.mining.latest(), uow.windows.list()
    _tell_windows(windows)
    if run is None:
        click.echo("nothing has been mined yet")
    else:
        click.echo(f"last mining run: {run.run_id}, {run.n_incidents:,} incidents")


def _tell_windows(windows: Sequence[Window]) -> None:
    """How far the years before a first pull were read, as long as some are left."""
    if any(one.done_at is None for one in windows):
        click.echo("before the first pull, read by csi pull --older:")
        for line in windows_told(windows):
            click.echo(f"  {line}")


def _tell_quarantine(parts: Parts) -> None:
    for one in parts.store.queries.quarantine_counts():
        click.echo(f"quarantine {one.source} {one.kind}: {one.n:,} x {one.reason}; {one.remedy}")


def _as_json(parts: Parts, found: Sequence[Standing], waits: Waiting, now: datetime) -> str:
    """All of it for a monitor: times as ISO 8601 in UTC."""
    whole = {
        "at": _iso(now),
        "is_late": any(one.is_late for one in found),
        "stages": [_stage(one) for one in found],
        "waiting": asdict(waits),
        "weeks": list(told_weeks(parts, now)),
        "stored": {kind.value: n for kind, n in sorted(parts.store.queries.counts().items()) if n},
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _stage(one: Standing) -> dict[str, object]:
    run = one.run
    return {
        "stage": one.stage,
        "source": one.source or None,
        "is_late": one.is_late,
        "expected_within_h": one.expected_within_h,
        "good_at": _iso(run.good_at) if run else None,
        "outcome": run.outcome.value if run else None,
        "began_at": _iso(run.began_at) if run else None,
        "ended_at": _iso(run.ended_at) if run else None,
        "run": run.run if run else None,
        "error": run.error if run else None,
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
