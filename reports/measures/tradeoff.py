"""What a stakeholder's ask costs: "P2 in 4 hours instead of 8", as options with their consequences.

A desk is taken as people who work on one record at a time, the more urgent first, none interrupted.
From how often each priority comes and how long a record takes follow the waits of every priority,
so that what one of them gains is set against what the others lose. The model knows hours of work
and of waiting for a person; waiting for callers and vendors comes on top, whatever is chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from itsm.errors import MeasureError
from itsm.states import RecordKind
from reports.measures.data import HOUR, Numbers
from reports.measures.scope import Scope
from reports.measures.spikes import BASE_WEEKS

MAX_MORE = 200
"""An ask that so many people more do not meet is not met by people."""
NOTICED = 0.01
"""Another commitment suffers when its share falls by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """People and what they are asked, the inputs of every option.

    `per_h` is how many records of each priority come in an hour of service; `order` the priorities,
    the most urgent first.
    """

    people: int
    handling_h: float
    per_h: Mapping[str, float]
    order: tuple[str, ...]

    @property
    def load(self) -> float:
        """The share of the people's hours that the work takes; 1 and more cannot be kept up."""
        return sum(self.per_h.values()) * self.handling_h / self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A share of the records of a priority that shall be done within so many hours."""

    priority: str
    within_h: float
    share: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to answer an ask, with what it does to everything else.

    `within` is the share done in time of each promise's priority, `wait_h` the mean wait before
    work begins, `waiting` how many records wait on average, `suffers` the priorities that other
    promises are kept less often for than today.
    """

    name: str
    people: int
    within: Mapping[str, float]
    wait_h: Mapping[str, float]
    waiting: float
    is_met: bool
    suffers: tuple[str, ...]

    def sentence(self, ask: Promise) -> str:
        """The option in one line of a table."""
        met = "meets the ask" if self.is_met else "does not meet the ask"
        others = f"; slower: {', '.join(self.suffers)}" if self.suffers else ""
        return (
            f"{self.name}: {self.people} people, {self.within[ask.priority]:.0%} of "
            f"{ask.priority} within {ask.within_h:g} h, {self.waiting:.1f} records waiting; "
            f"{met}{others}"
        )


def options(desk: Desk, ask: Promise, others: Sequence[Promise] = ()) -> tuple[Option, ...]:
    """The ways to answer an ask: today, other order, people set apart, more people.

    Args:
        desk: as it is.
        ask: what is asked for.
        others: promises made to other priorities.

    Raises:
        MeasureError: the desk cannot keep up as it is, or the priority is not known.

    Source:
        Erlang 1917; Cobham 1954, Priority Assignment in Waiting Line Problems.
    """
    if ask.priority not in desk.order:
        raise MeasureError(f"no record of priority {ask.priority!r} comes in")
    if desk.load >= 1:
        raise MeasureError(f"the desk is asked {desk.load:.0%} of its hours: no wait is finite")
    promises = (*(one for one in others if one.priority != ask.priority), ask)
    today = _option("as today", desk, ask, promises, None)
    found = [today]
    first = (ask.priority, *(name for name in desk.order if name != ask.priority))
    if first != desk.order:
        moved = replace(desk, order=first)
        found.append(_option(f"{ask.priority} before all", moved, ask, promises, today))
    found += _apart(desk, ask, promises, today)
    found += _more(desk, ask, promises, today)
    return tuple(found)


def _option(
    name: str, desk: Desk, ask: Promise, promises: Iterable[Promise], today: Option | None
) -> Option:
    waits = mean_waits(desk)
    within = {one.priority: done_within(desk, one.priority, one.within_h) for one in promises}
    waiting = sum(desk.per_h[one] * waits[one] for one in desk.order)
    return _judged(name, desk.people, (within, waits, waiting), ask, today)


def _judged(
    name: str,
    people: int,
    told: tuple[Mapping[str, float], Mapping[str, float], float],
    ask: Promise,
    today: Option | None,
) -> Option:
    within, waits, waiting = told
    before = {} if today is None else today.within
    others = sorted(set(within) - {ask.priority})
    suffers = [one for one in others if within[one] < before.get(one, 0.0) - NOTICED]
    return Option(
        name=name,
        people=people,
        within=within,
        wait_h=waits,
        waiting=waiting,
        is_met=within[ask.priority] >= ask.share,
        suffers=tuple(suffers),
    )


