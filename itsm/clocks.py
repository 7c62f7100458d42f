"""Reporting weeks, cut-offs and service hours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from itsm.errors import ConfigError

if TYPE_CHECKING:  # a pull needs time zones and no arrays, and is there a tenth sooner without
    import numpy as np
    from numpy.typing import NDArray

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_SECONDS = "datetime64[us]"


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        ConfigError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"time zone {name!r} is not known; use an IANA name such as Europe/London"
        ) from None


@dataclass(frozen=True, slots=True, order=True)
class ReportingWeek:
    """An ISO week in a time zone: Monday 00:00 up to, not including, the next Monday 00:00.

    A week with a daylight-saving change is 167 or 169 hours long.

    Source:
        ISO 8601 week dates; docs/measures.md, "Time".
    """

    year: int
    week: int
    zone: str = "UTC"

    @classmethod
    def parse(cls, text: str, zone: str = "UTC") -> Self:
        """A week from its label, such as 2026-W34.

        Raises:
            ConfigError: the label or the zone is not valid.
        """
        match = _WEEK.fullmatch(text.strip())
        zone_of(zone)
        if match is None:
            raise ConfigError(f"week {text!r} is not a week label; write it as 2026-W34")
        year, week = int(match[1]), int(match[2])
        try:
            date.fromisocalendar(year, week, 1)
        except ValueError:
            raise ConfigError(f"week {text!r} does not exist; check year and number") from None
        return cls(year, week, zone)

    @classmethod
    def of(cls, instant: datetime, zone: str = "UTC") -> Self:
        """The week an instant lies in.

        Args:
            instant: aware.
            zone: IANA name.
        """
        iso = instant.astimezone(zone_of(zone)).isocalendar()
        return cls(iso.year, iso.week, zone)

    @property
    def label(self) -> str:
        """The label, such as 2026-W34."""
        return f"{self.year:04d}-W{self.week:02d}"

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def first_day(self) -> date:
        """The first day, which is a Monday."""
        return self.monday

    @property
    def start_at(self) -> datetime:
        """The first instant, in UTC."""
        return self._midnight(self.monday)

    @property
    def end_at(self) -> datetime:
        """The first instant after the week (`week_end`), in UTC."""
        return self._midnight(self.monday + timedelta(days=7))

    @property
    def hours(self) -> float:
        """The length in hours: 168, or 167 or 169 with a daylight-saving change."""
        return (self.end_at - self.start_at).total_seconds() / 3600

    def shifted(self, weeks: int) -> Self:
        """The week so many weeks later (or earlier, when negative)."""
        iso = (self.monday + timedelta(weeks=weeks)).isocalendar()
        return type(self)(iso.year, iso.week, self.zone)

    def last(self, n: int) -> tuple[Self, ...]:
        """The last n weeks up to and including this one, oldest first."""
        return tuple(self.shifted(-back) for back in range(n - 1, -1, -1))

    def cutoff(self, lag: timedelta) -> datetime:
        """The moment a pack of this week is true for: its end plus a lag for late updates."""
        return self.end_at + lag

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), zone_of(self.zone)).astimezone(UTC)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When a service is promised: hours per weekday in a zone, without public holidays.

    `windows` maps weekday (0 = Monday) to (from, to) hours of the local day; a missing weekday has
    none, and 23:59:59 means the end of the day. An empty mapping means round the clock. `country`
    is an ISO 3166 code for `holidays`.

    Raises:
        ConfigError: a weekday or a zone does not exist, or a window does not end after it begins.
    """

    zone: str = "UTC"
    windows: Mapping[int, tuple[time, time]] = field(default_factory=dict)
    country: str | None = None
    closed_days: Sequence[date] = ()

    def __post_init__(self) -> None:
        zone_of(self.zone)
        for weekday, (opens, closes) in self.windows.items():
            if weekday not in range(7):
                raise ConfigError(f"weekday {weekday} does not exist; 0 is Monday, 6 is Sunday")
            if opens >= closes:
                raise ConfigError(
                    f"service hours {opens:%H:%M} to {closes:%H:%M} do not end after they begin; "
                    "write the end of the day as 23:59:59 and split hours that cross midnight"
                )

    def seconds_between(self, start_at: datetime, end_at: datetime) -> float:
        """Service time between two aware instants, in seconds; 0 when they are not in order."""
        import numpy as np

        one = self.seconds_between_each(
            np.array([_naive(start_at)], dtype=_SECONDS), np.array([_naive(end_at)], dtype=_SECONDS)
        )
        return float(one[0])

    def seconds_between_each(
        self, start_at: "NDArray[np.datetime64]", end_at: "NDArray[np.datetime64]"
    ) -> "NDArray[np.float64]":
        """Service time between pairs of instants.

        Args:
            start_at: shape (n,), naive UTC datetime64; NaT gives NaN.
            end_at: shape (n,), as `start_at`.

        Returns:
            Shape (n,), seconds.
        """
        import numpy as np

        start, end = start_at.astype(_SECONDS), end_at.astype(_SECONDS)
        missing = np.isnat(start) | np.isnat(end)
        if not self.windows:
            seconds = (end - start) / np.timedelta64(1, "s")
            return np.where(missing, np.nan, np.maximum(seconds, 0.0))
        if missing.all():
            return np.full(len(start), np.nan)
        known = np.concatenate([start[~missing], end[~missing]])
        opens, closes = self._intervals(known.min(), known.max())
        if not len(opens):
            return np.where(missing, np.nan, 0.0)
        total = self._served(end, opens, closes) - self._served(start, opens, closes)
        return np.where(missing, np.nan, np.maximum(total, 0.0))

    @staticmethod
    def _served(
        instants: "NDArray[np.datetime64]",
        opens: "NDArray[np.datetime64]",
        closes: "NDArray[np.datetime64]",
    ) -> "NDArray[np.float64]":
        """Service seconds from the first interval up to each instant."""
        import numpy as np

        lengths = (closes - opens) / np.timedelta64(1, "s")
        before = np.concatenate([[0.0], np.cumsum(lengths)])
        filled = np.where(np.isnat(instants), opens[:1].repeat(len(instants)), instants)
        index = np.searchsorted(opens, filled, side="right") - 1
        inside = np.clip((filled - opens[np.maximum(index, 0)]) / np.timedelta64(1, "s"), 0, None)
        partial = np.minimum(inside, lengths[np.maximum(index, 0)])
        served: NDArray[np.float64] = np.where(
            index < 0, 0.0, before[np.maximum(index, 0)] + partial
        )
        return served

    def _intervals(
        self, first: "np.datetime64", last: "np.datetime64"
    ) -> "tuple[NDArray[np.datetime64], NDArray[np.datetime64]]":
        """The service intervals that cover two instants, as naive UTC, in order."""
        import numpy as np

        day = _aware(first).astimezone(zone_of(self.zone)).date() - timedelta(days=8)
        until = _aware(last).astimezone(zone_of(self.zone)).date() + timedelta(days=8)
        closed = set(self.closed_days) | self._holidays(day.year, until.year)
        opens, closes = [], []
        while day <= until:
            window = self.windows.get(day.weekday())
            if window is not None and day not in closed:
                opens.append(self._instant(day, window[0]))
                closes.append(self._instant(day, window[1]))
            day += timedelta(days=1)
        return np.array(opens, dtype=_SECONDS), np.array(closes, dtype=_SECONDS)

    def _holidays(self, first_year: int, last_year: int) -> set[date]:
        if self.country is None:
            return set()
        import holidays

        years = range(first_year, last_year + 1)
        try:
            return set(holidays.country_holidays(self.country, years=years))
        except NotImplementedError:
            raise ConfigError(
                f"holidays of country {self.country!r} are not known; use a code such as DE"
            ) from None

    def _instant(self, day: date, at: time) -> datetime:
        """An instant of the local day as naive UTC; 23:59:59 and later mean the end of the day."""
        if at >= time(23, 59, 59):
            day, at = day + timedelta(days=1), time()
        return _naive(datetime.combine(day, at, zone_of(self.zone)))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _aware(instant: "np.datetime64") -> datetime:
    naive = instant.astype(_SECONDS).item()
    assert isinstance(naive, datetime)
    return naive.replace(tzinfo=UTC)
