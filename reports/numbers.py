"""How values, counts, days and times are written in a pack."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.clocks import ReportingWeek
from itsm.figures import Unit

MINUS = "\u2212"
NO_BREAK = "\u00a0"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DECIMALS = {
    Unit.COUNT: 0,
    Unit.SHARE: 1,
    Unit.HOURS: 1,
    Unit.DAYS: 1,
    Unit.HOPS: 2,
    Unit.POINTS: 1,
}
_SUFFIX = {
    Unit.COUNT: "",
    Unit.SHARE: "%",
    Unit.HOURS: f"{NO_BREAK}h",
    Unit.DAYS: f"{NO_BREAK}days",
    Unit.HOPS: "",
    Unit.POINTS: "",
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
    """A value with its unit: 1,204, 92.3%, 5.2 h."""
    return bare(value, unit) + _SUFFIX[unit]


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
    step = bare(abs(new - old), unit)
    if float(step.replace(",", "")) == 0:
        return "unchanged"
    suffix = f"{NO_BREAK}percentage points" if unit is Unit.SHARE else _SUFFIX[unit]
    return f"{'up' if new > old else 'down'} {step}{suffix}"


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
