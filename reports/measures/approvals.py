"""Approval steps: how often they say no, and the lead time they add."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import ApprovalState, RecordKind
from reports.measures.build import Extras, Observed, middle, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import Flags, hours_between, texts, times
from reports.measures.scope import Scope
from reports.measures.weeks import WeekGrid

MIN_ANSWERS = 20
"""A step that gave fewer answers than this is not said to never say no."""
UNNAMED = "not named"

_contract = partial(
    Contract,
    family="change",
    kind=RecordKind.APPROVAL,
    owner="change manager",
    partner="csat",
    is_in_pack=False,
)
LEAD_TIME = _contract(
    figure_id="approval_lead_time",
    title="Lead time of approvals",
    formula="median hours from the request of an approval to its answer, of the week's answers",
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="answers in the week with a time of request",
    exclusions="approvals that were not required; open ones",
    needs=("approval.requested_at", "approval.decided_at"),
    decision="which step delays changes most",
)
REFUSED = _contract(
    figure_id="approval_refused",
    title="Approvals that said no",
    formula=(
        "rejected / answered approvals of the weeks shown, over all steps and by step; a step that "
        "has not said no in 20 answers or more is named, with the hours of lead time it added"
    ),
    unit=Unit.SHARE,
    direction=Direction.NEITHER,
    denominator="answers of the weeks shown",
    exclusions="approvals that were not required; open ones",
    needs=("approval.state", "approval.decided_at", "approval.step"),
    decision="which approval step to question, because it changes no outcome",
)
CONTRACTS = (LEAD_TIME, REFUSED)

_ANSWERS = (ApprovalState.APPROVED.value, ApprovalState.REJECTED.value)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Lead time of approvals, and the steps that never say no."""
    approvals = scope.frame(RecordKind.APPROVAL)
    if approvals is None:
        reason = "no source provides approvals"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    decided = times(approvals, "decided_at")
    is_answer = approvals["state"].isin(_ANSWERS).to_numpy() & ~np.isnat(decided)
    answers, week = approvals[is_answer], scope.grid.index_of(decided[is_answer])
    number = texts(answers, "number")
    took_h = hours_between(times(answers, "requested_at"), times(answers, "decided_at"))
    yield middle(scope, LEAD_TIME, Observed(week, number), took_h)
    is_no = (answers["state"] == ApprovalState.REJECTED.value).to_numpy()
    yield from _refused(scope, answers, week, is_no)


def _refused(
    scope: Scope, answers: pd.DataFrame, week: "np.typing.NDArray[np.intp]", is_no: Flags
) -> Iterator[FigureResult]:
    """All weeks shown count as one period, since a step says no seldom."""
    shown = answers[week >= 0]
    is_no = is_no[week >= 0]
    whole = np.full(len(shown), scope.grid.last, dtype=np.intp)
    number = texts(shown, "number")
    weeks = period_of(scope.grid)
    extras = Extras(has_series=False, note=f"Over {weeks}.")
    yield share(scope, REFUSED, Observed(whole, number), is_no, extras)
    took_h = hours_between(times(shown, "requested_at"), times(shown, "decided_at"))
    step = shown["step"].fillna(UNNAMED).to_numpy(dtype=object)
    for name in sorted(set(step)):
        own = step == name
        hours = took_h[own & ~np.isnan(took_h)]
        never = not is_no[own].any() and int(own.sum()) >= MIN_ANSWERS
        extras = Extras(
            dimensions={"step": str(name)},
            companions={
                "hours added": float(np.sort(hours).sum()),
                **({"median hours": float(np.median(hours))} if len(hours) else {}),
            },
            note=f"Has not said no over {weeks}." if never else f"Over {weeks}.",
            has_series=False,
        )
        yield share(scope, REFUSED, Observed(whole, number).only(own), is_no[own], extras)


def period_of(grid: WeekGrid) -> str:
    """The weeks of a series in words."""
    return f"{grid.weeks[0].label} to {grid.weeks[-1].label}"
