"""Incident handling: what came in, what was resolved, what came back, what was canceled."""

from collections.abc import Iterator

import numpy as np

from itsm.figures import Direction, Exactness, Figure, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, count, not_available
from reports.measures.contract import Contract
from reports.measures.data import Flags, Positions
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

_LEFT_OUT = (
    "test records and duplicates; records opened and canceled within the week are counted apart"
)

OPENED = Contract(
    figure_id="opened",
    title="Incidents opened",
    family="handling",
    formula="incidents with their opening in the week",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions=_LEFT_OUT,
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at",),
    owner="service desk lead",
    decision="where to look for causes; staffing of the first line",
    partner="csat",
)
RESOLVED = Contract(
    figure_id="resolved",
    title="Incidents resolved",
    family="handling",
    formula=(
        "resolutions in the week: an incident enters resolved or closed. Dated by the history of "
        "the record; where its history does not tell, by resolved_at, else closed_at. A second "
        "resolution after a reopening is a second one"
    ),
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count of events",
    exclusions="test records and duplicates; canceled incidents are no resolutions",
    kind=RecordKind.INCIDENT,
    needs=("incident.resolved_at or incident state history",),
    owner="service desk lead",
    decision="whether the teams keep up with what comes in",
    partner="reopen_rate",
)
REOPENED = Contract(
    figure_id="reopened",
    title="Incidents reopened",
    family="handling",
    formula="reopenings in the week: an incident leaves resolved, closed or canceled",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count of events",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident state history",),
    owner="service desk lead",
    decision="which resolutions did not hold",
    partner="reopen_rate",
)
CANCELED = Contract(
    figure_id="canceled",
    title="Incidents canceled",
    family="handling",
    formula="cancellations in the week of incidents that an earlier week counted as opened",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count of events",
    exclusions=_LEFT_OUT,
    kind=RecordKind.INCIDENT,
    needs=("incident.state",),
    owner="service desk lead",
    decision="whether intake lets in what is no incident",
    partner="csat",
)
CONTRACTS = (OPENED, RESOLVED, REOPENED, CANCELED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Events of incidents: opened, resolved, reopened, canceled."""
    if scope.incidents is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield opened(scope, scope.incidents, OPENED)
    yield resolved(scope, scope.incidents, RESOLVED)
    yield _reopened(scope, scope.incidents)
    yield _canceled(scope, scope.incidents)


def opened(scope: Scope, timeline: Timeline, contract: Contract) -> Figure:
    """Openings of the week; what is counted apart is named."""
    apart = timeline.canceled_in_week_of_opening(scope.grid)
    week = timeline.opened_in(scope.grid)
    excluded = {
        reason: int((scope.grid.index_of(at) == scope.grid.last).sum())
        for reason, at in timeline.left_out.items()
    }
    excluded["canceled in the week of opening"] = int((apart & (week == scope.grid.last)).sum())
    return count(
        scope, contract, Observed(week, timeline.number).only(~apart), Extras(excluded=excluded)
    )


def resolved(scope: Scope, timeline: Timeline, contract: Contract) -> Figure:
    """Resolutions of the week; those that the record dates in another week are told beside."""
    events = timeline.events.of(EventKind.RESOLVED)
    week = events.week_in(scope.grid)
    exactness, note = certainty(timeline, events.record[week == scope.grid.last])
    stated_at = timeline.columns.times("resolved_at")[events.record]
    is_elsewhere = (stated_at < scope.week_start) | (stated_at >= scope.week_end)
    is_final = np.concatenate([events.record[1:] != events.record[:-1], [True]])[: len(events)]
    is_elsewhere &= is_final & (week == scope.grid.last) & (stated_at <= scope.cutoff)
    companions = {"dated in another week by resolved_at": float(is_elsewhere.sum())}
    extras = Extras(exactness=exactness, note=note, companions=companions)
    return count(scope, contract, Observed(week, timeline.number[events.record]), extras)


def certainty(timeline: Timeline, records: Positions) -> tuple[Exactness, str | None]:
    """Whether history dates the events of these records, and a sentence when it does not."""
    n_fields = int((~timeline.is_exact[records]).sum())
    if n_fields == 0:
        return Exactness.EXACT, None
    return Exactness.COMPUTED, (
        f"{n_fields} of {len(records)} dated by the record's own times, as no state history tells "
        "of them; earlier resolutions and reopenings of these are not known."
    )


def _reopened(scope: Scope, timeline: Timeline) -> FigureResult:
    if not timeline.has_history:
        return not_available(scope, REOPENED, "reopenings need state history, and none is provided")
    events = timeline.events.of(EventKind.REOPENED)
    week = events.week_in(scope.grid)
    return count(scope, REOPENED, Observed(week, timeline.number[events.record]))


def _canceled(scope: Scope, timeline: Timeline) -> Figure:
    events = timeline.events.of(EventKind.CANCELED)
    week = events.week_in(scope.grid)
    same_week = timeline.canceled_in_week_of_opening(scope.grid)
    opened_week = timeline.opened_in(scope.grid)[events.record]
    apart = same_week[events.record] & (week == opened_week) & is_last_of_week(events.record, week)
    exactness, note = certainty(timeline, events.record[~apart & (week == scope.grid.last)])
    extras = Extras(
        excluded={
            "canceled in the week of opening": int((apart & (week == scope.grid.last)).sum())
        },
        exactness=exactness,
        note=note,
    )
    return count(
        scope, CANCELED, Observed(week, timeline.number[events.record]).only(~apart), extras
    )


def is_last_of_week(record: Positions, week: Positions) -> Flags:
    """Whether no later event of the same record falls into the same week."""
    is_last = np.ones(len(record), dtype=bool)
    is_last[:-1] = (record[1:] != record[:-1]) | (week[1:] != week[:-1])
    return is_last
