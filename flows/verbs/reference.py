"""`csi reference`: one workbook for what no tool holds, out and in, and what it lacks."""

import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.verbs.options import config_option, parts_from

WIDTH = 79
MOST_SHOWN = 60


@click.group()
def reference() -> None:
    """Keep what no tool holds: owners, calendars, targets, contracts, clauses, costs, events."""


@reference.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("reference.xlsx"))
@config_option
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def export(file: Path, config: Path, *, force: bool) -> None:
    """Write the workbook with what is known, and a row for each thing that lacks something."""
    from flows.files import write_whole
    from flows.reference_data_book import written
    from flows.reference_data_gaps import looked_at
    from flows.reference_data_rows import rows_to_fill
    from itsm.errors import ConfigError

    if file.exists() and not force:
        raise ConfigError(f"{file} is there already; name another file, or say --force")
    parts = parts_from(config)
    rows = rows_to_fill(parts.settings, looked_at(parts.store))
    write_whole(file, written(rows))
    told = ", ".join(f"{len(of):,} {name}" for name, of in rows.items() if of)
    click.echo(f"wrote {file}: {told or 'nothing is known yet'}")
    click.echo(f"next: fill it in, then csi reference import {file}")


@reference.command(name="import")
@click.argument("file", type=click.Path(path_type=Path), default=Path("reference.xlsx"))
@config_option
@click.option("--dry-run", is_flag=True, help="Check, show what differs, and write nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def import_(file: Path, config: Path, *, dry_run: bool, yes: bool) -> None:
    """Check a workbook whole, show what differs, and take it over as a new version.

    What it says is written beside csi.toml, as csi.reference.toml, and read with it; csi.toml wins.
    Nothing is taken over of a workbook with an error. Exit code 1: nobody said yes.
    """
    from flows.reference_data_import import checked, take_over

    taken = checked(config, file)
    for line in taken.changes[:MOST_SHOWN]:
        click.echo("\n".join(textwrap.wrap(line, WIDTH, subsequent_indent="    ")))
    if len(taken.changes) > MOST_SHOWN:
        click.echo(f"... and {len(taken.changes) - MOST_SHOWN:,} more")
    for key in taken.overruled:
        click.echo(f"! {key}: csi.toml says otherwise, and wins")
    if not taken.changes:
        click.echo("nothing differs from what is there")
        return
    if dry_run:
        return
    if not yes and not _agreed(len(taken.changes)):
        raise SystemExit(1)
    with parts_from(config).store.begin() as uow:
        path = take_over(config, taken, uow, datetime.now(UTC))
        uow.commit()
    click.echo(f"wrote {path}: {len(taken.changes):,} changes")


@reference.command()
@config_option
def gaps(config: Path) -> None:
    """List what nobody has said, and which figures that blocks."""
    from flows.reference_data_gaps import gaps as found_in
    from flows.reference_data_gaps import looked_at, told

    parts = parts_from(config)
    found = list(found_in(parts.settings, looked_at(parts.store)))
    for gap in found:
        head = f"{gap.sheet:<12}"
        for line, indent in ((told(gap), head), (f"blocks: {gap.blocks}", " " * 12)):
            wrapped = textwrap.wrap(line, WIDTH, initial_indent=indent, subsequent_indent=" " * 14)
            click.echo("\n".join(wrapped))
    click.echo(f"{len(found)} gaps; csi reference export writes a workbook to fill in")


def _agreed(n: int) -> bool:
    if not sys.stdin.isatty():
        click.echo("nothing was written: say --yes, or answer on a terminal", err=True)
        return False
    return click.confirm(f"Take over {n:,} changes?", err=True)
