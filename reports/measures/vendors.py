"""Vendors: commitments met, cases open and on whom they wait, and each missed commitment."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, Figure, FigureResult, Unit
from itsm.states import ClockTarget, RecordKind, VendorCaseState
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.commitments import utc_text, vendor_names
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, Numbers, Texts, Times, hours_between, texts, times
from reports.measures.scope import Scope

_OWNER = "vendor manager"
COMMITMENTS = Contract(
    figure_id="vendor_commitments",
    title="Vendor commitments met",
    family="vendors",
    formula=(
        "commitments with their due time in the week: met in time / due, for response and "
        "resolution apart, over all vendors and by vendor and severity"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="vendor commitments due in the week",
    exclusions="canceled cases; cases without a due time",
    kind=RecordKind.VENDOR_CASE,
    needs=("vendor_case.response_due_at or vendor_case.resolution_due_at",),
    owner=_OWNER,
    decision="what to raise in the vendor review",
    partner="csat",
)
OPEN_CASES = Contract(
    figure_id="vendor_open_cases",
    title="Open vendor cases",
    family="vendors",
    formula="cases open at the end of the week, by vendor and by who has to act",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions="canceled cases",
    kind=RecordKind.VENDOR_CASE,
    needs=("vendor_case.opened_at", "vendor_case.state"),
    owner=_OWNER,
    decision="which cases to push, and which wait on us",
    partner="csat",
)
MISSED = Contract(
    figure_id="vendor_missed",
    title="Missed vendor commitments",
    family="vendors",
    formula=(
        "hours late of the commitments due in the week and not met in time, up to their end or the "
        "end of the week, summed and then one by one with the hours the case waited on us"
    ),
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="missed commitments of the week",
    exclusions="canceled cases; cases without a due time",
    kind=RecordKind.VENDOR_CASE,
    needs=(*COMMITMENTS.needs, "vendor_case.waiting_on_us_h, for our own share"),
    owner=_OWNER,
    decision="which breach to claim, with our own share of the delay seen first",
    partner="csat",
)
CASE_AGE = Contract(
    figure_id="vendor_case_age",
    title="Age of open vendor cases",
    family="vendors",
    formula="median days since the opening of cases open at the end of the week, and by vendor",
    unit=Unit.DAYS,
    direction=Direction.DOWN,
    denominator="vendor cases open at the end of the week",
    exclusions="canceled cases",
    kind=RecordKind.VENDOR_CASE,
    needs=OPEN_CASES.needs,
    owner=_OWNER,
    decision="which vendor to call about old cases",
    partner="csat",
)
CONTRACTS = (COMMITMENTS, OPEN_CASES, CASE_AGE, MISSED)

_CANCELED = VendorCaseState.CANCELED.value
_WAITING = {VendorCaseState.WITH_US.value: "us"}
_DONE = (VendorCaseState.RESOLVED.value, VendorCaseState.CLOSED.value)
_THEIRS = (VendorCaseState.NEW.value, VendorCaseState.WITH_VENDOR.value)


@dataclass(frozen=True, slots=True)
class Commitments:
    """What vendors owed: `done_at` is NaT while it has not been done."""

    number: Texts
    vendor: Texts
    severity: Texts
    due_at: Times
    done_at: Times
    waited_on_us_h: Numbers
    contract: Texts
    incident: Texts

    def only(self, kept: Flags) -> "Commitments":
        """The commitments that a mask keeps."""
        return Commitments(*(getattr(self, column.name)[kept] for column in fields(self)))

    @property
    def is_met(self) -> Flags:
        """Done, and not later than due."""
        return self.done_at <= self.due_at


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Commitments, open cases and the dated list of what was missed."""
    cases = scope.frame(RecordKind.VENDOR_CASE)
    if cases is None:
        reason = "no source provides vendor cases"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    cases = cases[(cases["state"] != _CANCELED).to_numpy()]
    names = vendor_names(scope, cases)
    owed = {
        ClockTarget.RESPONSE: _commitments(cases, names, "response_due_at", "responded_at"),
        ClockTarget.RESOLUTION: _commitments(cases, names, "resolution_due_at", "resolved_at"),
    }
    for target, commitments in owed.items():
        yield from _met(scope, target, commitments)
    yield from _open_cases(scope, cases, names)
    yield from _missed(scope, owed)


def _commitments(cases: pd.DataFrame, names: Texts, due: str, done: str) -> Commitments:
    due_at = times(cases, due)
    severity = cases["severity"].astype("str").fillna("not given").to_numpy(dtype=object)
    everything = Commitments(
        number=texts(cases, "number"),
        vendor=names,
        severity=severity,
        due_at=due_at,
        done_at=times(cases, done),
        waited_on_us_h=cases["waiting_on_us_h"].to_numpy(dtype=np.float64),
        contract=cases["contract"].fillna("not given").to_numpy(dtype=object),
        incident=cases["incident"].fillna("not given").to_numpy(dtype=object),
    )
    return everything.only(~np.isnat(due_at))


