"""The improvement programme: how long improvements stand where they are, and which stall."""

from collections.abc import Iterator
from functools import partial
from statistics import median

import numpy as np

from itsm.figures import Direction, FigureResult, Unit
from itsm.register import RegisterEntry, RegisterState
from itsm.register_care import Patience
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.contract import Contract
from reports.measures.scope import Scope
from reports.measures.weeks import instant

_contract = partial(
    Contract,
    family="improvement register",
    direction=Direction.DOWN,
    exclusions="entries raised after the cut-off; closed and canceled ones",
    kind=RecordKind.PROBLEM,
    needs=("the register of improvements",),
    owner="improvement manager",
    partner="csat",
    is_in_pack=False,
)
TIME_IN_STATE = _contract(
    figure_id="register_time_in_state",
    title="Time improvements stand in their state",
    formula=(
        "median days since open entries came into their state, over all and by state, with the "
        "longest beside it"
    ),
    unit=Unit.DAYS,
    denominator="open entries",
    decision="at which step improvements wait, and for whom",
)
STALLED = _contract(
    figure_id="register_stalled",
    title="Improvements that stall",
    formula=(
        "open entries longer in their state than its patience: new 28 days, accepted, assess and "
        "approved 42, on hold 90, in progress 180, review 200, regressed 14; by state"
    ),
    unit=Unit.COUNT,
    denominator="none: a count",
    decision="which improvements to move, to stop, or to say not yet to",
)
CONTRACTS = (TIME_IN_STATE, STALLED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Days in state, and entries that stand there for too long."""
    register = scope.data.register
    if register is None:
        reason = "the register of improvements was not handed in"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    known = [one for one in register if one.is_open and instant(one.raised_at) <= scope.cutoff]
    if not known:
        yield from (
            not_available(scope, one, "the register has no open entry") for one in CONTRACTS
        )
        return
    days = {one.number: _days(scope, one) for one in known}
    yield _median(scope, known, days)
    states = [state for state in RegisterState if any(one.state is state for one in known)]
    for state in states:
        yield _median(scope, [one for one in known if one.state is state], days, state)
    late = [one for one in known if days[one.number] > Patience().days(one.state)]
    yield _stalled(scope, late, None)
    for state in states:
        chosen = [one for one in late if one.state is state]
        if chosen:
            yield _stalled(scope, chosen, state)


def _days(scope: Scope, entry: RegisterEntry) -> float:
    """Days an entry stands in its state at the end of the week."""
    since = instant(entry.state_since_at or entry.raised_at)
    return max(0.0, float((scope.week_end - since) / np.timedelta64(1, "D")))


def _median(
    scope: Scope,
    entries: list[RegisterEntry],
    days: dict[str, float],
    state: RegisterState | None = None,
) -> FigureResult:
    stays = [days[one.number] for one in entries]
    extras = Extras(
        dimensions={"state": state.value} if state else {}, companions={"longest": max(stays)}
    )
    return standing(scope, TIME_IN_STATE, float(median(stays)), _numbers(entries), extras)


def _stalled(
    scope: Scope, entries: list[RegisterEntry], state: RegisterState | None
) -> FigureResult:
    extras = Extras(dimensions={"state": state.value} if state else {})
    return standing(scope, STALLED, float(len(entries)), _numbers(entries), extras)


def _numbers(entries: list[RegisterEntry]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([one.number for one in entries], dtype=object)
