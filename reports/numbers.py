"""How values, counts, days and times are written in a pack."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.clocks import ReportingWeek
from itsm.figures import Unit

MINUS = "\u2212"
MINUTE_H = 1 / 60
"""Shorter durations are told in tenths of a minute."""
NO_BREAK = "\u00a0"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DECIMALS = {
    Unit.COUNT: 0,
    Unit.SHARE: 1,
    Unit.HOURS: 1,
    Unit.DAYS: 1,
    Unit.HOPS: 2,
    Unit.POINTS: 1,
    Unit.MONEY: 0,
}
_SUFFIX = {
    Unit.COUNT: "",
    Unit.SHARE: "%",
    Unit.HOURS: f"{NO_BREAK}h",
    Unit.DAYS: f"{NO_BREAK}days",
    Unit.HOPS: "",
    Unit.POINTS: "",
    Unit.MONEY: "",
}


def number(value: float, decimals: int = 0) -> str:
    """A number with thousands marks and a true minus sign: 1,204 or −0.4."""
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def decimals_of(unit: Unit) -> int:
    """How many decimals a value of a unit is shown with."""
    return _DECIMALS[unit]


def bare(value: float, unit: Unit) -> str:
    """A value without its unit, for a column whose head names the unit."""
    return number(value * 100 if unit is Unit.SHARE else value, _DECIMALS[unit])


def shown(value: float, unit: Unit) -> str:
    """A value with its unit: 1,204, 92.3%, 5.2 h; less than an hour in minutes."""
    if unit is Unit.HOURS and 0 < abs(value) < 1:
        return f"{number(value * 60, 0 if abs(value) >= MINUTE_H else 1)}{NO_BREAK}min"
    return bare(value, unit) + _SUFFIX[unit]


def span(low: float, high: float, unit: Unit) -> str:
    """A range with its unit: 983 to 1,344, 91.3 to 97.1%, 3 to 9 min."""
    is_short = unit is Unit.HOURS and abs(high) < 1
    first = number(low * 60) if is_short else bare(low, unit)
    return f"{first} to {shown(high, unit)}"


def unit_name(unit: Unit) -> str:
    """The unit as a column head or an axis says it."""
    return {
        Unit.COUNT: "count",
        Unit.SHARE: "%",
        Unit.HOURS: "hours",
        Unit.DAYS: "days",
        Unit.HOPS: "hops",
        Unit.POINTS: "points",
    }[unit]


def difference(new: float, old: float, unit: Unit) -> str:
    """How a value moved, in its own unit: "up 24", "down 1.3 percentage points", "unchanged"."""
    step = shown(abs(new - old), unit)
    if step == shown(0.0, unit) or shown(new, unit) == shown(old, unit):
        return "unchanged"
    if unit is Unit.SHARE:
        step = f"{bare(abs(new - old), unit)}{NO_BREAK}percentage points"
    return f"{'up' if new > old else 'down'} {step}"


def day(value: date) -> str:
    """A day: 16 May 2016."""
    return f"{value.day}{NO_BREAK}{_MONTHS[value.month - 1]}{NO_BREAK}{value.year}"


def local_day(instant: datetime, zone: ZoneInfo) -> str:
    """The day of an instant in a zone."""
    return day(instant.astimezone(zone).date())


def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """An instant in a zone, to the minute, with the zone named."""
    local = instant.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M} ({zone.key})"


def week_name(week: ReportingWeek) -> str:
    """A week as a headline says it: Week 20, 16–22 May 2016."""
    first, last = week.monday, week.monday + timedelta(days=6)
    start = f"{first.day}"
    if first.month != last.month:
        start += f"{NO_BREAK}{_MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f"{NO_BREAK}{first.year}"
    return f"Week{NO_BREAK}{week.week}, {start}–{day(last)}"


def week_short(label: str) -> str:
    """The short form of a week label: 2016-W20 becomes W20."""
    return label.rpartition("-")[2] or label
