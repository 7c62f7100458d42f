"""The register of improvements: where its entries stand, and what the programme has brought."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from itsm.figures import Direction, FigureResult, Unit
from itsm.register import RegisterEntry, RegisterState
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.contract import Contract
from reports.measures.scope import Scope
from reports.measures.weeks import instant

_contract = partial(
    Contract,
    family="improvement register",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count",
    exclusions="entries raised after the cut-off",
    kind=RecordKind.PROBLEM,
    needs=("the register of improvements",),
    owner="improvement manager",
    partner="csat",
    is_in_pack=False,
)
ENTRIES = _contract(
    figure_id="register_entries",
    title="Improvements in the register",
    formula="entries of the register, and by state",
    decision="what to start, what to stop",
)
OVERDUE = _contract(
    figure_id="register_overdue",
    title="Improvements with an overdue review",
    formula=(
        "entries neither closed nor canceled whose next review lies before the end of the week"
    ),
    direction=Direction.DOWN,
    decision="which improvements to ask about",
)
UNOWNED = _contract(
    figure_id="register_unowned",
    title="Improvements without an owner",
    formula="entries accepted and not closed or canceled that name no coordinator",
    direction=Direction.DOWN,
    decision="who takes which improvement",
)
UNSCORED = _contract(
    figure_id="register_unscored",
    title="Improvements that cannot be ranked yet",
    formula="open entries for which impact, urgency, risk or effort is not known",
    direction=Direction.DOWN,
    decision="which values to ask for, so that demand compares",
)
SUCCESS = _contract(
    figure_id="programme_success",
    title="Improvements proven to have worked",
    formula="closed entries with a verified benefit / closed entries",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="closed entries",
    decision="whether the programme brings what it promises",
)
BENEFIT = _contract(
    figure_id="programme_benefit",
    title="Expected and verified benefit",
    formula="verified benefit of the closed entries beside what was expected of them",
    unit=Unit.HOURS,
    direction=Direction.UP,
    denominator="closed entries with a proof",
    decision="which kinds of improvement to fund",
)
PREVENTED = _contract(
    figure_id="incidents_prevented",
    title="Incidents prevented",
    formula="incidents that did not happen since improvements went live, from their proofs",
    direction=Direction.UP,
    decision="what the programme is worth",
)
_OF_PROOF = (SUCCESS, BENEFIT, PREVENTED)
CONTRACTS = (ENTRIES, OVERDUE, UNOWNED, UNSCORED, *_OF_PROOF)

_ENDED = (RegisterState.CLOSED, RegisterState.CANCELED)
_UNPLEDGED = (RegisterState.NEW, *_ENDED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """States, overdue reviews, owners and ranking of the register."""
    register = scope.data.register
    if register is None:
        reason = "the register of improvements was not handed in"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    known = [one for one in register if instant(one.raised_at) <= scope.cutoff]
    yield _counted(scope, ENTRIES, known)
    for state in RegisterState:
        chosen = [one for one in known if one.state is state]
        if chosen:
            yield _counted(scope, ENTRIES, chosen, {"state": state.value})
    under_way = [one for one in known if one.state not in _ENDED]
    last_day = scope.week.shifted(1).first_day
    late = [one for one in under_way if one.next_review_on and one.next_review_on < last_day]
    yield _counted(scope, OVERDUE, late)
    pledged = [one for one in known if one.state not in _UNPLEDGED]
    yield _counted(scope, UNOWNED, [one for one in pledged if not one.coordinator])
    yield _counted(scope, UNSCORED, [one for one in under_way if one.gaps])
    yield from _proven(scope, [one for one in known if one.state is RegisterState.CLOSED])


def _proven(scope: Scope, closed: list[RegisterEntry]) -> Iterator[FigureResult]:
    reason = "no improvement is closed yet" if not closed else "the entries hold no proof"
    yield from (not_available(scope, one, reason) for one in _OF_PROOF)


def _counted(
    scope: Scope,
    contract: Contract,
    entries: list[RegisterEntry],
    dimensions: dict[str, str] | None = None,
) -> FigureResult:
    number = np.array([one.number for one in entries], dtype=object)
    extras = Extras(dimensions=dimensions or {})
    return standing(scope, contract, float(len(entries)), number, extras)
