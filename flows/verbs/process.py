"""`csi process FILE`: where a process waits, from any log of cases with steps."""

from collections.abc import Iterator
from pathlib import Path

import click

from connectors.files.case_log import CaseLog
from flows.files import write_whole
from flows.process import LogFile, delay_map, read_log
from flows.progress import Teller
from flows.verbs.options import moment
from reports.leaflet import leaflet_lines, render_leaflet
from reports.process_page import process_leaflet


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--map",
    "pairs",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="Which column holds a field, as step=Activity; an empty COLUMN means none.",
)
@click.option("--name", help="The name of the process; without it, that of the file.")
@click.option("--vendor", "vendors", multiple=True, help="An owner that is a vendor.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of times that name none.")
@click.option("--at", metavar="TIME", help="What is known; without it, the log's last time.")
@click.option(
    "--ahead",
    type=click.IntRange(1, 366),
    default=14,
    show_default=True,
    help="Cases needed within so many days are looked at for unfinished steps.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the page here, as HTML.")
def process(
    file: Path,
    pairs: tuple[str, ...],
    name: str | None,
    vendors: tuple[str, ...],
    zone: str,
    at: str | None,
    ahead: int,
    out: Path | None,
) -> None:
    """Map where a process waits, from any log of cases with steps.

    FILE is CSV, Excel, JSON Lines or Parquet with a row per step: its case, its step, when it
    ended, and, where known, who did it, when it could begin, when it began, and by when the case is
    needed. The columns are guessed, told, and corrected with --map.
    """
    log = LogFile(file, pairs, zone, name, vendors)
    read = read_log(log)
    say = Teller()
    for line in _read(read):
        say(line)
    delay = delay_map(read, None if at is None else moment(at, "--at"), ahead)
    page = process_leaflet(delay, log.title, zone, ahead, read.assumed)
    click.echo("\n".join(leaflet_lines(page)))
    if out is not None:
        click.echo(str(write_whole(out, render_leaflet(page).encode())))


def _read(read: CaseLog) -> Iterator[str]:
    """How the log was understood, so that a person can correct it."""
    yield "log    " + ", ".join(f"{field}={column}" for field, column in read.columns.items())
    yield f"log    {len(read.steps):,} steps in {read.n_rows:,} rows"
    for reason, n in read.unread.items():
        yield f"log    {n:,} rows: the row {reason}"
