"""Kinds of change that could be pre-approved, and risky changes that skipped a control."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import ApprovalState, ChangeOutcome, ChangeState, ChangeType, RecordKind
from itsm.statistics import wilson_interval
from reports.measures.approvals import period_of
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.data import Flags, texts, times
from reports.measures.scope import Scope

MIN_CHANGES = 20
"""So many changes of a kind have to have gone well before it is proposed as standard."""
HIGH_RISK = 2
"""Risk 1 and 2 are high; 1 is the highest."""
MAX_KINDS = 20

_contract = partial(
    Contract,
    family="change",
    kind=RecordKind.CHANGE,
    owner="change manager",
    partner="csat",
    is_in_pack=False,
)
STANDARD = _contract(
    figure_id="change_standard_proposed",
    title="Kinds of change to make standard",
    formula=(
        "kinds of normal change (same category and service) with 20 or more closed in the weeks "
        "shown, all successful, and no incident that names one of them as its cause; then each "
        "kind with its count and the highest rate of failure that such a run leaves possible"
    ),
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count",
    exclusions="canceled changes; changes without an outcome; standard and emergency changes",
    needs=("change.category", "change.service", "change.outcome", "change.closed_at"),
    decision="which kinds of change need no approval one by one",
)
SKIPPED = _contract(
    figure_id="change_skipped_control",
    title="High-risk changes without an approval",
    formula=(
        "of the changes of risk 1 or 2 implemented in the week, those with no approval given "
        "before they were implemented"
    ),
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="changes of risk 1 or 2 implemented in the week",
    exclusions="canceled changes; changes without a risk; standard changes, approved beforehand",
    needs=("change.risk", "change.implemented_at", "approval.decided_at"),
    decision="which control to make stronger where the risk is high",
)
CONTRACTS = (STANDARD, SKIPPED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Where control could be less, and where it was missing."""
    changes = scope.frame(RecordKind.CHANGE)
    if changes is None:
        reason = "no source provides changes"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    changes = changes[(changes["state"] != ChangeState.CANCELED.value).to_numpy()]
    yield from _standard(scope, changes)
    yield _skipped(scope, changes)


def _standard(scope: Scope, changes: pd.DataFrame) -> Iterator[FigureResult]:
    in_weeks = scope.grid.index_of(times(changes, "closed_at")) >= 0
    outcome = changes["outcome"].fillna(ChangeOutcome.UNMAPPED.value)
    chosen = in_weeks & (outcome != ChangeOutcome.UNMAPPED.value).to_numpy()
    chosen &= (changes["type"] == ChangeType.NORMAL.value).to_numpy()
    chosen &= (changes["category"].notna() & changes["service"].notna()).to_numpy()
    normal = changes[chosen]
    if normal.empty:
        reason = "no normal change with category, service and outcome was closed in the weeks shown"
        yield not_available(scope, STANDARD, reason)
        return
    is_good = (normal["outcome"] == ChangeOutcome.SUCCESSFUL.value).to_numpy()
    went_well = is_good & ~_broke_something(scope, normal)
    kinds = normal.assign(ok=went_well).groupby(["category", "service"], sort=True)["ok"]
    is_safe = kinds.transform("all") & (kinds.transform("size") >= MIN_CHANGES)
    safe = normal[is_safe.to_numpy(dtype=bool)].sort_values(["category", "service", "number"])
    groups = list(safe.groupby(["category", "service"], sort=True))
    period = f"Over {period_of(scope.grid)}."
    number = texts(safe, "number")
    yield standing(scope, STANDARD, float(len(groups)), number, Extras(note=period))
    for kind, rows in sorted(groups, key=lambda group: (-len(group[1]), group[0]))[:MAX_KINDS]:
        assert isinstance(kind, tuple)
        extras = Extras(
            dimensions={"category": str(kind[0]), "service": str(kind[1])},
            companions={
                "changes": float(len(rows)),
                "highest rate of failure": wilson_interval(0, len(rows))[1],
            },
            note=period,
        )
        yield standing(scope, STANDARD, 1.0, texts(rows, "number"), extras)


def _broke_something(scope: Scope, changes: pd.DataFrame) -> Flags:
    """Changes that an incident names as its cause."""
    if scope.incidents is None:
        return np.zeros(len(changes), dtype=bool)
    stated = scope.incidents.columns.named(["source", "caused_by_change"]).drop_duplicates()
    keys = pd.MultiIndex.from_frame(stated)
    return np.asarray(pd.MultiIndex.from_frame(changes[["source", "number"]]).isin(keys))


def _skipped(scope: Scope, changes: pd.DataFrame) -> FigureResult:
    approvals = scope.frame(RecordKind.APPROVAL)
    if approvals is None:
        return not_available(scope, SKIPPED, "no source provides approvals")
    risk = changes["risk"].astype("float64").to_numpy()
    done = times(changes, "implemented_at")
    if np.isnan(risk).all() or np.isnat(done).all():
        return not_available(scope, SKIPPED, "needs the risk of changes and when they were done")
    given = approvals[(approvals["state"] == ApprovalState.APPROVED.value).to_numpy()]
    first = (
        given[["source", "change", "decided_at"]]
        .dropna()
        .groupby(["source", "change"], sort=True)["decided_at"]
        .min()
        .dt.tz_localize(None)
    )
    keys = pd.MultiIndex.from_frame(changes[["source", "number"]])
    approved_at = first.reindex(keys).to_numpy().astype(done.dtype)
    week = scope.grid.index_of(done)
    chosen = (risk <= HIGH_RISK) & (changes["type"] != ChangeType.STANDARD.value).to_numpy()
    excluded = {"no risk given": int((np.isnan(risk) & (week == scope.grid.last)).sum())}
    seen = Observed(week, texts(changes, "number")).only(chosen)
    return share(scope, SKIPPED, seen, ~(approved_at <= done)[chosen], Extras(excluded=excluded))
