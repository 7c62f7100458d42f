"""The daily watch list of a team lead: clocks near their end, and work on which nothing happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.language import _, known, n_
from reports.model import Brief, Column, EvidenceList, Opening, Section, Table
from reports.numbers import local_clock, number, percent
from reports.sections.lists import in_short
from reports.text import clean
from reports.words import listed, nothing_asked, upper_first

MAX_ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NearClock:
    """A clock close to its end: of which record, when it is due, how much of it is used up."""

    record: str
    target: str
    team: str
    priority: str
    due_at: datetime
    used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """An open incident on which nothing has happened for a week or more."""

    record: str
    team: str
    priority: str
    quiet_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a watch list tells; `not_told` says why a part of it cannot be had."""

    near: tuple[NearClock, ...]
    stuck: tuple[Stuck, ...]
    not_told: tuple[str, ...] = ()
    n_near: int = 0


def watch_section(watched: Watched, zone: ZoneInfo) -> Section:
    """The watch list, the most urgent first."""
    near = sorted(watched.near, key=lambda one: (one.due_at, one.record, one.target))
    stuck = sorted(watched.stuck, key=lambda one: (-one.quiet_days, one.record))
    tables = [_near_table(near[:MAX_ROWS], zone)] if near else []
    tables += [_stuck_table(stuck[:MAX_ROWS])] if stuck else []
    is_cut = len(near) > MAX_ROWS or len(stuck) > MAX_ROWS
    tables += [_all_of(watched)] if is_cut else []
    return Section(
        id="watch-list",
        title=_("Watch list"),
        opening=watch_opening(watched),
        tables=tuple(tables),
    )


def watch_evidence(watched: Watched, period: str) -> tuple[EvidenceList, ...]:
    """Every record on the watch list, also those that its tables have no room for."""
    return tuple(
        EvidenceList(
            figure_id="watch_list",
            anchor=anchor,
            title=title,
            dimension="",
            period=period,
            rows=tuple(sorted(clean(one.record, 40) for one in records)),
        )
        for anchor, title, records in _counted(watched)
        if records
    )


def _counted(watched: Watched) -> Iterator[tuple[str, str, Sequence[NearClock | Stuck]]]:
    yield "rows-watch-near", _("Clocks close to their end"), watched.near
    yield "rows-watch-stuck", _("Open incidents without progress"), watched.stuck


def _all_of(watched: Watched) -> Table:
    """How many there are of each, with the way to all of them."""
    counted = [one for one in _counted(watched) if one[2]]
    table = in_short([(title, len(records)) for _anchor, title, records in counted])
    return replace(table, anchors=tuple(anchor for anchor, _title, _records in counted))


def watch_opening(watched: Watched) -> Opening:
    """What waits, and what to do first."""
    n_near, n_stuck = len(watched.near), len(watched.stuck)
    near = n_("{n} clock is close to its end", "{n} clocks are close to their end", n_near)
    stuck = n_(
        "nothing has happened on {n} incident for 7 days or more",
        "nothing has happened on {n} incidents for 7 days or more",
        n_stuck,
    )
    parts = [*([near] if n_near else []), *([stuck] if n_stuck else [])]
    if not parts:
        return Opening(
            sentence=_("No clock is close to its end, and nothing stands still."),
            ask=nothing_asked(),
        )
    ask = _("Take up, pass on or close what stands still.")
    if n_near:
        first = min(watched.near, key=lambda one: (one.due_at, one.record))
        ask = _("Begin with {record}.", record=clean(first.record, 40))
    return Opening(sentence=f"{upper_first(listed(parts))}.", ask=ask)


def watch_brief(watched: Watched) -> Brief:
    """The head of the watch list."""
    opening = watch_opening(watched)
    return Brief(
        headline=opening.sentence,
        asks=(),
        changes=(),
        gaps=watched.not_told or (_("Nothing is known to be missing."),),
        cards=(),
        is_short=True,
    )


def _near_table(near: Sequence[NearClock], zone: ZoneInfo) -> Table:
    return Table(
        caption=_("Clocks close to their end, the nearest first"),
        columns=(
            Column(title=_("Record")),
            Column(title=_("Clock")),
            Column(title=_("Priority")),
            Column(title=_("Team")),
            Column(title=_("Due ({zone})", zone=zone.key)),
            Column(title=_("Time used"), is_number=True),
        ),
        rows=tuple(
            (
                clean(one.record, 40),
                known(clean(one.target, 40)),
                clean(one.priority, 20) or "–",
                clean(one.team, 60) or "–",
                local_clock(one.due_at, zone),
                percent(number(one.used * 100)),
            )
            for one in near
        ),
    )


def _stuck_table(stuck: Sequence[Stuck]) -> Table:
    return Table(
        caption=_("Open incidents without progress, the quietest first"),
        columns=(
            Column(title=_("Record")),
            Column(title=_("Priority")),
            Column(title=_("Team")),
            Column(title=_("Days without a sign"), is_number=True),
        ),
        rows=tuple(
            (
                clean(one.record, 40),
                clean(one.priority, 20) or "–",
                clean(one.team, 60) or "–",
                number(one.quiet_days, 1),
            )
            for one in stuck
        ),
    )
