"""Major incidents, their reviews, and how far services were available."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, count, middle, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.data import (
    HOUR,
    TIME_TYPE,
    Times,
    flags,
    hours_between,
    texts,
    times,
)
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

REVIEW_H = 72
"""A review is due so long after restoration."""

MAJORS = Contract(
    figure_id="majors",
    title="Major incidents",
    family="major incidents and availability",
    formula="major incidents by the time of their declaration, else of their opening",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident.is_major",),
    owner="major incident manager",
    decision="which services need resilience work",
    partner="csat",
)
DECLARE = Contract(
    figure_id="major_declare_time",
    title="Time to declare a major incident",
    family="major incidents and availability",
    formula="median hours from opening to declaration of the major incidents declared in the week",
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="major incidents declared in the week",
    exclusions="test records and duplicates; major incidents without a time of declaration",
    kind=RecordKind.INCIDENT,
    needs=("incident.is_major", "incident.major_declared_at"),
    owner="major incident manager",
    decision="whether the right people are called early enough",
    partner="csat",
)
RESTORE = Contract(
    figure_id="major_restore_time",
    title="Time to restore in major incidents",
    family="major incidents and availability",
    formula="median hours from opening to resolution of the major incidents resolved in the week",
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="resolutions of major incidents in the week",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident.is_major", "incident.resolved_at or incident state history"),
    owner="major incident manager",
    decision="what lengthened the impact",
    partner="csat",
)
REVIEWS = Contract(
    figure_id="major_reviews",
    title="Reviews of major incidents within 72 hours",
    family="major incidents and availability",
    formula=(
        "of the reviews due in the week (72 hours after restoration), those completed in time"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="reviews of major incidents due in the week",
    exclusions="major incidents not restored yet",
    kind=RecordKind.INCIDENT,
    needs=("incident.is_major", "post_incident_review.completed_at"),
    owner="major incident manager",
    decision="which review to hold now",
    partner="csat",
)
AVAILABILITY = Contract(
    figure_id="availability",
    title="Availability of services",
    family="major incidents and availability",
    formula=(
        "1 - union of the outages of the service in service hours / service hours of the week; "
        "overlapping outages count once"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="service hours of the week",
    exclusions="planned outages",
    kind=RecordKind.OUTAGE,
    needs=("outage.service", "outage.started_at"),
    owner="service owner",
    decision="which service needs resilience work",
    partner="csat",
)
_OF_MAJORS = (MAJORS, DECLARE, RESTORE, REVIEWS)
CONTRACTS = (*_OF_MAJORS, AVAILABILITY)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Major incidents with their reviews, and availability by service."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, one, reason) for one in _OF_MAJORS)
    else:
        yield from _majors(scope, timeline)
    yield from _availability(scope)


def _majors(scope: Scope, timeline: Timeline) -> Iterator[FigureResult]:
    is_major = timeline.columns.flags("is_major")
    if not is_major.any():
        reason = "no source marks major incidents"
        yield from (not_available(scope, one, reason) for one in _OF_MAJORS)
        return
    declared = timeline.columns.times("major_declared_at")
    declared = np.where(declared <= scope.cutoff, declared, np.datetime64("NaT", "us"))
    number = timeline.number[is_major]
    counted_at = np.where(np.isnat(declared), timeline.opened_at, declared)[is_major]
    yield count(scope, MAJORS, Observed(scope.grid.index_of(counted_at), number))
    to_declare = hours_between(timeline.opened_at, declared)[is_major]
    week = scope.grid.index_of(declared[is_major])
    yield middle(scope, DECLARE, Observed(week, number), to_declare)
    ends = timeline.events.of(EventKind.RESOLVED)
    ends = ends.where(is_major[ends.record])
    took_h = hours_between(timeline.opened_at[ends.record], ends.at)
    number = timeline.number[ends.record]
    yield middle(scope, RESTORE, Observed(scope.grid.index_of(ends.at), number), took_h)
    yield _reviews(scope, timeline, is_major)


def _reviews(
    scope: Scope, timeline: Timeline, is_major: np.typing.NDArray[np.bool_]
) -> FigureResult:
    reviews = scope.frame(RecordKind.POST_INCIDENT_REVIEW)
    if reviews is None:
        return not_available(scope, REVIEWS, "no source provides post-incident reviews")
    nothing = np.full(len(is_major), np.datetime64("NaT", "us"), dtype=TIME_TYPE)
    restored, completed = nothing.copy(), nothing.copy()
    ends = timeline.events.of(EventKind.RESOLVED)
    restored[ends.record] = ends.at
    record = timeline.index.of(reviews, "incident")
    order = np.argsort(reviews["number"].to_numpy(dtype=str), kind="stable")
    order = order[record[order] >= 0]
    stated = times(reviews, "restored_at")[order]
    restored[record[order]] = np.where(np.isnat(stated), restored[record[order]], stated)
    completed[record[order]] = times(reviews, "completed_at")[order]
    due = np.asarray(restored[is_major] + REVIEW_H * HOUR, dtype=TIME_TYPE)
    in_time = completed[is_major] <= due
    week = np.where(due <= scope.cutoff, scope.grid.index_of(due), -1)
    return share(scope, REVIEWS, Observed(week, timeline.number[is_major]), in_time)


_OF_OUTAGES = ["service", "number", "started_at", "ended_at"]


def _availability(scope: Scope) -> Iterator[FigureResult]:
    outages = scope.frame(RecordKind.OUTAGE)
    if outages is None:
        yield not_available(scope, AVAILABILITY, "no source provides outages")
        return
    outages = outages[_OF_OUTAGES][~flags(outages, "is_planned")]
    start = np.maximum(times(outages, "started_at"), scope.week_start)
    end = times(outages, "ended_at")
    end = np.where(np.isnat(end), scope.week_end, np.minimum(end, scope.week_end))
    inside = end > start
    down = pd.DataFrame(
        {
            "service": texts(outages, "service"),
            "number": texts(outages, "number"),
            "s": start,
            "e": end,
        }
    )[inside].sort_values(["service", "s", "e", "number"], ignore_index=True)
    columns = [down[name].to_numpy() for name in ("s", "e")]
    number, of_service = texts(down, "number"), texts(down, "service")
    week_h = _service_h(scope, np.array([scope.week_start]), np.array([scope.week_end]))
    for service, name in _services(scope, down):
        own = slice(*(np.searchsorted(of_service, service, side) for side in ("left", "right")))
        merged_start, merged_end = union(*(column[own] for column in columns))
        lost_h = _service_h(scope, merged_start, merged_end)
        value = 1 - lost_h / week_h if week_h else 1.0
        extras = Extras(
            dimensions={"service": name},
            companions={"hours lost": lost_h, "service hours": week_h},
        )
        yield standing(scope, AVAILABILITY, value, number[own], extras)


def _services(scope: Scope, down: pd.DataFrame) -> list[tuple[str, str]]:
    """Services by number and name: those with an outage in the week, and all that are listed."""
    services = scope.frame(RecordKind.SERVICE)
    listed = (
        {} if services is None else dict(zip(services["number"], services["name"], strict=True))
    )
    by_name = {name: number for number, name in listed.items()}
    told = {one for one in down["service"] if one not in by_name}
    keys = (set(listed) - {by_name[one] for one in down["service"] if one in by_name}) | told
    keys |= {one for one in down["service"] if one in by_name}
    return sorted((str(key), str(listed.get(key, key))) for key in keys)


def union(start: Times, end: Times) -> tuple[Times, Times]:
    """The union of intervals ordered by start, as intervals that do not overlap."""
    if not len(start):
        return start, end
    reach = np.maximum.accumulate(end)
    begins = np.concatenate([[True], start[1:] > reach[:-1]])
    last = np.concatenate([np.flatnonzero(begins)[1:] - 1, [len(start) - 1]])
    return start[begins], reach[last]


def _service_h(scope: Scope, start: Times, end: Times) -> float:
    hours = scope.data.service_hours
    if hours is None:
        return float(np.sum((end - start) / HOUR))
    return float(np.sum(hours.seconds_between_each(start, end))) / 3600
