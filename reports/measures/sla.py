"""Agreements kept: SLA clocks, and the OLA and contract clocks beneath them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import ClockTarget, ClockType, RecordKind
from reports.measures.backlog import open_at
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import Flags, Positions, Texts, Times, texts, times
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

_FORMULA = (
    "clocks that ended in the week: met / (met + breached), for response and resolution apart; "
    "clocks still running but already breached are shown beside it"
)


def _contract(figure_id: str, title: str, what: str, owner: str, decision: str) -> Contract:
    return Contract(
        figure_id=figure_id,
        title=title,
        family="agreements",
        formula=_FORMULA,
        unit=Unit.SHARE,
        direction=Direction.UP,
        denominator=f"{what} that ended in the week",
        exclusions=(
            "canceled clocks; clocks of records left out as test or duplicate; ended clocks that "
            "tell neither whether they were breached nor when they were due"
        ),
        kind=RecordKind.INCIDENT,
        needs=("sla_clock.ended_at", "sla_clock.is_breached or sla_clock.due_at"),
        owner=owner,
        decision=decision,
        partner="csat",
    )


SLA = _contract(
    "sla_compliance",
    "SLA compliance of incidents",
    "SLA clocks of incidents",
    "service owner",
    "whether the promise to users is kept, and where it is not",
)
OLA = _contract(
    "ola_compliance",
    "OLA compliance",
    "OLA clocks",
    "team leads",
    "which internal agreement puts the SLA at risk",
)
UNDERPINNING = _contract(
    "contract_compliance",
    "Compliance with underpinning contracts",
    "contract clocks",
    "vendor manager",
    "which contract puts the SLA at risk",
)
REQUEST_SLA = _contract(
    "request_sla_compliance",
    "SLA compliance of requests",
    "SLA clocks of requests",
    "service owner",
    "whether catalogue promises are kept",
)
CONTRACTS = (SLA, OLA, UNDERPINNING)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Clocks of one type of agreement.

    `is_known` where a met or breached end can be told, `is_computed` where that is from due and end
    times, `is_late_running` where a clock still ran at the end of the week and was breached, and
    `tells_when` where the time of a breach is known, and
    `is_unended` where the record was resolved in the week while its clock has no end.
    """

    number: Texts
    target: Texts
    priority: Texts
    ended_at: Times
    is_breached: Flags
    is_known: Flags
    is_computed: Flags
    is_late_running: Flags
    tells_when: Flags
    is_unended: Flags

    def only(self, kept: Flags) -> "Clocks":
        """The clocks that a mask keeps."""
        return Clocks(*(getattr(self, column.name)[kept] for column in fields(self)))


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Compliance of SLA, OLA and contract clocks."""
    incidents = scope.incidents
    sla = _sla_clocks(scope, incidents)
    if sla is None:
        reason = "needs SLA clocks, or whether each incident met its SLA"
        yield not_available(scope, SLA, reason)
    else:
        yield from compliance(scope, SLA, sla, by_priority=True)
    for contract, kind in ((OLA, ClockType.OLA), (UNDERPINNING, ClockType.CONTRACT)):
        clocks = clocks_of(scope, kind, None, incidents)
        if clocks is None:
            yield not_available(scope, contract, f"no {kind.value} clocks are provided")
        else:
            yield from compliance(scope, contract, clocks)


def compliance(
    scope: Scope, contract: Contract, clocks: Clocks, *, by_priority: bool = False
) -> Iterator[FigureResult]:
    """Compliance per target, and per target and priority.

    Args:
        scope: the week.
        contract: the figure's definition.
        clocks: of one type of agreement.
        by_priority: whether each target is told by priority as well.
    """
    for target in sorted(set(clocks.target)):
        of_target = clocks.only(clocks.target == target)
        yield _compliance(scope, contract, of_target, {"target": str(target)}, True)
        if not by_priority:
            continue
        now = scope.grid.index_of(of_target.ended_at) == scope.grid.last
        for priority in sorted(set(of_target.priority[now])):
            dimensions = {"target": str(target), "priority": str(priority)}
            chosen = of_target.only(of_target.priority == priority)
            yield _compliance(scope, contract, chosen, dimensions, False)


def _compliance(
    scope: Scope, contract: Contract, clocks: Clocks, dimensions: dict[str, str], has_series: bool
) -> FigureResult:
    week = scope.grid.index_of(clocks.ended_at)
    now = week == scope.grid.last
    is_computed = bool((now & clocks.is_computed).any())
    extras = Extras(
        dimensions=dimensions,
        companions=_running(clocks),
        excluded={
            "neither a breach mark nor a due time": int((now & ~clocks.is_known).sum()),
            "record resolved, but its clock has no end": int(clocks.is_unended.sum()),
        },
        exactness=Exactness.COMPUTED if is_computed else Exactness.EXACT,
        note=_COMPUTED if is_computed else None,
        has_series=has_series,
    )
    is_met = ~clocks.is_breached[clocks.is_known]
    return share(
        scope, contract, Observed(week, clocks.number).only(clocks.is_known), is_met, extras
    )


def _running(clocks: Clocks) -> dict[str, float]:
    """Running but breached clocks; nothing is said where no clock tells when it is breached."""
    n = int(clocks.is_late_running.sum())
    return {"running but breached": float(n)} if n or clocks.tells_when.any() else {}


_COMPUTED = (
    "For some clocks a breach is computed from due and end times; the source does not mark it."
)


def clocks_of(
    scope: Scope, kind: ClockType, record_kind: RecordKind | None, timeline: Timeline | None
) -> Clocks | None:
    """The clocks of one type as known at the cut-off; None when no source has any.

    Args:
        scope: the week.
        kind: SLA, OLA or contract.
        record_kind: only clocks of this kind of record; None for all.
        timeline: records whose priority is told, and whose test and duplicate records are left out.
    """
    frame = scope.frame(RecordKind.SLA_CLOCK)
    if frame is None:
        return None
    chosen = (frame["type"] == kind.value) & ~frame["is_canceled"].fillna(False).astype(bool)
    if record_kind is not None:
        chosen &= frame["record_kind"] == record_kind.value
    recent = chosen.to_numpy() & ~(times(frame, "ended_at") < scope.grid.edges[0])
    rows = frame[recent if recent.any() else chosen.to_numpy()]
    rows, record = _counted(rows, timeline)
    if rows.empty:
        return None
    return _clocks(scope, rows, timeline, record)


def _counted(rows: pd.DataFrame, timeline: Timeline | None) -> tuple[pd.DataFrame, Positions]:
    """Clocks without those of records that are left out, with their records' positions."""
    if timeline is None:
        return rows, np.full(len(rows), -1, dtype=np.intp)
    record = timeline.index.of(rows, "record")
    kept = (record >= 0) | (rows["record_kind"] != timeline.kind.value).to_numpy()
    return rows[kept], record[kept]


