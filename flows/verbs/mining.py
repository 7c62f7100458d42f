"""`csi mine`: candidates of a week in the store, or of any file without a database."""

from pathlib import Path

import click

from flows.file_mining import Wish, mine_file
from flows.progress import Teller
from flows.stages.check import require_open_gate
from flows.stages.mine import mine_week
from flows.taught import explained_newest
from flows.verbs.options import started, week_and_cutoff, week_options
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
@click.option(
    "--preset",
    metavar="NAME",
    help="Whose export FILE is, as servicenow or jira; without it the columns are guessed.",
)
@click.option("--assignments", type=FILE, help="Write id,candidate_id,score of every row here.")
@click.option("--neighbours", type=FILE, help="Write the most alike rows of every row here.")
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many.")
@click.option("--report", type=FILE, help="Write the groups as one page (HTML) here.")
@click.option(
    "--labels", type=FILE, help="A file with id and cause of known repeats, to learn from."
)
@click.option("--no-model", "avoids_model", is_flag=True, help="Leave the language model alone.")
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
    preset: str | None,
    assignments: Path | None,
    neighbours: Path | None,
    k: int,
    report: Path | None,
    labels: Path | None,
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    avoids_model: bool,
    explains: bool,
) -> None:
    """Group repeat incidents into problem candidates.

    With FILE, any export is mined by itself: --assignments says which row belongs to which
    candidate, --neighbours which rows are most alike, --report shows the groups. Without it, the
    incidents of the configured installation are mined for a week.
    """
    if file is not None:
        wish = Wish(
            assignments=assignments,
            neighbours=neighbours,
            k=k,
            report=report,
            labels=labels,
            uses_model=not avoids_model,
            preset=preset,
        )
        _mine_file(file, maps, wish)
        return
    parts = started(config)
    if explains:
        for line in explained_newest(parts):
            click.echo(line)
        return
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    require_open_gate(parts, found)
    click.echo(mine_week(parts, found, cutoff_at))


def _mine_file(file: Path, maps: tuple[str, ...], wish: Wish) -> None:
    if not any((wish.assignments, wish.neighbours, wish.report)):
        raise ConfigError(
            "nothing is to be written: name a file with --assignments, --neighbours or --report"
        )
    mined = mine_file(file, maps, wish, Teller())
    found = "" if mined.n_candidates is None else f", {mined.n_candidates:,} candidates"
    click.echo(f"{mined.n_rows:,} rows{found}: {', '.join(map(str, mined.written))}")
