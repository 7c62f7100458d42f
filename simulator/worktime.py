"""Working hours of the estate: Monday to Friday, 07:00 to 19:00, in the zone's standard time."""

from datetime import UTC, datetime

import numpy as np

from itsm.clocks import zone_of
from simulator.draws import Ints
from simulator.settings import EstateSettings

_MONDAY = 4 * 86_400
"""The first Monday after 1970-01-01, in seconds."""
_WEEK = 7 * 86_400
_DAY = 86_400
_OPENS = 7 * 3_600
_OPEN_S = 12 * 3_600


def offset_s(settings: EstateSettings) -> int:
    """Seconds the zone is ahead of UTC outside daylight saving."""
    zone = zone_of(settings.zone)
    year = settings.last_week.year
    offsets = [
        datetime(year, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)
    ]
    return min(int(offset.total_seconds()) for offset in offsets if offset is not None)


def to_work(seconds: Ints, offset: int) -> Ints:
    """Working seconds up to each instant."""
    week, rest = np.divmod(seconds + offset - _MONDAY, _WEEK)
    day, second = np.divmod(rest, _DAY)
    today = np.where(day < 5, np.clip(second - _OPENS, 0, _OPEN_S), 0)
    worked: Ints = week * 5 * _OPEN_S + np.minimum(day, 5) * _OPEN_S + today
    return worked


def from_work(worked: Ints, offset: int) -> Ints:
    """The instant at which so many working seconds have gone by; always inside working hours."""
    week, rest = np.divmod(worked, 5 * _OPEN_S)
    day, second = np.divmod(rest, _OPEN_S)
    instants: Ints = _MONDAY + week * _WEEK + day * _DAY + _OPENS + second - offset
    return instants
