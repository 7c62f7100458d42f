"""Periods that figures are told for: weeks, calendar months and quarters, and the last day."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, Self

from itsm.clocks import ReportingWeek, zone_of
from itsm.errors import ConfigError

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


class Period(Protocol):
    """A stretch of local days in a zone, with neighbours of its own kind."""

    @property
    def zone(self) -> str:
        """IANA name of the zone of its days."""

    @property
    def label(self) -> str:
        """The label; labels of one kind sort by time."""

    @property
    def first_day(self) -> date:
        """The first day."""

    @property
    def start_at(self) -> datetime:
        """The first instant, in UTC."""

    @property
    def end_at(self) -> datetime:
        """The first instant after it, in UTC."""

    def shifted(self, periods: int, /) -> Self:
        """The period so many later (or earlier, when negative)."""

    def last(self, n: int, /) -> tuple[Self, ...]:
        """The last n periods up to and including this one, oldest first."""


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """One calendar month, or the three of a calendar quarter, in a time zone.

    Attributes:
        first: months since year 0 of the first month.
        length: 1 for a month, 3 for a quarter.
        zone: IANA name.
    """

    first: int
    length: int
    zone: str = "UTC"

    @property
    def label(self) -> str:
        """The label, such as 2026-08 or 2026-Q3."""
        year, month = divmod(self.first, 12)
        if self.length == 1:
            return f"{year:04d}-{month + 1:02d}"
        return f"{year:04d}-Q{month // 3 + 1}"

    @property
    def first_day(self) -> date:
        """The first day."""
        return _first_of(self.first)

    @property
    def start_at(self) -> datetime:
        """The first instant, in UTC."""
        return self._midnight(self.first)

    @property
    def end_at(self) -> datetime:
        """The first instant after it, in UTC."""
        return self._midnight(self.first + self.length)

    def shifted(self, periods: int) -> Self:
        """The period so many later (or earlier, when negative)."""
        return type(self)(self.first + periods * self.length, self.length, self.zone)

    def last(self, n: int) -> tuple[Self, ...]:
        """The last n periods up to and including this one, oldest first."""
        return tuple(self.shifted(-back) for back in range(n - 1, -1, -1))

    def cutoff(self, lag: timedelta) -> datetime:
        """The moment a figure of it is true for: its end plus a lag for late updates."""
        return self.end_at + lag

    def _midnight(self, month: int) -> datetime:
        return datetime.combine(_first_of(month), time(), zone_of(self.zone)).astimezone(UTC)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True, order=True)
class DayUpTo:
    """The 24 hours up to a moment, for what is told as it stands now.

    Attributes:
        end_at: the moment, in UTC.
        zone: IANA name.
    """

    end_at: datetime
    zone: str = "UTC"

    @property
    def label(self) -> str:
        """The local day and minute it ends at, such as 2026-11-16 06:30."""
        return f"{self.end_at.astimezone(zone_of(self.zone)):%Y-%m-%d %H:%M}"

    @property
    def first_day(self) -> date:
        """The local day it begins on."""
        return self.start_at.astimezone(zone_of(self.zone)).date()

    @property
    def start_at(self) -> datetime:
        """The first instant, in UTC."""
        return self.end_at - timedelta(days=1)

    def shifted(self, periods: int) -> Self:
        """The period so many days later (or earlier, when negative)."""
        return type(self)(self.end_at + timedelta(days=periods), self.zone)

    def last(self, n: int) -> tuple[Self, ...]:
        """The last n periods up to and including this one, oldest first."""
        return tuple(self.shifted(-back) for back in range(n - 1, -1, -1))


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def calendar_month(text: str, zone: str = "UTC") -> Months:
    """A month from its label, such as 2026-08.

    Raises:
        ConfigError: the label or the zone is not valid.
    """
    match = _MONTH.fullmatch(text.strip())
    zone_of(zone)
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < 1:
        raise ConfigError(f"month {text!r} is not a month label; write it as 2026-08")
    return Months(int(match[1]) * 12 + int(match[2]) - 1, 1, zone)


def calendar_quarter(text: str, zone: str = "UTC") -> Months:
    """A quarter from its label, such as 2026-Q3.

    Raises:
        ConfigError: the label or the zone is not valid.
    """
    match = _QUARTER.fullmatch(text.strip())
    zone_of(zone)
    if match is None or int(match[1]) < 1:
        raise ConfigError(f"quarter {text!r} is not a quarter label; write it as 2026-Q3")
    return Months(int(match[1]) * 12 + (int(match[2]) - 1) * 3, 3, zone)


def period_of(text: str, zone: str = "UTC") -> ReportingWeek | Months:
    """A week, month or quarter from its label.

    Raises:
        ConfigError: the label is none of these.
    """
    if _MONTH.fullmatch(text.strip()):
        return calendar_month(text, zone)
    if _QUARTER.fullmatch(text.strip()):
        return calendar_quarter(text, zone)
    return ReportingWeek.parse(text, zone)
