"""Times of Cherwell: American, on the clock of the server's wall, without a zone."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))? ?([AaPp])[Mm])?"
)


@lru_cache(maxsize=50_000)
def moment(text: str, zone: str) -> datetime | None:
    """The moment a time means, in UTC; None where it is none.

    Of an hour that comes twice the first is meant.
    """
    found = _AMERICAN.fullmatch(text.strip())
    if found is None:
        return None
    month, day, year = (int(found[place]) for place in (1, 2, 3))
    hour = int(found[4] or 12) % 12 + (12 if (found[7] or "A") in "Pp" else 0)
    try:
        naive = datetime(year, month, day, hour, int(found[5] or 0), int(found[6] or 0))
    except ValueError:
        return None
    if zone == "UTC":
        return naive.replace(tzinfo=UTC)
    return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=50_000)
def told_apart(at: datetime, zone: str) -> datetime:
    """A moment as far as the clock on the wall tells it apart from others.

    In the hour that comes twice, when summer time ends, nobody can say which of the two a time
    means, nor in which order two of them were: all are at its beginning.
    """
    return at.replace(minute=0, second=0) if is_twice(at, zone) else at


def is_twice(at: datetime, zone: str) -> bool:
    """Whether the clock on the wall shows a moment's time twice."""
    if zone == "UTC":
        return False
    naive = at.astimezone(ZoneInfo(zone)).replace(fold=0)
    return naive.utcoffset() != naive.replace(fold=1).utcoffset()


def plain(text: str, zone: str) -> str:
    """A time as 2025-03-01T08:09:10, in UTC; what is none is left as it is."""
    at = moment(text, zone)
    return text if at is None else at.isoformat()[:19]


def written(at: datetime, zone: str) -> str:
    """A moment as filters have it: 3/1/2025 8:09:10 AM."""
    local = at.astimezone(ZoneInfo(zone))
    half = "AM" if local.hour < 12 else "PM"
    clock = f"{local.hour % 12 or 12}:{local.minute:02d}:{local.second:02d} {half}"
    return f"{local.month}/{local.day}/{local.year} {clock}"
