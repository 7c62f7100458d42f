"""Options that several verbs share, and how they become parts, week and cut-off."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from flows import logs
from flows.progress import Teller
from flows.settings import load_settings
from flows.starting import start_run
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.periods import Months, calendar_month, calendar_quarter, period_of

F = TypeVar("F", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("csi.toml"),
    show_default=True,
    help="The configuration file.",
)
week_option = click.option(
    "--week", metavar="YYYY-Www", help="ISO week; without it the last week that has ended."
)
cutoff_option = click.option(
    "--cutoff",
    metavar="TIME",
    help="The moment the pack is true for, as 2026-11-23T06:00:00Z; without it the week's end "
    "plus the configured lag.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
FINDINGS = click.Choice(["quarantine", "gate"])
fail_on_option = click.option(
    "--fail-on", type=FINDINGS, multiple=True, help="End with exit code 1 when this was found."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be written, and write nothing."
)


def week_options(command: F) -> F:
    """The options of a verb that works on a week of a configured installation."""
    return config_option(week_option(cutoff_option(command)))


def period_options(command: F) -> F:
    """The options of a verb that tells a week, a month or a quarter of an installation."""
    for option in reversed(
        (
            config_option,
            click.option(
                "--period",
                metavar="LABEL",
                help="A week, month or quarter: 2026-W46, 2026-11 or 2026-Q4; without one, the "
                "last week that has ended.",
            ),
            click.option("--week", metavar="YYYY-Www", help="The same, for a week."),
            click.option("--month", metavar="YYYY-MM", help="The same, for a calendar month."),
            click.option("--quarter", metavar="YYYY-Qn", help="The same, for a calendar quarter."),
            cutoff_option,
        )
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Asked:
    """The period that options ask for, and the cut-off it is told at."""

    period: ReportingWeek | Months
    cutoff_at: datetime


def asked(
    parts: Parts,
    period: str | None,
    week: str | None,
    month: str | None,
    quarter: str | None,
    cutoff: str | None,
) -> Asked:
    """The period and cut-off that `period_options` ask for.

    The cut-off may lie amid the period; without one it is the period's end plus the lag.

    Raises:
        ConfigError: several periods are given, or one is not valid.
    """
    labels = [one for one in (period, week, month, quarter) if one is not None]
    if len(labels) > 1:
        raise ConfigError("give one of --period, --week, --month and --quarter")
    zone = parts.settings.zone
    found: ReportingWeek | Months
    if month is not None:
        found = calendar_month(month, zone)
    elif quarter is not None:
        found = calendar_quarter(quarter, zone)
    elif period is not None:
        found = period_of(period, zone)
    else:
        found = reporting_week(parts, week)
    lag = parts.settings.cutoff_lag
    return Asked(found, found.cutoff(lag) if cutoff is None else moment(cutoff, "--cutoff"))


def moment(text: str, option: str) -> datetime:
    """A time with its zone.

    Raises:
        ConfigError: it is no time, or has no zone.
    """
    at = parsed_time(text)
    if at.tzinfo is None:
        raise ConfigError(f"{option} has no time zone; write it as 2026-11-23T06:00:00Z")
    return at


def parts_from(config: Path) -> Parts:
    """The parts of a configuration file, with progress on stderr."""
    settings = load_settings(config)
    _log_as(settings.logs.format)
    return build(settings, config.resolve().parent, Teller())


def _log_as(form: str) -> None:
    """Write logs as the configuration says, unless the command line says otherwise."""
    context = click.get_current_context(silent=True)
    asked = context.find_root().params.get("log_format") if context else None
    if asked is None and (form == logs.JSON) != logs.are_json():
        logs.configure(form, logging.getLogger().level)


def started(config: Path) -> Parts:
    """The same, for a verb that is a run of its own: the database is seen to be sound first."""
    parts = parts_from(config)
    start_run(parts)
    return parts


def week_and_cutoff(
    parts: Parts, label: str | None, cutoff: str | None
) -> tuple[ReportingWeek, datetime]:
    """The week and cut-off that the options ask for."""
    week = reporting_week(parts, label)
    return week, cutoff_of(parts, week, parsed_time(cutoff) if cutoff else None)


def parsed_time(text: str) -> datetime:
    """A time as ISO 8601.

    Raises:
        ConfigError: it is none.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a time; write it as 2026-11-23T06:00:00Z") from None
