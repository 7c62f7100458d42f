"""What follows from a vendor's misses: credits, the next step, and what stands in for it."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.commitments import Owed, owed_by, vendor_cases, vendor_contract
from reports.measures.data import DAY, Positions, Rung, Texts, Times, texts
from reports.measures.scope import Scope

LADDER = (
    Rung(6, 13, "4: the contract owners"),
    Rung(3, 4, "3: heads of both sides"),
    Rung(2, 4, "2: vendor manager"),
    Rung(1, 1, "1: service review"),
)
"""The steps where a contract names no other, the highest first."""
NO_STEP = "0: none"

CREDITS = vendor_contract(
    figure_id="vendor_credits",
    title="Service credits due",
    formula=(
        "for each commitment due in the week and missed by more than the case waited on us: the "
        "clause's share of the contract's monthly fee; over all and by vendor"
    ),
    unit=Unit.MONEY,
    direction=Direction.NEITHER,
    denominator="missed commitments of the week with a clause that grants a credit",
    needs=("contract_clause.credit_share", "contract.cost_per_year"),
    decision="which credit to claim",
)
STEP = vendor_contract(
    figure_id="vendor_ladder",
    title="Step of the escalation ladder due",
    version=2,
    formula=(
        "weeks of the last 13 with a commitment missed by the vendor itself; the step due is 1 "
        "after a week with one, 2 after two of four weeks, 3 after three of four, 4 after six of "
        "13, or as a vendor's own ladder says"
    ),
    unit=Unit.COUNT,
    denominator="none: a count of weeks",
    needs=("vendor_case.resolution_due_at or contract_clause.within_h",),
    decision="whom to speak to next",
)
CONTINGENCY = vendor_contract(
    figure_id="vendor_without_contingency",
    title="Vendors without a contingency on file",
    formula="vendors with a case or contract that name no contingency",
    unit=Unit.COUNT,
    denominator="none: a count",
    kind=RecordKind.VENDOR,
    needs=("vendor.contingency",),
    decision="for which vendor to plan a second source",
)
_OF_CASES = (CREDITS, STEP)
CONTRACTS = (*_OF_CASES, CONTINGENCY)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Credits, the ladder, and vendors without a contingency."""
    cases = vendor_cases(scope)
    if cases is None or cases.empty:
        reason = "no source provides vendor cases"
        yield from (not_available(scope, one, reason) for one in _OF_CASES)
    else:
        owed = owed_by(scope, cases)
        due_now = owed.only(scope.grid.index_of(owed.due_at) == scope.grid.last)
        yield from _credits(scope, due_now.only(due_now.is_missed))
        yield from _ladder(scope, owed)
    yield _contingency(scope, cases)


def _credits(scope: Scope, missed: Owed) -> Iterator[FigureResult]:
    worth = missed.worth
    granted = ~np.isnan(worth)
    if not granted.any():
        reason = "no commitment missed in the week has a clause with a credit, and a fee"
        yield not_available(scope, CREDITS, reason)
        return
    missed, worth = missed.only(granted), worth[granted]
    for name in (None, *sorted(set(missed.vendor))):
        own = np.ones(len(worth), dtype=bool) if name is None else missed.vendor == name
        due = own & missed.is_theirs
        extras = Extras(
            dimensions={} if name is None else {"vendor": str(name)},
            companions={"before our share is taken out": float(np.sort(worth[own]).sum())},
            exactness=Exactness.COMPUTED,
            note=f"In {scope.data.cost.currency}, as the contracts state fees.",
        )
        yield standing(scope, CREDITS, float(np.sort(worth[due]).sum()), missed.case[due], extras)


def due_step(scope: Scope, owed: Owed, ladder: Sequence[Rung]) -> str:
    """The step of a ladder that the misses of one vendor call for at the end of the period."""
    return step_due(set(_weeks_back(scope, _recent(scope, owed).due_at)), ladder)


def _recent(scope: Scope, owed: Owed) -> Owed:
    """What vendors missed in the last 13 weeks, late by more than the case waited on us."""
    since = scope.week_end - 13 * 7 * DAY
    is_recent = (owed.due_at >= since) & (owed.due_at < scope.week_end)
    return owed.only(is_recent & owed.is_theirs)


def _ladder(scope: Scope, owed: Owed) -> Iterator[FigureResult]:
    recent = _recent(scope, owed)
    weeks = _weeks_back(scope, recent.due_at)
    yield standing(scope, STEP, float(len(set(weeks))), recent.case)
    for name in sorted(set(recent.vendor)):
        own = recent.vendor == name
        step = step_due(set(weeks[own]), scope.data.ladders.get(str(name), LADDER))
        extras = Extras(dimensions={"vendor": str(name), "step due": step})
        value = float(len(set(weeks[own])))
        yield standing(scope, STEP, value, recent.case[own], extras)


def _weeks_back(scope: Scope, at: Times) -> Positions:
    """How many weeks before this one each time lies; 0 is this week."""
    age = np.asarray((scope.week_end - at) / (7 * DAY), dtype=np.float64)
    return np.maximum(np.ceil(age).astype(np.intp) - 1, 0)


def step_due(weeks_back: set[int], ladder: Sequence[Rung] = LADDER) -> str:
    """The step of the ladder that misses so many weeks back call for: the first that applies."""
    for rung in ladder:
        if sum(back < rung.of_weeks for back in weeks_back) >= rung.misses:
            return rung.step
    return NO_STEP


def _contingency(scope: Scope, cases: pd.DataFrame | None) -> FigureResult:
    vendors = scope.frame(RecordKind.VENDOR)
    if vendors is None:
        return not_available(scope, CONTINGENCY, "no source provides vendors")
    contracts = scope.frame(RecordKind.CONTRACT)
    used: set[str] = set() if cases is None else set(cases["vendor"])
    used |= set() if contracts is None else set(contracts["vendor"])
    lacks = vendors["number"].isin(used) & vendors["contingency"].isna()
    number: Texts = texts(vendors, "number")[lacks.to_numpy()]
    return standing(scope, CONTINGENCY, float(len(number)), number)
