"""Agreements kept: SLA clocks, and the OLA and contract clocks beneath them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import ClockTarget, ClockType, RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.columns import Coded
from reports.measures.contract import Contract
from reports.measures.data import times
from reports.measures.scope import Scope
from reports.measures.sla_clocks import Clocks, clocks_of, told_clocks
from reports.measures.timeline import Timeline

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
    for target, code in _there(clocks.target):
        of_target = clocks.only(clocks.target.codes == code)
        yield _compliance(scope, contract, of_target, {"target": target}, True)
        if not by_priority:
            continue
        now = scope.grid.index_of(of_target.ended_at) == scope.grid.last
        told = np.unique(of_target.priority.codes[of_target.tells_when])
        few = of_target.only(now | of_target.is_late_running | of_target.is_unended)
        for priority, level in _there(of_target.priority.only(now)):
            chosen = few.only(few.priority.codes == level)
            dimensions = {"target": target, "priority": priority}
            yield _compliance(scope, contract, chosen, dimensions, False, level in told)


def _there(column: Coded) -> list[tuple[str, int]]:
    """The words that come in a column, with their codes, in the order of the words."""
    codes = np.unique(column.codes)
    return sorted((str(column.words[code]), code) for code in codes[codes >= 0].tolist())


def _compliance(
    scope: Scope,
    contract: Contract,
    clocks: Clocks,
    dimensions: dict[str, str],
    has_series: bool,
    tells_when: bool | None = None,
) -> FigureResult:
    week = scope.grid.index_of(clocks.ended_at)
    now = week == scope.grid.last
    is_computed = bool((now & clocks.is_computed).any())
    extras = Extras(
        dimensions=dimensions,
        companions=_running(clocks, tells_when),
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


def _running(clocks: Clocks, tells_when: bool | None) -> dict[str, float]:
    """Running but breached clocks; nothing is said where no clock tells when it is breached."""
    n = int(clocks.is_late_running.sum())
    is_told = clocks.tells_when.any() if tells_when is None else tells_when
    return {"running but breached": float(n)} if n or is_told else {}


_COMPUTED = (
    "For some clocks a breach is computed from due and end times; the source does not mark it."
)


def _sla_clocks(scope: Scope, timeline: Timeline | None) -> Clocks | None:
    """SLA clocks of incidents; without any, each incident's own mark dated by resolved_at."""
    clocks = clocks_of(scope, ClockType.SLA, RecordKind.INCIDENT, timeline)
    if clocks is not None or timeline is None or not timeline.columns.is_known("sla_met").any():
        return clocks
    rows = timeline.records[timeline.records["sla_met"].notna()]
    record = np.flatnonzero(timeline.columns.is_known("sla_met"))
    return told_clocks(scope, _marks_as_clocks(scope, rows), timeline, record)


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
