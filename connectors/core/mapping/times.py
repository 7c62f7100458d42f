"""Times as people's exports write them, read into aware UTC.

ISO 8601 (with or without a zone), `29/2/2016 01:16`, `21.11.2026 19:54`, `11/21/2026 7:54 PM`,
`21/Nov/26 7:54 PM`, `21-Nov-2026`, `Nov 21, 2026 7:54 PM`. A time without a zone is local to the
zone that is configured: one that the clocks showed twice is taken as the first of the two, one
that they skipped is read with the offset from before the skip.
"""

import re
from datetime import UTC, datetime, tzinfo

_CLOCK = (
    r"(?:[T ,]+(?P<h>\d{1,2})[:.](?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_NUMERIC = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + _CLOCK
)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[/.](?P<mo>\d{1,2})[/.](?P<d>\d{1,2})" + _CLOCK)
_DAY_NAME = re.compile(
    r"(?P<d>\d{1,2})[/ .-](?P<name>[A-Za-z]{3,9})\.?[/ .,-]+(?P<y>\d{4}|\d{2})" + _CLOCK
)
_NAME_DAY = re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _CLOCK)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}

_CLEARLY_MORE = 20
_A_FEW = 0.05


def read_time(text: str, zone: tzinfo, day_first: bool | None) -> datetime | None:
    """A time as aware UTC, or None if it is in no known form or no day of any calendar.

    Args:
        text: what the cell says.
        zone: the zone of times that name none.
        day_first: whether 3/4/2016 is in April; None: a date that may be read both ways is not
            read at all.
    """
    text = text.strip()
    local = _iso(text) or _written_out(text, day_first)
    if local is None:
        return None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
    try:
        return local.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


class DateOrder:
    """What the dates of a file tell about the order of day and month.

    A few odd dates do not outvote a file: an order holds if twenty times as many dates prove it as
    prove the other. Dates that can be read both ways matter only if they are more than a few.
    """

    def __init__(self) -> None:
        self._n_dates = 0
        self._n_day_first = 0
        self._n_month_first = 0
        self._n_either = 0

    def see(self, text: str) -> None:
        """Takes one date into account; one in another form tells nothing."""
        self._n_dates += 1
        match = _NUMERIC.match(text)
        if match is None:
            return
        first, second = int(match["a"]), int(match["b"])
        if first > 12 >= second:
            self._n_day_first += 1
        elif second > 12 >= first:
            self._n_month_first += 1
        elif first != second:
            self._n_either += 1

    @property
    def day_first(self) -> bool | None:
        """Whether days come first; None where the dates do not tell."""
        if self._n_day_first > _CLEARLY_MORE * self._n_month_first:
            return True
        if self._n_month_first > _CLEARLY_MORE * self._n_day_first:
            return False
        return None

    @property
    def is_contradictory(self) -> bool:
        """Whether dates prove both orders."""
        return self.day_first is None and self._n_day_first + self._n_month_first > 0

    @property
    def is_told(self) -> bool:
        """Whether the order is known, or matters to a few dates only, which are then set aside."""
        n_open = self._n_either + self._n_day_first + self._n_month_first
        return self.day_first is not None or n_open <= _A_FEW * self._n_dates


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _written_out(text: str, day_first: bool | None) -> datetime | None:
    if match := _NUMERIC.fullmatch(text):
        day, month = _day_and_month(int(match["a"]), int(match["b"]), day_first)
    elif match := _YEAR_FIRST.fullmatch(text):
        day, month = int(match["d"]), int(match["mo"])
    elif match := _DAY_NAME.fullmatch(text) or _NAME_DAY.fullmatch(text):
        day, month = int(match["d"]), _MONTHS.get(match["name"][:3].lower(), 0)
    else:
        return None
    year = int(match["y"])
    hour = _hour(int(match["h"] or 0), match["half"])
    try:
        return datetime(
            year + 2000 if year < 100 else year,
            month,
            day,
            hour,
            int(match["mi"] or 0),
            int(match["s"] or 0),
        )
    except ValueError:
        return None


def _day_and_month(first: int, second: int, day_first: bool | None) -> tuple[int, int]:
    if day_first is None:
        if first > 12 or first == second:
            return first, second
        return (second, first) if second > 12 else (0, 0)
    return (first, second) if day_first else (second, first)


def _hour(hour: int, half: str | None) -> int:
    """The hour of the day; -1 where the twelve-hour clock has no such hour."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return -1
    return hour % 12 + (12 if half[0] in "Pp" else 0)
