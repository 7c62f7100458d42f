"""Changes: how they ended, and how many were emergencies."""

from collections.abc import Iterator

import numpy as np

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import ChangeOutcome, ChangeState, ChangeType, RecordKind
from reports.measures.build import Extras, Observed, count, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import texts, times
from reports.measures.scope import Scope

_NEEDS = ("change.closed_at", "change.outcome")

CLOSED = Contract(
    figure_id="changes_closed",
    title="Changes closed",
    family="change",
    formula="changes with their closing in the week, by outcome apart",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count",
    exclusions="canceled changes",
    kind=RecordKind.CHANGE,
    needs=("change.closed_at",),
    owner="change manager",
    decision="how much change the services carry",
    partner="csat",
)
SUCCESS = Contract(
    figure_id="change_success",
    title="Change success rate",
    family="change",
    formula="changes closed as successful / changes closed in the week with an outcome",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="changes closed in the week with an outcome",
    exclusions="canceled changes; changes closed without an outcome",
    kind=RecordKind.CHANGE,
    needs=_NEEDS,
    owner="change manager",
    decision="which kinds of change need more control, and which less",
    partner="csat",
)
OUTCOME = Contract(
    figure_id="change_outcome",
    title="Changes that did not end well",
    family="change",
    formula=(
        "share of the changes closed in the week with an outcome: with issues, backed out and "
        "unsuccessful, each apart"
    ),
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="changes closed in the week with an outcome",
    exclusions="canceled changes; changes closed without an outcome",
    kind=RecordKind.CHANGE,
    needs=_NEEDS,
    owner="change manager",
    decision="which changes the CAB looks at again",
    partner="csat",
)
EMERGENCY = Contract(
    figure_id="change_emergency",
    title="Emergency changes",
    family="change",
    formula="emergency changes / changes closed in the week",
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="changes closed in the week",
    exclusions="canceled changes; changes whose type has no meaning given",
    kind=RecordKind.CHANGE,
    needs=("change.closed_at", "change.type"),
    owner="change manager",
    decision="whether planning is being passed by",
    partner="csat",
)
CONTRACTS = (CLOSED, SUCCESS, OUTCOME, EMERGENCY)

_TROUBLE = (ChangeOutcome.WITH_ISSUES, ChangeOutcome.BACKED_OUT, ChangeOutcome.UNSUCCESSFUL)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Volume, success and emergencies of changes closed in the week."""
    changes = scope.frame(RecordKind.CHANGE)
    if changes is None:
        reason = "no source provides changes"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    canceled = (changes["state"] == ChangeState.CANCELED.value).to_numpy()
    all_weeks = scope.grid.index_of(times(changes, "closed_at"))
    n_canceled = int((canceled & (all_weeks == scope.grid.last)).sum())
    changes, week = changes[~canceled], all_weeks[~canceled]
    number = texts(changes, "number")
    extras = Extras(excluded={"canceled": n_canceled})
    yield count(scope, CLOSED, Observed(week, number), extras)
    outcome = changes["outcome"].fillna(ChangeOutcome.UNMAPPED.value).to_numpy(dtype=object)
    has_outcome = outcome != ChangeOutcome.UNMAPPED.value
    missing = int((~has_outcome & (week == scope.grid.last)).sum())
    with_outcome = Extras(excluded={"canceled": n_canceled, "no outcome": missing})
    chosen = Observed(week, number).only(has_outcome)
    good = outcome[has_outcome] == ChangeOutcome.SUCCESSFUL.value
    yield share(scope, SUCCESS, chosen, good, with_outcome)
    for trouble in _TROUBLE:
        apart = Extras(dimensions={"outcome": trouble.value}, excluded=with_outcome.excluded)
        yield share(scope, OUTCOME, chosen, outcome[has_outcome] == trouble.value, apart)
    kind = changes["type"].to_numpy(dtype=object)
    typed = np.asarray(kind != ChangeType.UNMAPPED.value, dtype=bool)
    untyped = int((~typed & (week == scope.grid.last)).sum())
    extras = Extras(excluded={"canceled": n_canceled, "type without a meaning": untyped})
    is_emergency = kind[typed] == ChangeType.EMERGENCY.value
    yield share(scope, EMERGENCY, Observed(week, number).only(typed), is_emergency, extras)
