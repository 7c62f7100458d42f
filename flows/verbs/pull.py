"""`csi pull`: what is new in every source. Loads nothing that only other stages need."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from flows.counted import counted
from flows.pull_plan import planned, told
from flows.stages.pull import pull_all
from flows.stages.pull_windows import EVER, read_older
from flows.stages.pull_windows import told as windows_told
from flows.verbs.options import (
    fail_on_option,
    json_option,
    started,
    week_and_cutoff,
    week_options,
)
from flows.wiring import Parts

_ALL = 1_000_000


@click.command()
@week_options
@json_option
@fail_on_option
@click.option(
    "--thorough", is_flag=True, help="Compare all keys with the system's, even if counts agree."
)
@click.option(
    "--plan",
    is_flag=True,
    help="Pull nothing: say what it would cost, in rows, requests and hours of each kind.",
)
@click.option(
    "--older",
    is_flag=True,
    help="Read the windows that the first pull left (`first_days`), and nothing else.",
)
@click.option(
    "--windows",
    type=click.IntRange(1),
    help="With --older: at most so many windows of each source; without, all.",
)
def pull(
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    as_json: bool,
    fail_on: tuple[str, ...],
    thorough: bool,
    plan: bool,
    older: bool,
    windows: int | None,
) -> None:
    """Read what is new in every source, and land it."""
    parts = started(config)
    if plan:
        _plan(parts, as_json=as_json)
        return
    _, cutoff_at = week_and_cutoff(parts, week, cutoff)
    if older:
        _older(parts, cutoff_at, windows or _ALL)
        return
    pulled, missing = pull_all(parts, cutoff_at, thorough=thorough, at_once=thorough)
    if as_json:
        rows = [{"source": one.source, "kinds": list(map(asdict, one.kinds))} for one in pulled]
        click.echo(json.dumps({"sources": rows, "missing": missing}, indent=2))
    else:
        for one in pulled:
            click.echo(f"{one.source}: {one.landed:,} landed, {one.quarantined:,} in quarantine")
            for line in counted(one.kinds):
                click.echo(f"  {line}")
    if "quarantine" in fail_on and any(one.quarantined for one in pulled):
        raise SystemExit(1)


def _older(parts: Parts, cutoff_at: datetime, most: int) -> None:
    """Read windows, and tell after each how many are left."""
    for name in parts.sources:
        for turn in read_older(parts, name, cutoff_at, most):
            one = turn.window
            begins = "the beginning" if one.begins_at == EVER else f"{one.begins_at:%Y-%m-%d}"
            click.echo(
                f"{name} {one.kind}: {one.n_read:,} records updated from {begins} to "
                f"{one.ends_at:%Y-%m-%d}; {turn.n_left:,} windows left"
            )
    with parts.store.look() as uow:
        found = uow.windows.list()
    for line in windows_told(found):
        click.echo(line)
    if not found:
        click.echo("no first pull was cut into windows; see first_days in docs/connectors.md")


def _plan(parts: Parts, *, as_json: bool) -> None:
    """Tell what a pull would cost, source by source."""
    plans = []
    for name in parts.sources:
        plan = planned(parts, name)
        plans.append(plan)
        if not as_json:
            click.echo(f"{name}:")
            for line in told(plan):
                click.echo(f"  {line}")
    if as_json:
        rows = [asdict(plan) | {"hours": round(plan.hours, 3)} for plan in plans]
        click.echo(json.dumps(rows, indent=2))
