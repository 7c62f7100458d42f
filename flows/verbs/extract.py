"""`csi extract`: a star schema for Power BI, Tableau and every other tool that reads tables."""

from collections.abc import Sequence
from pathlib import Path

import click

from flows.artefacts import address_of
from flows.extracting import extract as make
from flows.verbs.options import parts_from, week_and_cutoff, week_options
from flows.weeks import reporting_week
from flows.wiring import Parts
from itsm.errors import ConfigError
from reports.extract.extraction import Extracted, Wanted
from reports.extract.parts import PartFormat
from reports.extract.upload import upload as bring
from reports.places import Place
from store.views import make_views

_HYPER = "hyper"
_FORMATS = click.Choice([*(one.value for one in PartFormat), _HYPER])


@click.command()
@week_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder of the extract; without it, `extract` in the folder of results.",
)
@click.option(
    "--format",
    "formats",
    type=_FORMATS,
    multiple=True,
    help="What to write; may be repeated. Hyper, for Tableau, comes with Parquet. "
    "[default: parquet]",
)
@click.option(
    "--views",
    is_flag=True,
    help="Make views in the database instead, named bi_...; again after each upgrade.",
)
@click.option(
    "--since",
    metavar="YYYY-Www",
    help="Look only at what began in this week or later; parts of earlier weeks stay as they are.",
)
@click.option(
    "--upload",
    is_flag=True,
    help="Bring it to artefacts.address, too, below extract/: only what differs is sent.",
)
def extract(
    config: Path,
    week: str | None,
    cutoff: str | None,
    out: Path | None,
    formats: tuple[str, ...],
    since: str | None,
    *,
    views: bool,
    upload: bool,
) -> None:
    """Write the extract for dashboards: a star schema without personal data.

    Parts that did not change keep their files; the extract before stays in place until the new one
    is whole.
    """
    parts = parts_from(config)
    if upload and not parts.settings.artefacts.address:
        raise ConfigError("--upload needs artefacts.address, such as s3://bucket/csi, in csi.toml")
    if views:
        for name in make_views(parts.store, parts.settings.zone):
            click.echo(name)
        return
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    first = reporting_week(parts, since) if since else None
    if first is not None and first > found:
        raise ConfigError(f"--since {first} lies after the newest week, {found}")
    wanted = Wanted(
        home=out or parts.out / "extract",
        formats=_asked(formats),
        with_hyper=_HYPER in formats,
        week=found,
        cutoff_at=cutoff_at,
        since=first,
    )
    made = make(parts, wanted)
    for line in told(made):
        click.echo(line)
    if upload:
        click.echo(uploaded(parts, made))


def _asked(formats: Sequence[str]) -> tuple[PartFormat, ...]:
    """The formats of parts; Parquet where none is named, and where Tableau's file is made of it."""
    asked = [one for one in PartFormat if one.value in formats]
    if PartFormat.PARQUET not in asked and (_HYPER in formats or not asked):
        asked.insert(0, PartFormat.PARQUET)
    return tuple(asked)


def uploaded(parts: Parts, made: Extracted) -> str:
    """Bring an extract to the address of artefacts; what was sent, in a line."""
    address = address_of(parts.settings, parts.base)
    done = bring(made.folder, Place(address, setting="artefacts.address"))
    kept = f"{done.n_kept:,} there as they were, {done.n_removed:,} removed"
    return f"{done.where}: {done.n_sent:,} files sent, {kept}"


def told(made: Extracted) -> list[str]:
    """What an extract came to, in lines."""
    counts = [f"{name:24} {n:>12,} rows" for name, n in made.n_rows.items()]
    kept = f"{made.n_written:,} files written, {made.n_kept:,} kept as they were"
    return [*counts, f"{made.folder} (version {made.version}): {kept}"]
