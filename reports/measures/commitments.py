"""What vendors owed and when they did it, with our own share of the delay taken out first."""

from dataclasses import dataclass, fields
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction
from itsm.states import ClockTarget, RecordKind, VendorCaseState
from reports.measures.columns import coded
from reports.measures.contract import Contract
from reports.measures.data import (
    HOUR,
    TIME_TYPE,
    Flags,
    Numbers,
    Positions,
    Texts,
    Times,
    hours_between,
    texts,
    times,
)
from reports.measures.scope import Scope

NO_CLAUSE = "not given"
vendor_contract = partial(
    Contract,
    family="vendors",
    direction=Direction.DOWN,
    kind=RecordKind.VENDOR_CASE,
    owner="vendor manager",
    partner="csat",
    exclusions="canceled cases",
    is_in_pack=False,
)
"""What the figures of a vendor's dossier have in common."""
_ENDS = {
    ClockTarget.RESPONSE: ("response_due_at", "responded_at"),
    ClockTarget.RESOLUTION: ("resolution_due_at", "resolved_at"),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """Commitments of vendors; `done_at` is NaT while it is not done.

    `late_h` runs to the end of the week where it is not done; `net_late_h` is what remains of it
    when the hours the case waited on us are taken out, and never below 0. `clause` is the number
    of the clause, `credit_share` and `fee` what it costs to miss it: the share of a monthly fee.
    """

    case: Texts
    row: Positions
    vendor: Texts
    target: Texts
    clause: Texts
    due_at: Times
    done_at: Times
    late_h: Numbers
    ours_h: Numbers
    net_late_h: Numbers
    credit_share: Numbers
    fee: Numbers

    def only(self, kept: Flags) -> "Owed":
        """The commitments that a mask keeps."""
        return Owed(*(getattr(self, column.name)[kept] for column in fields(self)))

    @property
    def is_missed(self) -> Flags:
        """Done late, or due and not done."""
        return np.asarray(self.late_h > 0)

    @property
    def is_theirs(self) -> Flags:
        """Missed, and late by more than the case waited on us."""
        return np.asarray(self.net_late_h > 0)

    @property
    def worth(self) -> Numbers:
        """What missing it costs the vendor; NaN where no clause grants a credit, or no fee is."""
        return np.asarray(self.credit_share * self.fee)


def vendor_cases(scope: Scope) -> pd.DataFrame | None:
    """The vendor cases that were not canceled, in the order (source, number)."""
    return scope.once("vendor cases", lambda: _vendor_cases(scope))


def _vendor_cases(scope: Scope) -> pd.DataFrame | None:
    cases = scope.frame(RecordKind.VENDOR_CASE)
    if cases is None:
        return None
    cases = cases[(cases["state"] != VendorCaseState.CANCELED.value).to_numpy()]
    return cases.sort_values(["source", "number"], kind="stable", ignore_index=True)


def vendor_names(scope: Scope, cases: pd.DataFrame) -> Texts:
    """The name of each case's vendor, its number where no vendor record names it."""
    vendors = scope.frame(RecordKind.VENDOR)
    known = {} if vendors is None else dict(zip(vendors["number"], vendors["name"], strict=True))
    vendor = coded(cases["vendor"])
    names = [*(known.get(number, number) for number in vendor.words), np.nan]
    return np.asarray(np.array(names, dtype=object)[vendor.codes])


def utc_text(at: np.datetime64) -> str:
    """An instant as a line of evidence has it, "not yet" where there is none."""
    return "not yet" if np.isnat(at) else f"{np.datetime_as_string(at, unit='m')}Z"


def owed_by(scope: Scope, cases: pd.DataFrame) -> Owed:
    """Response and resolution commitments; due as the case says, else as its clause says."""
    if cases is not vendor_cases(scope):
        return _owed_by(scope, cases)
    return scope.once("owed by vendors", lambda: _owed_by(scope, cases))


def _owed_by(scope: Scope, cases: pd.DataFrame) -> Owed:
    parts = [_of_target(scope, cases, target) for target in _ENDS]
    return Owed(
        *(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Owed))
    )


