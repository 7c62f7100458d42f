"""`csi mine`: candidates of a week in the store, or of any file without a database."""

from pathlib import Path

import click

from flows.file_mining import mine_file
from flows.progress import Teller
from flows.stages.check import require_open_gate
from flows.stages.mine import mine_week
from flows.taught import explained_newest
from flows.verbs.options import parts_from, week_and_cutoff, week_options
from itsm.errors import ConfigError

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option(
    "--map",
    "maps",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="Which column holds a field, as short_description=Title; may be repeated.",
)
@click.option("--assignments", type=FILE, help="Write id,candidate_id,score of every row here.")
@click.option(
    "--explain-model",
    "explains",
    is_flag=True,
    help="Mine nothing; say what was learned from the company's own evidence, and how well.",
)
@week_options
def mine(
    file: Path | None,
    maps: tuple[str, ...],
    assignments: Path | None,
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    explains: bool,
) -> None:
    """Group repeat incidents into problem candidates.

    With FILE, any export is mined by itself and --assignments says which row belongs to which
    candidate. Without it, the incidents of the configured installation are mined for a week.
    """
    if file is not None:
        if assignments is None:
            raise ConfigError("--assignments is missing; it names the file to write")
        mined = mine_file(file, maps, assignments, Teller())
        click.echo(f"{mined.n_rows:,} rows, {mined.n_candidates:,} candidates: {assignments}")
        return
    parts = parts_from(config)
    if explains:
        for line in explained_newest(parts):
            click.echo(line)
        return
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    require_open_gate(parts, found)
    click.echo(mine_week(parts, found, cutoff_at))
