"""Which week a run is for, and the moment it is true for."""

from datetime import UTC, datetime

from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.periods import Months


def reporting_week(parts: Parts, label: str | None) -> ReportingWeek:
    """The week of a label; without one, the last week that has ended.

    Raises:
        ConfigError: the label is not a week.
    """
    zone = parts.settings.zone
    if label is None:
        return ReportingWeek.of(datetime.now(UTC), zone).shifted(-1)
    return ReportingWeek.parse(label, zone)


def last_week(period: ReportingWeek | Months) -> ReportingWeek:
    """A week itself, or the last week that ends in a period."""
    if isinstance(period, ReportingWeek):
        return period
    return ReportingWeek.of(period.end_at, period.zone).shifted(-1)


def cutoff_of(parts: Parts, week: ReportingWeek, cutoff_at: datetime | None) -> datetime:
    """The cut-off that is asked for, or the week's end plus the configured lag.

    Raises:
        ConfigError: the cut-off has no zone, or lies before the week's end.
    """
    if cutoff_at is None:
        return week.cutoff(parts.settings.cutoff_lag)
    if cutoff_at.tzinfo is None:
        raise ConfigError("--cutoff has no time zone; write it as 2026-11-23T06:00:00Z")
    if cutoff_at < week.end_at:
        raise ConfigError(f"--cutoff lies before the end of {week}; take {week.end_at} or later")
    return cutoff_at.astimezone(UTC)
