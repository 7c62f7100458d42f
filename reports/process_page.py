"""The delay map of a process as a page: which hop waits longest, who has the time, what is due."""

from collections import Counter
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from reports.leaflet import Grid, Leaflet, Part
from reports.measures.process_delay import (
    OWN,
    UNTOLD,
    VENDORS,
    WAITING,
    WORK,
    Delay,
    Hop,
    Unfinished,
)
from reports.numbers import number
from reports.part_bars import PartBar, part_bars_svg

MAX_BARS = 12
_PARTS = (WAITING, WORK, UNTOLD)
_HOP_COLUMNS = ("Hop", "By", "Cases", "Waiting, h", "Median, h", "90th percentile, h",
                "Work, h")  # fmt: skip
_SOON_COLUMNS = ("Needed", "Case", "Unfinished step", "Owner", "Since it could begin, h")


def process_leaflet(
    delay: Delay, title: str, zone: str, ahead_days: int, notes: Sequence[str]
) -> Leaflet:
    """The page of a delay map.

    Args:
        delay: from `delay_of`.
        title: of the process.
        zone: IANA name of the zone that days and times are told in.
        ahead_days: how far ahead cases are looked at.
        notes: how the log was read, and what was assumed.
    """
    return Leaflet(
        organisation="Process delay map",
        title=title,
        line=(
            f"{delay.n_cases:,} cases, {delay.n_steps:,} finished steps, as known at "
            f"{delay.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
        ),
        opening=tuple(_opening(delay)),
        parts=(_hops(delay), _split(delay), _upcoming(delay, zone, ahead_days)),
        notes=(
            "Waiting runs from the moment a step could begin until it began, work from there to "
            "its end; both are elapsed hours, nights and weekends included.",
            *notes,
        ),
    )


def _opening(delay: Delay) -> Iterator[str]:
    whole = sum(delay.split.values())
    if delay.hops and whole:
        worst = delay.hops[0]
        what, spent = ("wait", worst.wait_h) if worst.wait_h else ("hop", worst.untold_h)
        yield (
            f"The longest {what} is {_named(worst)}: {number(spent)} h in all, "
            f"{spent / whole:.0%} of the time of all steps."
        )
    if delay.through_h is not None:
        yield f"Half of the {delay.n_done} finished cases took {_days(delay.through_h)} or less."
    late = len({one.case for one in delay.upcoming if one.needed_at < delay.at})
    soon = len({one.case for one in delay.upcoming}) - late
    if delay.upcoming:
        overdue = f", and {late} that were needed already" if late else ""
        yield f"Not done are {soon} that are needed soon{overdue}."


def _hops(delay: Delay) -> Part:
    names = [name for name in _PARTS if any(_part_of(hop, name) for hop in delay.hops)]
    bars = [
        PartBar(_named(hop), tuple(_part_of(hop, name) for name in names))
        for hop in delay.hops[:MAX_BARS]
    ]
    rest = len(delay.hops) - MAX_BARS
    return Part(
        title="Where it waits",
        sentences=("Hours of all cases, the longest wait first.",)
        + ((f"The {MAX_BARS} longest of {len(delay.hops)} hops are drawn.",) if rest > 0 else ()),
        chart=part_bars_svg("Hours of each hop", names, bars, "h") if names else None,
        grid=Grid(_HOP_COLUMNS, tuple(map(_hop_row, delay.hops)), frozenset(_HOP_COLUMNS[2:])),
        empty="No step has ended.",
    )


def _part_of(hop: Hop, name: str) -> float:
    return {WAITING: hop.wait_h, WORK: hop.work_h, UNTOLD: hop.untold_h}[name]


def _named(hop: Hop) -> str:
    return f"{hop.before} → {hop.step}"


def _hop_row(hop: Hop) -> tuple[str, ...]:
    medians = (hop.median_wait_h, hop.p90_wait_h)
    told = ("" if value is None else number(value, 1) for value in medians)
    untold = f" (not parted: {number(hop.untold_h, 1)})" if hop.untold_h else ""
    cells = (_named(hop), ", ".join(hop.owners), f"{hop.n:,}", number(hop.wait_h, 1), *told)
    return (*cells, f"{number(hop.work_h, 1)}{untold}")


def _split(delay: Delay) -> Part:
    whole = sum(delay.split.values())
    names = [part for part in _PARTS if any(delay.split[side, part] for side in (OWN, VENDORS))]
    sides = [side for side in (OWN, VENDORS) if any(delay.split[side, part] for part in names)]
    bars = [PartBar(side, tuple(delay.split[side, part] for part in names)) for side in sides]
    rows = tuple(
        (side, part, number(delay.split[side, part], 1), f"{delay.split[side, part] / whole:.1%}")
        for side in sides
        for part in names
    )
    return Part(
        title="Own staff and vendors",
        chart=part_bars_svg("Hours by side", names, bars, "h") if bars else None,
        grid=Grid(("Side", "Part", "Hours", "Share"), rows, frozenset({"Hours", "Share"})),
        empty="No step has ended.",
    )


def _upcoming(delay: Delay, zone: str, ahead_days: int) -> Part:
    owners = Counter(one.owner for one in delay.upcoming)
    by_owner = [f"{owner} {n}" for owner, n in sorted(owners.items(), key=lambda o: (-o[1], o[0]))]
    return Part(
        title="Needed soon, and not done",
        sentences=(
            f"Cases needed within {ahead_days} days, or already, with a step that has not ended.",
            *((f"Unfinished steps by owner: {', '.join(by_owner)}.",) if by_owner else ()),
        ),
        grid=Grid(
            _SOON_COLUMNS,
            tuple(_soon_row(one, zone) for one in delay.upcoming),
            frozenset(_SOON_COLUMNS[-1:]),
        ),
        empty="None is known.",
    )


def _soon_row(one: Unfinished, zone: str) -> tuple[str, ...]:
    waits = "" if one.waits_h is None else number(one.waits_h)
    owner = f"{one.owner} (vendor)" if one.is_vendor else one.owner
    return (
        f"{one.needed_at.astimezone(ZoneInfo(zone)):%Y-%m-%d}",
        one.case,
        one.step,
        owner,
        waits,
    )


def _days(hours: float) -> str:
    return f"{number(hours / 24, 1)} days" if hours >= 48 else f"{number(hours, 1)} hours"
