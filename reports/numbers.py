"""How values, counts, days and times are written in a pack, in the language that is spoken."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from itsm.clocks import ReportingWeek
from itsm.figures import Unit
from itsm.periods import DayUpTo, Months
from reports.language import _, mark, spoken, with_marks

MINUS = "\u2212"
MINUTE_H = 1 / 60
"""Shorter durations are told in tenths of a minute."""
NO_BREAK = "\u00a0"
_DECIMALS = {
    Unit.COUNT: 0,
    Unit.SHARE: 1,
    Unit.HOURS: 1,
    Unit.DAYS: 1,
    Unit.HOPS: 2,
    Unit.POINTS: 1,
    Unit.MONEY: 0,
}
_UNIT_NAMES = {
    Unit.COUNT: mark("count"),
    Unit.SHARE: "%",
    Unit.HOURS: mark("hours"),
    Unit.DAYS: mark("days"),
    Unit.HOPS: mark("hops"),
    Unit.POINTS: mark("points"),
    Unit.MONEY: mark("money"),
}


def number(value: float, decimals: int = 0) -> str:
    """A number with thousands marks and a true minus sign: 1,204 or −0.4."""
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return with_marks(text).replace("-", MINUS)


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
    return with_unit(bare(value, unit), unit)


def with_unit(text: str, unit: Unit) -> str:
    """A written value with its unit behind it."""
    if unit is Unit.SHARE:
        return percent(text)
    if unit is Unit.HOURS:
        return f"{text}{NO_BREAK}h"
    return f"{text}{NO_BREAK}{_('days')}" if unit is Unit.DAYS else text


def percent(text: str) -> str:
    """A written number as a percentage, as the language spoken sets it: 92.3% or 92,3 %."""
    pattern = str(spoken().locale.percent_formats[None].pattern)
    return f"{text}{NO_BREAK}%" if f"{NO_BREAK}%" in pattern else f"{text}%"


def span(low: float, high: float, unit: Unit) -> str:
    """A range with its unit: 983 to 1,344, 91.3 to 97.1%, 3 to 9 min."""
    is_short = unit is Unit.HOURS and abs(high) < 1
    first = number(low * 60) if is_short else bare(low, unit)
    return _("{low} to {high}", low=first, high=shown(high, unit))


def unit_name(unit: Unit) -> str:
    """The unit as a column head or an axis says it."""
    return _(_UNIT_NAMES[unit])


def difference(new: float, old: float, unit: Unit) -> str:
    """How a value moved, in its own unit: "up 24", "down 1.3 percentage points", "unchanged"."""
    step = shown(abs(new - old), unit)
    if step == shown(0.0, unit) or shown(new, unit) == shown(old, unit):
        return _("unchanged")
    if unit is Unit.SHARE:
        step = f"{bare(abs(new - old), unit)}{NO_BREAK}{_('percentage points')}"
    return _("up {step}", step=step) if new > old else _("down {step}", step=step)


def day(value: date) -> str:
    """A day: 16 May 2016."""
    return _kept_whole(format_skeleton("yMMMd", value, locale=spoken().locale))


def _month_day(value: date) -> str:
    return _kept_whole(format_skeleton("MMMd", value, locale=spoken().locale))


def _kept_whole(text: str) -> str:
    return text.replace(" ", NO_BREAK)


def local_day(instant: datetime, zone: ZoneInfo) -> str:
    """The day of an instant in a zone."""
    return day(instant.astimezone(zone).date())


def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """An instant in a zone, to the minute, with the zone named."""
    local = instant.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M} ({zone.key})"


def local_clock(instant: datetime, zone: ZoneInfo) -> str:
    """An instant in a zone, to the minute, for a column whose head names the zone."""
    local = instant.astimezone(zone)
    return f"{_month_day(local.date())}, {local:%H:%M}"


def week_name(week: ReportingWeek) -> str:
    """A week as a headline says it: Week 20, 16–22 May 2016."""
    first, last = week.monday, week.monday + timedelta(days=6)
    if first.year != last.year:
        start = day(first)
    elif first.month != last.month:
        start = _month_day(first)
    else:
        start = _("{day}", day=first.day)
    return _("Week {week}, {first}–{last}", week=week.week, first=start, last=day(last)).replace(
        " ", NO_BREAK, 1
    )


def period_name(period: ReportingWeek | Months | DayUpTo) -> str:
    """A period as a headline says it: Week 20, 16–22 May 2016; May 2016; Quarter 2 of 2016."""
    if isinstance(period, DayUpTo):
        return local_time(period.end_at, ZoneInfo(period.zone))
    if isinstance(period, ReportingWeek):
        return week_name(period)
    if period.length == 1:
        return format_skeleton("yMMMM", period.first_day, locale=spoken().locale)
    quarter = (period.first_day.month + 2) // 3
    return _("Quarter {quarter} of {year}", quarter=quarter, year=period.first_day.year)


def week_short(label: str) -> str:
    """The short form of a week label: 2016-W20 becomes W20."""
    return label.rpartition("-")[2] or label
