"""What is known of records for holding a figure against another report's list."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.errors import MeasureError
from itsm.figures import Figure
from itsm.periods import Months
from itsm.states import IncidentState, RecordKind
from reports.measures.compare_list import Facts, OurSide
from reports.measures.contract import Contract
from reports.measures.data import Flags, MeasureData, flags, times
from reports.measures.timeline import EventKind, Timeline, timeline_of
from reports.measures.weeks import instant

_EVENTS = {
    "opened": EventKind.OPENED,
    "requests_opened": EventKind.OPENED,
    "reopened": EventKind.REOPENED,
    "canceled": EventKind.CANCELED,
}
"""What dates a record of these figures; other figures of incidents are dated by resolutions."""
_UNDATED = frozenset({"backlog", "backlog_ageing", "backlog_age"})
"""Figures of a state, not of events: no date puts a record into a period."""
_STATED = {EventKind.OPENED: "opened_at", EventKind.RESOLVED: "resolved_at"}
_ON_TIMELINES = (RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST)
_FOREVER = np.datetime64("2999-01-01", "us")


def our_side(
    data: MeasureData,
    contract: Contract,
    figure: Figure,
    period: ReportingWeek | Months,
    cutoff_at: datetime,
    numbers: Collection[str],
    *,
    quarantined: Collection[str] = (),
) -> OurSide:
    """Our side of a comparison.

    Args:
        data: everything known now.
        contract: of the figure.
        figure: with its rows.
        period: that it is told for.
        cutoff_at: that it is told at.
        numbers: of the other list; facts are gathered for these and for our rows.
        quarantined: numbers of records that were set aside.

    Raises:
        MeasureError: no source provides records of this kind.
    """
    frame = data.frame(contract.kind)
    if frame is None:
        raise MeasureError(f"no source provides records to compare {contract.figure_id} with")
    wanted = {*figure.rows, *numbers}
    chosen = frame[frame["number"].isin(wanted)]
    if contract.kind in _ON_TIMELINES:
        facts = dict(_of_timeline(data, contract, chosen, cutoff_at))
    else:
        facts = {number: Facts() for number in chosen["number"]}
    return OurSide(
        rows=figure.rows,
        looked_at=frozenset(figure.base_rows),
        facts=facts,
        start_at=period.start_at,
        end_at=period.end_at,
        quarantined=frozenset(quarantined),
    )


def _of_timeline(
    data: MeasureData, contract: Contract, chosen: pd.DataFrame, cutoff_at: datetime
) -> Iterator[tuple[str, Facts]]:
    """Facts of incidents or requests; test records and duplicates are dated by their fields."""
    kind = _EVENTS.get(contract.figure_id, EventKind.RESOLVED)
    test, duplicate = flags(chosen, "is_test"), _is_duplicate(chosen)
    counted = chosen.assign(is_test=pd.array([False] * len(chosen), dtype="boolean"))
    if "duplicate_of" in counted:
        counted = counted.assign(duplicate_of=pd.Series(pd.NA, index=counted.index, dtype="str"))
    frames = {**data.frames, contract.kind: counted}
    timeline = timeline_of(replace(data, frames=frames), contract.kind, _FOREVER)
    if timeline is None:
        return
    events = timeline.events.of(kind)
    if contract.figure_id in _UNDATED:
        events = events.where(np.zeros(len(events), dtype=bool))
    by_record: dict[int, list[datetime]] = {}
    for record, at in zip(events.record.tolist(), events.at.tolist(), strict=True):
        by_record.setdefault(record, []).append(at.replace(tzinfo=UTC))
    apart = dict(zip(chosen["number"], zip(test, duplicate, strict=True), strict=True))
    canceled, still_open = _ends(timeline, cutoff_at)
    stated = times(timeline.records, _STATED.get(kind, "opened_at")).tolist()
    for place, number in enumerate(timeline.number.tolist()):
        dated = by_record.get(place, [])
        yield (
            number,
            Facts(
                events=tuple(at for at in dated if at <= cutoff_at),
                late=tuple(at for at in dated if at > cutoff_at),
                stated_at=_aware(stated[place]) if kind in _STATED else None,
                is_test=bool(apart[number][0]),
                is_duplicate=bool(apart[number][1]),
                is_canceled=bool(canceled[place]),
                is_open=bool(still_open[place]),
            ),
        )


def _is_duplicate(chosen: pd.DataFrame) -> Flags:
    if "duplicate_of" not in chosen:
        return np.zeros(len(chosen), dtype=bool)
    return np.asarray(chosen["duplicate_of"].notna().to_numpy(), dtype=bool)


def _ends(timeline: Timeline, cutoff_at: datetime) -> tuple[Flags, Flags]:
    """Which records were canceled by the cut-off, and which are open now."""
    n = len(timeline.opened_at)
    canceled, still_open = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    known = timeline.events.where(timeline.events.at <= instant(cutoff_at))
    canceled[known.record] = known.kind == EventKind.CANCELED
    last = timeline.events
    still_open[last.record] = np.isin(last.kind, (EventKind.OPENED, EventKind.REOPENED))
    word = timeline.records["state"].to_numpy(dtype=object)
    return canceled | (word == IncidentState.CANCELED.value), still_open


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)