def _met(scope: Scope, target: ClockTarget, owed: Commitments) -> Iterator[FigureResult]:
    if not len(owed.number):
        reason = f"no vendor case tells when its {target.value} is due"
        yield not_available(scope, COMMITMENTS, reason, {"target": target.value})
        return
    week = scope.grid.index_of(owed.due_at)
    extras = Extras(dimensions={"target": target.value})
    yield share(scope, COMMITMENTS, Observed(week, owed.number), owed.is_met, extras)
    due_now = owed.only(week == scope.grid.last)
    for vendor, severity in sorted(set(zip(due_now.vendor, due_now.severity, strict=True))):
        chosen = due_now.only((due_now.vendor == vendor) & (due_now.severity == severity))
        dimensions = {"target": target.value, "vendor": str(vendor), "severity": str(severity)}
        extras = Extras(dimensions=dimensions, has_series=False)
        of_week = scope.grid.index_of(chosen.due_at)
        yield share(scope, COMMITMENTS, Observed(of_week, chosen.number), chosen.is_met, extras)


def _open_cases(scope: Scope, cases: pd.DataFrame, names: Texts) -> Iterator[FigureResult]:
    ended = np.fmin(times(cases, "resolved_at"), times(cases, "closed_at"))
    opened = times(cases, "opened_at")
    state = cases["state"].to_numpy(dtype=object)
    undated = np.isnat(ended) & np.isin(state.astype(str), _DONE)
    edges = scope.grid.edges[1:]
    per_week = np.array(
        [((opened < edge) & ~(ended < edge) & ~undated).sum() for edge in edges], dtype=np.float64
    )
    is_open = (opened < scope.week_end) & ~(ended < scope.week_end) & ~undated
    number = texts(cases, "number")
    extras = Extras(excluded={"done, but not when": int(undated.sum())})
    yield standing(
        scope, OPEN_CASES, float(is_open.sum()), number[is_open], extras, per_week=per_week
    )
    on = np.array([_waiting_on(word) for word in state], dtype=object)
    for vendor, who in sorted(set(zip(names[is_open], on[is_open], strict=True))):
        chosen = is_open & (names == vendor) & (on == who)
        extras = Extras(
            dimensions={"vendor": str(vendor), "waiting on": str(who)},
            exactness=Exactness.COMPUTED,
            note="Who has to act is as the case stands now; the past of that is not kept.",
        )
        yield standing(scope, OPEN_CASES, float(chosen.sum()), number[chosen], extras)
    age_days = np.asarray((scope.week_end - opened) / DAY, dtype=np.float64)
    yield from _ages(scope, names[is_open], number[is_open], age_days[is_open])


def _ages(scope: Scope, names: Texts, number: Texts, age_days: Numbers) -> Iterator[FigureResult]:
    """Ages of open cases over all vendors, then by vendor."""
    if not len(names):
        yield not_available(scope, CASE_AGE, "no vendor case was open at the end of the week")
        return
    for vendor in (None, *sorted(set(names))):
        chosen = np.ones(len(names), dtype=bool) if vendor is None else names == vendor
        extras = Extras(
            dimensions={} if vendor is None else {"vendor": str(vendor)},
            companions={"oldest": float(age_days[chosen].max())},
        )
        median = float(np.median(age_days[chosen]))
        yield standing(scope, CASE_AGE, median, number[chosen], extras)


def _waiting_on(state: str) -> str:
    return "the vendor" if state in _THEIRS else _WAITING.get(state, "not known")


def _missed(scope: Scope, owed: dict[ClockTarget, Commitments]) -> Iterator[FigureResult]:
    """All that was missed, then one figure for each: the evidence for the vendor review."""
    lines = [line for one in owed.items() for line in _lines(scope, *one)]
    number = np.array([line.rows[0] for line in lines], dtype=object)
    late_h = sum(line.value for line in lines)
    yield standing(scope, MISSED, late_h, number)
    yield from lines


def _lines(scope: Scope, target: ClockTarget, commitments: Commitments) -> Iterator[Figure]:
    due_now = scope.grid.index_of(commitments.due_at) == scope.grid.last
    missed = commitments.only(due_now & ~commitments.is_met)
    end = np.where(np.isnat(missed.done_at), scope.week_end, missed.done_at)
    late_h = hours_between(missed.due_at, end)
    for row in np.lexsort((missed.number.astype(str), missed.due_at)):
        waited = float(missed.waited_on_us_h[row])
        extras = Extras(
            dimensions=_line(missed, int(row), target),
            companions={} if np.isnan(waited) else {"hours waited on us": waited},
            note=_our_share(waited, float(late_h[row])),
        )
        number = missed.number[row : row + 1]
        yield standing(scope, MISSED, float(late_h[row]), number, extras)


def _line(missed: Commitments, row: int, target: ClockTarget) -> dict[str, str]:
    return {
        "vendor": str(missed.vendor[row]),
        "case": str(missed.number[row]),
        "commitment": target.value,
        "contract": str(missed.contract[row]),
        "incident": str(missed.incident[row]),
        "severity": str(missed.severity[row]),
        "due": utc_text(missed.due_at[row]),
        "actual": utc_text(missed.done_at[row]),
    }


def _our_share(waited_h: float, late_h: float) -> str | None:
    if np.isnan(waited_h):
        return "How long the case waited on us is not recorded."
    if waited_h >= late_h:
        return "The case waited on us for at least as long as it is late: not the vendor's delay."
    return None