def _apart(
    desk: Desk, ask: Promise, promises: Sequence[Promise], today: Option
) -> Iterable[Option]:
    """The fewest of today's people who, set apart for the priority, meet the ask."""
    rest_rates = {name: rate for name, rate in desk.per_h.items() if name != ask.priority}
    rest_order = tuple(name for name in desk.order if name != ask.priority)
    for n in range(1, desk.people):
        own = Desk(
            people=n,
            handling_h=desk.handling_h,
            per_h={ask.priority: desk.per_h[ask.priority]},
            order=(ask.priority,),
        )
        rest = replace(desk, people=desk.people - n, per_h=rest_rates, order=rest_order)
        if rest.load >= 1:
            return
        if own.load >= 1 or done_within(own, ask.priority, ask.within_h) < ask.share:
            continue
        parts = [own, rest]
        waits = {name: wait for part in parts for name, wait in mean_waits(part).items()}
        within = {
            one.priority: done_within(
                own if one.priority == ask.priority else rest, one.priority, one.within_h
            )
            for one in promises
        }
        waiting = sum(desk.per_h[name] * waits[name] for name in desk.order)
        told = within, waits, waiting
        yield _judged(
            f"{n} of today's people for {ask.priority} only", desk.people, told, ask, today
        )
        return


def _more(desk: Desk, ask: Promise, promises: Sequence[Promise], today: Option) -> Iterable[Option]:
    """The fewest people more who meet the ask in today's order."""
    if today.is_met:
        return
    for n in range(1, MAX_MORE + 1):
        larger = replace(desk, people=desk.people + n)
        if done_within(larger, ask.priority, ask.within_h) >= ask.share:
            yield _option(f"{n} people more", larger, ask, promises, today)
            return


def chance_to_wait(people: int, load: float) -> float:
    """The chance that all people are busy when a record comes (Erlang C).

    Args:
        people: how many.
        load: share of their hours that the work takes, below 1.
    """
    offered, blocked = people * load, 1.0
    for n in range(1, people + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - load * (1 - blocked))


def mean_waits(desk: Desk) -> dict[str, float]:
    """Mean hours from coming in to the start of work, by priority, the more urgent first."""
    busy = chance_to_wait(desk.people, desk.load)
    turn_h = desk.handling_h / desk.people
    waits, ahead = {}, 0.0
    for name in desk.order:
        upto = ahead + desk.per_h[name] * turn_h
        waits[name] = busy * turn_h / ((1 - ahead) * (1 - upto))
        ahead = upto
    return waits


def done_within(desk: Desk, priority: str, within_h: float) -> float:
    """Share of a priority's records whose wait and work together take so many hours at most.

    Who has to wait at all waits for a time taken as exponential with the right mean, which is exact
    for the most urgent priority; so is the time of work.
    """
    busy = chance_to_wait(desk.people, desk.load)
    waiting = mean_waits(desk)[priority] / busy if busy > 0 else 0.0
    work = desk.handling_h
    alone = 1 - float(np.exp(-within_h / work))
    if waiting <= 0:
        return alone
    rates: Numbers = np.array([1 / waiting, 1 / work])
    if abs(rates[0] - rates[1]) < 1e-9 * rates[1]:
        both = 1 - float(np.exp(-within_h * rates[1]) * (1 + within_h * rates[1]))
    else:
        left = rates[1] * np.exp(-rates[0] * within_h) - rates[0] * np.exp(-rates[1] * within_h)
        both = 1 - float(left / (rates[1] - rates[0]))
    return (1 - busy) * alone + busy * both


def desk_of(scope: Scope, people: int, handling_h: float, n_weeks: int = BASE_WEEKS) -> Desk:
    """The desk as the records of the last weeks show it.

    Args:
        scope: of the week asked about; its service calendar, where there is one, gives the hours.
        people: who work on incidents at the same time.
        handling_h: hours of work that an incident takes.
        n_weeks: weeks that the arrivals are counted over.

    Raises:
        MeasureError: no source provides incidents with a priority.
    """
    timeline = scope.incidents
    first = max(scope.first_week(RecordKind.INCIDENT), len(scope.grid) - n_weeks)
    if timeline is None or first >= len(scope.grid):
        raise MeasureError("no incidents in whole weeks to count arrivals by")
    start, end = scope.grid.edges[first], scope.grid.edges[-1]
    hours = float((end - start) / HOUR)
    if scope.data.service_hours is not None:
        edges = np.array([start]), np.array([end])
        hours = float(scope.data.service_hours.seconds_between_each(*edges)[0]) / 3600
    inside = (timeline.opened_at >= start) & (timeline.opened_at < end)
    priority = timeline.records["priority"][inside].dropna().astype(int).value_counts().sort_index()
    if priority.empty or hours <= 0:
        raise MeasureError("no incident of these weeks has a priority")
    rates = {f"P{name}": float(n) / hours for name, n in priority.items()}
    return Desk(people=people, handling_h=handling_h, per_h=rates, order=tuple(rates))
