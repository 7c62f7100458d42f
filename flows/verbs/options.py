"""Options that several verbs share, and how they become parts, week and cut-off."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from flows.progress import Teller
from flows.settings import load_settings
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError

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


def parts_from(config: Path) -> Parts:
    """The parts of a configuration file, with progress on stderr."""
    return build(load_settings(config), config.resolve().parent, Teller())


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