def _priority(timeline: Timeline | None, record: Positions) -> Texts:
    priority = np.full(len(record), "not given", dtype=object)
    if timeline is not None:
        known = (
            timeline.records["priority"].astype("str").fillna("not given").to_numpy(dtype=object)
        )
        priority[record >= 0] = known[record[record >= 0]]
    return priority


def _clocks(
    scope: Scope, rows: pd.DataFrame, timeline: Timeline | None, record: Positions
) -> Clocks:
    due, breached_at, ended = (times(rows, name) for name in ("due_at", "breached_at", "ended_at"))
    marked = rows["is_breached"].notna().to_numpy()
    late = np.where(np.isnat(ended), True, ended > due) & ~np.isnat(due)
    is_breached = np.where(marked, rows["is_breached"].fillna(False).to_numpy(dtype=bool), late)
    is_open, resolved_now = _record_state(scope, timeline, record)
    passed_at = np.where(np.isnat(breached_at), due, breached_at)
    is_undated = np.isnat(passed_at) & np.isnat(ended)
    has_passed = np.where(is_undated, is_breached, passed_at < scope.week_end)
    is_unended = np.isnat(ended)
    has_started = times(rows, "started_at") < scope.week_end
    is_running = (is_unended & is_open) | (ended >= scope.week_end)
    return Clocks(
        number=texts(rows, "record"),
        target=texts(rows, "target"),
        priority=_priority(timeline, record),
        ended_at=ended,
        is_breached=is_breached,
        is_known=marked | ~np.isnat(due),
        is_computed=~marked,
        is_late_running=is_running & has_started & has_passed,
        tells_when=~np.isnat(passed_at),
        is_unended=is_unended & resolved_now,
    )


def _record_state(
    scope: Scope, timeline: Timeline | None, record: Positions
) -> tuple[Flags, Flags]:
    """Whether each clock's record is open at the end of the week, and was resolved in it."""
    is_open, resolved = np.ones(len(record), dtype=bool), np.zeros(len(record), dtype=bool)
    if timeline is None:
        return is_open, resolved
    found = record >= 0
    open_records = open_at(timeline, scope.week_end)
    is_open[found] = open_records[record[found]]
    ends = timeline.events.of(EventKind.RESOLVED)
    in_week = np.zeros(len(timeline.records), dtype=bool)
    in_week[ends.record[scope.grid.index_of(ends.at) == scope.grid.last]] = True
    resolved[found] = (in_week & ~open_records)[record[found]]
    return is_open, resolved


def _sla_clocks(scope: Scope, timeline: Timeline | None) -> Clocks | None:
    """SLA clocks of incidents; without any, each incident's own mark dated by resolved_at."""
    clocks = clocks_of(scope, ClockType.SLA, RecordKind.INCIDENT, timeline)
    if clocks is not None or timeline is None or timeline.records["sla_met"].isna().all():
        return clocks
    rows = timeline.records[timeline.records["sla_met"].notna()]
    record = np.flatnonzero(timeline.records["sla_met"].notna().to_numpy())
    return _clocks(scope, _marks_as_clocks(scope, rows), timeline, record)


def _marks_as_clocks(scope: Scope, rows: pd.DataFrame) -> pd.DataFrame:
    """The incidents' own marks in the form of resolution clocks."""
    ended = rows["resolved_at"]
    return pd.DataFrame(
        {
            "record": rows["number"],
            "target": ClockTarget.RESOLUTION.value,
            "started_at": rows["opened_at"],
            "ended_at": ended.mask(times(rows, "resolved_at") > scope.cutoff),
            "due_at": pd.Series(pd.NaT, index=rows.index, dtype=ended.dtype),
            "breached_at": pd.Series(pd.NaT, index=rows.index, dtype=ended.dtype),
            "is_breached": ~rows["sla_met"],
        }
    )
