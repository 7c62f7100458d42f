"""How long to wait: what an answer asks for, and growing waits where it does not say."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_GROWN_S = 60.0
_UNIX_FROM = 1e9
"""Numbers from here on are moments, below they are seconds to wait."""


def asked_wait_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds an answer asks to be left alone; None if it does not say.

    `Retry-After` wins, in seconds or as a date; else `X-RateLimit-Reset` (or `RateLimit-Reset`), as
    a moment in unix seconds or milliseconds, a date, or seconds. Moments are held against the
    answer's own `Date` where it has one, so that a clock that is off here does not matter.

    Source:
        RFC 9110, section 10.2.3 (Retry-After).
    """
    now = told_time(headers) or now
    for name in ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset"):
        wait_s = _wait_s(headers.get(name, "").strip(), now)
        if wait_s is not None:
            return max(0.0, wait_s)
    return None


def told_time(headers: Mapping[str, str]) -> datetime | None:
    """The time by the system's own clock when it answered; None if it does not tell."""
    return _moment(headers.get("Date", ""))


def grown_wait_s(source: str, attempt: int, first_s: float) -> float:
    """The wait after an attempt (1 is the first): doubled each time, at most a minute.

    Between half and all of that, by source and attempt, so that sources that failed together do
    not come back together, and the same run waits the same.
    """
    seed = hashlib.sha256(f"{source}:{attempt}".encode()).digest()
    part = int.from_bytes(seed[:4]) / 2**32
    return min(_LONGEST_GROWN_S, first_s * 2.0 ** min(attempt - 1, 32)) * (0.5 + 0.5 * part)


def _wait_s(text: str, now: datetime) -> float | None:
    try:
        number = float(text)
    except ValueError:
        moment = _moment(text)
        return None if moment is None else (moment - now).total_seconds()
    if not 0 <= number < 1e14:  # not a number, and what no system means
        return None
    if number < _UNIX_FROM:
        return number
    unix_s = number if number < 1e11 else number / 1000
    return unix_s - now.timestamp()


def _moment(text: str) -> datetime | None:
    """A time written as in HTTP or in ISO 8601, in UTC if it does not say."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
