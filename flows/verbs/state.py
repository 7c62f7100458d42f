"""The verbs that show what is kept: `status`, `register`, and `db`."""

import json
from pathlib import Path

import click

from flows.counted import compared
from flows.verbs.options import config_option, json_option, parts_from
from itsm.codec import to_plain
from itsm.register import RegisterEntry


@click.command()
@config_option
def status(config: Path) -> None:
    """Show what the store holds: records, the systems' own counts, quarantine, mining."""
    parts = parts_from(config)
    for kind, n in sorted(parts.store.queries.counts().items()):
        click.echo(f"{kind:24} {n:>12,}")
    if compared_with := parts.store.queries.reconciliations():
        click.echo("beside the systems' own counts, at the last pull:")
        for line in compared(compared_with):
            click.echo(f"  {line}")
    for one in parts.store.queries.quarantine_counts():
        click.echo(f"quarantine {one.source} {one.kind}: {one.n:,} x {one.reason}; {one.remedy}")
    with parts.store.begin() as uow:
        run = uow.mining.latest()
    if run is None:
        click.echo("nothing has been mined yet")
    else:
        click.echo(f"last mining run: {run.run_id}, {run.n_incidents:,} incidents")


@click.command()
@config_option
@json_option
def register(config: Path, *, as_json: bool) -> None:
    """List the entries of the register, highest score first."""
    parts = parts_from(config)
    with parts.store.begin() as uow:
        entries = sorted(uow.register.list(), key=lambda entry: (-(entry.score or 0), entry.number))
    if as_json:
        click.echo(json.dumps(to_plain(tuple(entries)), indent=2, ensure_ascii=False))
        return
    for entry in entries:
        click.echo(f"{entry.number}  {entry.state:12} {_scored(entry)}  {entry.title}")
    if not entries:
        click.echo("the register is empty")


@click.group(name="db")
def database() -> None:
    """Look after the database."""


@database.command()
@config_option
def upgrade(config: Path) -> None:
    """Bring the database to the schema of this version; every other verb does so, too."""
    parts_from(config)
    click.echo("the database is up to date")


def _scored(entry: RegisterEntry) -> str:
    """The score, or what is not known yet."""
    return f"score {entry.score:.1f}" if entry.score else f"not known: {', '.join(entry.gaps)}"
