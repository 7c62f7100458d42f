"""One vendor's dossier: whose time it was, what was missed, what follows, and who agrees to it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from itsm.errors import ConfigError
from itsm.periods import Period
from itsm.states import RecordKind
from reports.measures.case_waits import with_case_waits
from reports.measures.commitments import Owed, owed_by, utc_text, vendor_cases
from reports.measures.data import Flags, MeasureData, Numbers, Texts, flags, texts, times
from reports.measures.reconciliation import our_list, reconciled
from reports.measures.scope import Scope, scope_of
from reports.measures.vendor_dossier import affected_users, split_of
from reports.measures.vendor_lines import Compared, Dossier, Line, Past, Standing, Standings
from reports.measures.vendor_terms import LADDER, due_step
from reports.measures.weeks import instant

TREND_PERIODS = 13
ELSEWHERE = "is_elsewhere"
"""Column of a vendor's list: by its own word, the line is due in another period."""


def known_vendors(data: MeasureData) -> dict[str, str]:
    """The vendors that cases or vendor records name: number to name."""
    vendors, cases = data.frame(RecordKind.VENDOR), data.frame(RecordKind.VENDOR_CASE)
    known: dict[str, str] = {} if cases is None else {one: one for one in cases["vendor"].dropna()}
    if vendors is not None:
        known |= dict(zip(vendors["number"], vendors["name"], strict=True))
    return known


def vendor_number(data: MeasureData, asked: str) -> tuple[str, str]:
    """Number and name of a vendor, by either.

    Raises:
        ConfigError: no vendor goes by it; names those there are.
    """
    known = known_vendors(data)
    for number, name in sorted(known.items()):
        if asked.strip().casefold() in (number.casefold(), name.casefold()):
            return number, name
    there = ", ".join(sorted(set(known.values()))) or "none: no source provides vendor cases"
    raise ConfigError(f"there is no vendor {asked!r}; there are: {there}")


def dossier(
    data: MeasureData, asked: str, period: Period, cutoff_at: datetime, standings: Standings
) -> Dossier:
    """The dossier of one vendor for one period.

    Args:
        data: as for figures; `vendor_lists` holds the vendor's own list, if it gave one.
        asked: number or name of the vendor.
        period: the week, month or quarter.
        cutoff_at: what is known.
        standings: what was agreed on lines, now or earlier.

    Raises:
        ConfigError: there is no such vendor.
    """
    number, name = vendor_number(data, asked)
    scope = scope_of(_only(data, number, instant(cutoff_at)), period, cutoff_at, TREND_PERIODS)
    cases = vendor_cases(scope)
    if cases is None or cases.empty:
        raise ConfigError(f"no case with {name} is known by {cutoff_at:%Y-%m-%d %H:%M}")
    owed = owed_by(scope, cases)
    done = cases[scope.grid.index_of(times(cases, "resolved_at")) == scope.grid.last]
    now = owed.only(scope.grid.index_of(owed.due_at) == scope.grid.last)
    parts = {part: float(np.sort(hours).sum()) for part, hours in split_of(scope, done).items()}
    return Dossier(
        vendor=name,
        period=period.label,
        cutoff_at=cutoff_at,
        currency=data.cost.currency,
        n_resolved=len(done),
        n_unknown_waits=int(done["waiting_on_us_h"].isna().sum()),
        parts=parts,
        lines=_lines(scope, cases, now.only(now.is_missed), standings),
        compared=_compared(cases, now, name, data.vendor_lists, standings),
        trend=_trend(scope, owed),
        step=due_step(scope, owed, data.ladders.get(name, LADDER)),
        contingency=_contingency(data, number),
        clauses_known=scope.frame(RecordKind.CONTRACT_CLAUSE) is not None,
        resolved=tuple(sorted(map(str, done["number"]))),
    )


def _only(data: MeasureData, number: str, until: np.datetime64) -> MeasureData:
    """The records, with the cases of one vendor, and with what these waited on us for."""
    cases = data.frame(RecordKind.VENDOR_CASE)
    if cases is None:
        return data
    own = cases[(cases["vendor"] == number).to_numpy()].reset_index(drop=True)
    kept = replace(data, frames={**data.frames, RecordKind.VENDOR_CASE: own})
    return with_case_waits(kept, until)


def _lines(
    scope: Scope, cases: pd.DataFrame, missed: Owed, standings: Standings
) -> tuple[Line, ...]:
    users, text_of = affected_users(scope, cases), _clause_texts(scope)
    order = np.lexsort((missed.case.astype(str), missed.due_at))
    return tuple(_line(cases, missed, place, users, text_of, standings) for place in order.tolist())