def _of_target(scope: Scope, cases: pd.DataFrame, target: ClockTarget) -> Owed:
    due_column, done_column = _ENDS[target]
    clause = _clauses(scope, cases, target)
    opened, due = times(cases, "opened_at"), times(cases, due_column)
    within = clause["within_h"].to_numpy(dtype=np.float64)
    by_clause = opened + (np.nan_to_num(within) * 3600e6).astype("timedelta64[us]")
    has_none = np.isnat(due) & np.isnan(within)
    due = np.asarray(np.where(np.isnat(due), by_clause, due), dtype=TIME_TYPE)
    due[has_none] = np.datetime64("NaT")
    done = times(cases, done_column)
    until = np.where(np.isnat(done), scope.week_end, done)
    late = np.maximum(np.nan_to_num(hours_between(due, until)), 0.0)
    ours = np.minimum(
        np.nan_to_num(cases["waiting_on_us_h"].to_numpy(dtype=np.float64)),
        np.nan_to_num(np.maximum(hours_between(opened, until), 0.0)),
    )
    everything = Owed(
        case=texts(cases, "number"),
        row=np.arange(len(cases)),
        vendor=vendor_names(scope, cases),
        target=np.full(len(cases), target.value, dtype=object),
        clause=clause["number"].fillna(NO_CLAUSE).to_numpy(dtype=object),
        due_at=due,
        done_at=done,
        late_h=late,
        ours_h=ours,
        net_late_h=np.maximum(late - ours, 0.0),
        credit_share=clause["credit_share"].to_numpy(dtype=np.float64),
        fee=clause["fee"].to_numpy(dtype=np.float64),
    )
    return everything.only(~np.isnat(due))


def _clauses(scope: Scope, cases: pd.DataFrame, target: ClockTarget) -> pd.DataFrame:
    """The clause of each case: of its contract, for its severity, else for all severities."""
    columns = ["number", "within_h", "credit_share", "fee"]
    frame = scope.frame(RecordKind.CONTRACT_CLAUSE)
    if frame is None:
        return pd.DataFrame({name: np.full(len(cases), np.nan) for name in columns}).astype(
            {"number": "str"}
        )
    frame = frame[(frame["target"] == target.value).to_numpy()]
    frame = frame.assign(fee=_monthly_fee(scope, frame))
    frame = frame.sort_values("number", kind="stable")
    each, place = _asked(cases)
    asked = cases[["source", "contract"]].assign(severity=cases["severity"].astype("float64"))
    asked = asked.iloc[each]
    level = frame["severity"].astype("float64")
    exact = frame[level.notna().to_numpy()].assign(severity=level)
    exact = exact.drop_duplicates(["source", "contract", "severity"])
    general = frame[level.isna().to_numpy()].drop_duplicates(["source", "contract"])
    keys = ["source", "contract", "severity"]
    found = asked.merge(exact[[*keys, *columns]], on=keys, how="left")
    other = asked.merge(general[[*keys[:2], *columns]], on=keys[:2], how="left")
    use = found["within_h"].isna() & asked["contract"].notna().to_numpy()
    return found[columns].where(~use, other[columns]).iloc[place].reset_index(drop=True)


def _asked(cases: pd.DataFrame) -> tuple[Positions, Positions]:
    """One case for each source, contract and severity; for every case, which of these it is."""
    joint = np.zeros(len(cases), dtype=np.int64)
    for name in ("source", "contract", "severity"):
        code = pd.factorize(cases[name])[0]
        joint = joint * (int(code.max(initial=-1)) + 2) + code + 1
    _, each, place = np.unique(joint, return_index=True, return_inverse=True)
    return each, place


def _monthly_fee(scope: Scope, clauses: pd.DataFrame) -> Numbers:
    contracts = scope.frame(RecordKind.CONTRACT)
    if contracts is None:
        return np.full(len(clauses), np.nan)
    keys = pd.MultiIndex.from_frame(contracts[["source", "number"]])
    place = keys.get_indexer(pd.MultiIndex.from_frame(clauses[["source", "contract"]]))
    yearly = np.append(contracts["cost_per_year"].to_numpy(dtype=np.float64), np.nan)
    return np.asarray(yearly[place] / 12)


def whole_hours(at: Times, start: Times) -> Numbers:
    """Elapsed hours that are never negative; NaN where an end is missing."""
    return np.asarray(np.maximum((at - start) / HOUR, 0.0), dtype=np.float64)
