"""`csi status`: what the store holds and what is set aside."""

from pathlib import Path

import click

from flows.counted import compared
from flows.verbs.options import config_option, parts_from


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