def _line(
    cases: pd.DataFrame,
    missed: Owed,
    place: int,
    users: Numbers,
    text_of: Mapping[str, str],
    standings: Standings,
) -> Line:
    row, clause = int(missed.row[place]), str(missed.clause[place])
    case, commitment = str(missed.case[place]), str(missed.target[place])
    late, worth = float(missed.net_late_h[place]), float(missed.worth[place])
    return Line(
        case=case,
        reference=_text(cases["vendor_reference"].iloc[row]),
        incident=_text(cases["incident"].iloc[row]),
        commitment=commitment,
        clause=clause,
        clause_text=text_of.get(clause, ""),
        due=utc_text(missed.due_at[place]),
        actual=utc_text(missed.done_at[place]),
        gross_h=float(missed.late_h[place]),
        ours_h=float(missed.ours_h[place]),
        late_h=late,
        users=None if np.isnan(users[row]) else float(users[row]),
        credit=None if np.isnan(worth) else worth if late > 0 else 0.0,
        agreed=standings.get((case, commitment), Standing()),
    )


def _clause_texts(scope: Scope) -> dict[str, str]:
    clauses = scope.frame(RecordKind.CONTRACT_CLAUSE)
    if clauses is None:
        return {}
    return dict(zip(clauses["number"], clauses["text"].fillna(""), strict=True))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _compared(
    cases: pd.DataFrame,
    now: Owed,
    name: str,
    theirs: pd.DataFrame | None,
    standings: Standings,
) -> tuple[Compared, ...] | None:
    """Both lists; a line of theirs that we know from another period is none of this one."""
    if theirs is None:
        return None
    theirs = theirs[(theirs["vendor"] == name).to_numpy()]
    reference = texts(cases.assign(r=cases["vendor_reference"].fillna(cases["number"])), "r")
    both = reconciled(our_list(now, reference), theirs[~_elsewhere(cases, reference, now, theirs)])
    said = {True: "met", False: "missed"}
    return tuple(
        Compared(
            case=str(row["case"]),
            reference=_text(row["reference"]),
            commitment=str(row["target"]),
            ours=said.get(row["ours"], "not listed"),
            theirs=said.get(row["theirs"], "not listed"),
            result=str(row["result"]),
            agreed=standings.get((str(row["case"]), str(row["target"])), Standing()),
        )
        for row in both.to_dict("records")
    )


def _elsewhere(cases: pd.DataFrame, reference: Texts, now: Owed, theirs: pd.DataFrame) -> Flags:
    """Lines of theirs that were due in another period: by our records, else by their own word."""
    number_of = dict(zip(cases["number"], cases["number"], strict=True))
    number_of |= dict(zip(reference, cases["number"], strict=True))
    due = set(zip(now.case, now.target, strict=True))
    by_word = flags(theirs, ELSEWHERE) if ELSEWHERE in theirs else np.zeros(len(theirs), dtype=bool)
    rows = zip(theirs["reference"], theirs["target"], by_word, strict=True)
    return np.array(
        [
            (number_of[ref], target) not in due if ref in number_of else bool(word)
            for ref, target, word in rows
        ],
        dtype=bool,
    )


def _trend(scope: Scope, owed: Owed) -> tuple[Past, ...]:
    week = scope.grid.index_of(owed.due_at)
    counts = [
        np.bincount(week[kept & (week >= 0)], minlength=len(scope.grid)).tolist()
        for kept in (np.ones(len(week), dtype=bool), owed.is_missed, owed.is_theirs)
    ]
    rows = zip(scope.grid.weeks, *counts, strict=True)
    return tuple(
        Past(
            label=one.label,
            n_due=due,
            n_missed=missed,
            n_theirs=theirs,
            due=_cases(owed.only(week == place)),
            missed=_cases(owed.only((week == place) & owed.is_missed)),
        )
        for place, (one, due, missed, theirs) in enumerate(rows)
    )


def _cases(owed: Owed) -> tuple[str, ...]:
    """The case of each commitment, in order; one with two is named twice."""
    return tuple(sorted(map(str, owed.case)))


def _contingency(data: MeasureData, number: str) -> str | None:
    vendors = data.frame(RecordKind.VENDOR)
    if vendors is None:
        return None
    own = vendors["contingency"][(vendors["number"] == number).to_numpy()].dropna()
    return None if own.empty else str(own.iloc[0])
