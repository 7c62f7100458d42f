"""`csi pack` and `csi watchlist`: an edition of a period's pack, in the formats asked for."""

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.files import write_whole
from flows.stages.editions import Editions, Occasion
from flows.stages.pack import PackFiles, frozen, pack_week
from flows.telemetry import span
from flows.verbs.options import (
    config_option,
    cutoff_option,
    moment,
    started,
    week_option,
)
from flows.weeks import reporting_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.periods import Months, calendar_month, calendar_quarter, period_of
from reports.editions import EDITIONS, Choice, EditionKind, choice
from reports.formats import Format, render
from reports.language import LANGUAGES

LOGGER = logging.getLogger(__name__)
_KINDS = click.Choice([kind.value for kind in EditionKind])
_FORMATS = click.Choice([kind.value for kind in Format])
language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="The language of the edition.",
)
format_option = click.option(
    "--format",
    "formats",
    type=_FORMATS,
    multiple=True,
    help="A format; may be repeated. Without it, the one the edition usually goes out in.",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder the files are written to.",
)
zone_option = click.option(
    "--zone", default="", metavar="ZONE", help="The reader's time zone, where it is another one."
)


@click.command()
@config_option
@week_option
@click.option(
    "--period",
    metavar="PERIOD",
    help="month or quarter: the one that --week ends in, without --week the last one that has "
    "ended; or a label: 2026-11, 2026-Q4.",
)
@cutoff_option
@click.option("--edition", type=_KINDS, help="Who it is for; full without one.")
@click.option("--service", help="The service of a service owner edition.")
@click.option("--vendor", help="The vendor of a vendor edition, by name or number.")
@click.option("--team", help="The team of a team lead edition or a watch list.")
@language_option
@zone_option
@format_option
@out_option
def pack(
    config: Path,
    week: str | None,
    period: str | None,
    cutoff: str | None,
    edition: str | None,
    service: str | None,
    vendor: str | None,
    team: str | None,
    language: str,
    zone: str,
    formats: tuple[str, ...],
    out: Path | None,
) -> None:
    """Measure a period and write an edition of its pack.

    The edition is kept in the store first, and its files are made from what is kept. Without
    --edition, --format and --out, the full pack of the week is written to the output folder as
    `csi run` does it.
    """
    parts = started(config)
    found = _period(parts, week, period)
    asked = choice(
        edition or EditionKind.FULL,
        service=service,
        vendor=vendor,
        team=team,
        language=language,
        zone=zone,
    )
    occasion = occasion_of(parts, found, _cutoff(parts, found, cutoff, asked))
    is_plain = edition is None and out is None and not formats and language == LANGUAGES[0]
    if is_plain and isinstance(found, ReportingWeek):
        at = occasion.cutoff_at
        paths = _of_week(pack_week(parts, found, at, occasion.run_id, occasion.missing))
    else:
        paths = written(parts, occasion, asked, formats, out)
    for path in paths:
        click.echo(str(path))


@click.command()
@config_option
@click.option("--at", metavar="TIME", help="The moment it is told for; now without one.")
@click.option("--team", help="Only what stands with this team.")
@language_option
@zone_option
@format_option
@out_option
def watchlist(
    config: Path,
    at: str | None,
    team: str | None,
    language: str,
    zone: str,
    formats: tuple[str, ...],
    out: Path | None,
) -> None:
    """Write the clocks that are close to their end and the incidents without progress.

    Pull first: `csi pull && csi watchlist`. It is no part of a weekly pack.
    """
    parts = started(config)
    now = datetime.now(UTC) if at is None else moment(at, "--at").astimezone(UTC)
    asked = choice(EditionKind.WATCH_LIST, team=team, language=language, zone=zone)
    occasion = Occasion(period=ReportingWeek.of(now, parts.settings.zone), cutoff_at=now)
    for path in written(parts, occasion, asked, formats, out):
        click.echo(str(path))


def _cutoff(
    parts: Parts, period: ReportingWeek | Months, given: str | None, asked: Choice
) -> datetime:
    """The moment an edition is true for: the one given, or the period's end plus the lag.

    Raises:
        ConfigError: it is no time, or lies before the end of what is no watch list.
    """
    if given is None:
        return period.cutoff(parts.settings.cutoff_lag)
    at = moment(given, "--cutoff")
    if at < period.end_at and asked.kind is not EditionKind.WATCH_LIST:
        raise ConfigError(
            f"--cutoff lies before the end of {period}; take {period.end_at} or later"
        )
    return at


def occasion_of(parts: Parts, period: ReportingWeek | Months, cutoff_at: datetime) -> Occasion:
    """A period with the mining run of its last week; where there is none, the pack says so."""
    held = Occasion(period=period, cutoff_at=cutoff_at)
    with parts.store.begin() as uow:
        run = uow.mining.of_week(held.week.label)
    missing = {} if run else {"candidates": "the week has not been mined"}
    run_id = run.run_id if run else None
    return Occasion(period=period, cutoff_at=cutoff_at, run_id=run_id, missing=missing)


def written(
    parts: Parts,
    occasion: Occasion,
    asked: Choice,
    formats: Sequence[str],
    out: Path | None,
) -> Iterator[Path]:
    """Freeze an edition, and write its files in each format, as one span of the run."""
    with span("pack"):
        LOGGER.info("pack %s %s: begun", occasion.period.label, asked.kind.value)
        made, _snapshot = frozen(parts, Editions(parts, occasion), asked)
        folder = out or parts.out / "packs" / made.week.replace(":", "")
        for kind in formats or (EDITIONS[asked.kind].format,):
            for file in render(made, Format(kind)):
                yield write_whole(folder / file.name, file.data)


def _of_week(files: PackFiles) -> Iterator[Path]:
    yield files.html
    if files.pdf:
        yield files.pdf


def _period(parts: Parts, week: str | None, period: str | None) -> ReportingWeek | Months:
    """The period that the options ask for.

    Raises:
        ConfigError: it is none, or a label and a week are both given.
    """
    zone = parts.settings.zone
    if period is None:
        return reporting_week(parts, week)
    if period not in ("month", "quarter"):
        if week is not None:
            raise ConfigError("give --week with --period month or quarter, or a label alone")
        return period_of(period, zone)
    last = reporting_week(parts, week)
    day = last.shifted(1).first_day
    find = _month if period == "month" else _quarter
    if week is None:
        return find(day.year, day.month, zone).shifted(-1)
    held = last.monday
    return find(held.year, held.month, zone)


def _month(year: int, month: int, zone: str) -> Months:
    return calendar_month(f"{year:04d}-{month:02d}", zone)


def _quarter(year: int, month: int, zone: str) -> Months:
    return calendar_quarter(f"{year:04d}-Q{(month + 2) // 3}", zone)
