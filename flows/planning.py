"""What a desk is asked and promises, as settings and records tell it."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from flows.figures import stored_data
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.states import RecordKind
from itsm.statistics import MAX_WEEKS
from reports.measures.data import HOUR, hours_between, times
from reports.measures.scope import Scope, scope_of
from reports.measures.spikes import BASE_WEEKS
from reports.measures.timeline import EventKind
from reports.measures.tradeoff import Desk, Option, Promise, desk_of, options

MIN_KNOWN = 20
"""So many incidents must tell their handling hours before their mean is taken."""
DEFAULT_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Answer:
    """The options for an ask, with every input of them in words.

    `observed` is the share of the last weeks that was done in time, all waiting included, of
    `n_observed` records; None where there are none.
    """

    ask: Promise
    desk: Desk
    options: tuple[Option, ...]
    others: tuple[Promise, ...]
    inputs: tuple[str, ...]
    observed: float | None
    n_observed: int

    def warning(self) -> str | None:
        """What the model cannot mend: an ask that its queue meets today and the records do not."""
        if self.observed is None or not self.options[0].is_met or self.observed >= self.ask.share:
            return None
        return (
            f"By the queue alone the ask is met today, and yet only {self.observed:.0%} are done "
            "in time: what takes the time is not the wait for a free person but hand-offs, "
            "callers or vendors. More people alone will not meet it; see `csi figure "
            "handoff_delay`."
        )


def answer(
    parts: Parts,
    ask: Promise,
    week: ReportingWeek,
    cutoff_at: datetime,
    *,
    people: int | None,
    handling_h: float | None,
) -> Answer:
    """The options for an ask, from the records of the last weeks.

    Args:
        parts: from `flows.wiring`.
        ask: what is asked for.
        week: the last week that arrivals are counted in.
        cutoff_at: what was known then counts.
        people: who work on incidents at the same time; None takes the configured number.
        handling_h: hours of work on an incident; None takes what the records say.

    Raises:
        ConfigError: nothing says how many people there are.
        MeasureError: the desk cannot keep up as it is, or nothing of that priority comes in.
    """
    settings = parts.settings.figures
    people = people or settings.desk_people
    if people is None:
        raise ConfigError("give --people, or set desk_people under [figures]")
    scope = scope_of(stored_data(parts, week, cutoff_at), week, cutoff_at, MAX_WEEKS)
    work_h, whence = _handling(scope, handling_h)
    desk = desk_of(scope, people, work_h)
    others, of_others = _promises(parts, scope)
    inputs = (*_inputs(scope, desk, whence), of_others)
    observed, n_observed = _observed(scope, ask)
    found = options(desk, ask, others)
    return Answer(ask, desk, found, others, inputs, observed, n_observed)


def _inputs(scope: Scope, desk: Desk, whence: str) -> tuple[str, ...]:
    """What a desk was taken as, in words."""
    hours = "in service hours" if scope.data.service_hours else "round the clock"
    rates = ", ".join(f"{name} {rate * 24:.1f}" for name, rate in desk.per_h.items())
    return (
        f"{desk.people} people at work at the same time, {hours}; the work takes {desk.load:.0%} "
        "of it",
        f"{desk.handling_h:.2g} h of work on an incident: {whence}",
        f"incidents in 24 such hours: {rates}",
    )


def _observed(scope: Scope, ask: Promise) -> tuple[float | None, int]:
    """How often the ask was met in the last weeks, and of how many records."""
    timeline = scope.incidents
    assert timeline is not None
    ends = timeline.events.of(EventKind.RESOLVED)
    priority = timeline.records["priority"].to_numpy(dtype=np.float64, na_value=np.nan)
    week = scope.grid.index_of(ends.at)
    ends = ends.where(
        (week >= len(scope.grid) - BASE_WEEKS) & (priority[ends.record] == _number(ask))
    )
    if not len(ends):
        return None, 0
    opened = timeline.opened_at[ends.record]
    hours = hours_between(opened, ends.at)
    if scope.data.service_hours is not None:
        hours = scope.data.service_hours.seconds_between_each(opened, ends.at) / 3600
    return float((hours <= ask.within_h).mean()), len(ends)


def _number(ask: Promise) -> float:
    """The priority as records have it."""
    digits = ask.priority.removeprefix("P")
    return float(digits) if digits.isdigit() else float("nan")


def _handling(scope: Scope, given: float | None) -> tuple[float, str]:
    """Hours of work on an incident, and who says so."""
    if given is not None:
        return given, "as given"
    if scope.incidents is not None:
        known = scope.incidents.records["handling_h"].to_numpy(dtype=np.float64)
        known = np.sort(known[~np.isnan(known)])
        if len(known) >= MIN_KNOWN:
            return float(known.mean()), f"mean of {len(known):,} incidents that say"
    cost = scope.data.cost
    said = "assumed, not measured" if "handling_h" in cost.assumed else "set under [cost]"
    return cost.handling_h, said


def _promises(parts: Parts, scope: Scope) -> tuple[tuple[Promise, ...], str]:
    """What other priorities are promised: as configured, else as their clocks were set."""
    configured = tuple(
        Promise(priority=one.priority, within_h=one.within_h, share=one.share)
        for one in parts.settings.figures.promises
    )
    if configured:
        return configured, f"promises, as configured: {_told(configured)}"
    found = _clocks(scope)
    if found:
        return found, f"promises, medians of the resolution clocks: {_told(found)}"
    return (), "no other promise is known; set promises under [figures]"


def _told(promises: tuple[Promise, ...]) -> str:
    return ", ".join(
        f"{one.priority} {one.share:.0%} within {one.within_h:g} h" for one in promises
    )


def _clocks(scope: Scope) -> tuple[Promise, ...]:
    """The median promise of resolution clocks by priority, in service hours where they are set."""
    clocks, timeline = scope.frame(RecordKind.SLA_CLOCK), scope.incidents
    if clocks is None or timeline is None:
        return ()
    chosen = clocks[
        (clocks["target"] == "resolution").to_numpy(dtype=bool)
        & (clocks["record_kind"] == RecordKind.INCIDENT.value).to_numpy(dtype=bool)
    ]
    start, due = times(chosen, "started_at"), times(chosen, "due_at")
    hours = (due - start) / HOUR
    if scope.data.service_hours is not None:
        hours = scope.data.service_hours.seconds_between_each(start, due) / 3600
    record = timeline.index.of(chosen, "record")
    usable = (record >= 0) & ~np.isnan(hours)
    priority = timeline.records["priority"].iloc[record[usable]]
    medians = priority.to_frame("priority").assign(hours=hours[usable]).dropna()
    by_priority = medians.astype({"priority": int}).groupby("priority")["hours"].median()
    return tuple(
        Promise(priority=f"P{name}", within_h=round(float(median), 1), share=DEFAULT_SHARE)
        for name, median in by_priority.items()
        if median > 0
    )
