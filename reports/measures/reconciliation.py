"""A vendor's own list of cases beside ours: matched, differing, only ours, only theirs."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.commitments import Owed, owed_by, vendor_cases
from reports.measures.contract import Contract
from reports.measures.data import Texts
from reports.measures.scope import Scope

COLUMNS = ("vendor", "reference", "target", "is_met", "standing", "decided_by", "reason")
"""Columns of a vendor's list: its name, its reference or our number, response or resolution,
whether it says it was met; then what was agreed on the line: agreed, disputed or excused, by which
side or role, and why."""
EXCUSED, DISPUTED = "excused", "disputed"
RESULTS = ("matched", "differing", "only ours", "only theirs")

RECONCILED = Contract(
    figure_id="vendor_reconciliation",
    title="Our list of vendor commitments beside the vendor's own",
    family="vendors",
    formula=(
        "commitments due in the week by our records beside the vendor's list: matched (both say "
        "met, or both missed), differing, only ours, only theirs; missed commitments with and "
        "without those excused are told beside it"
    ),
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count",
    exclusions="canceled cases; vendors that gave no list",
    kind=RecordKind.VENDOR_CASE,
    needs=("the vendor's own list of cases", "vendor_case.vendor_reference"),
    owner="vendor manager",
    decision="which lines to settle before the review",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (RECONCILED,)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Both lists side by side, by vendor and result, and each line that differs."""
    theirs, cases = scope.data.vendor_lists, vendor_cases(scope)
    if theirs is None or cases is None:
        yield not_available(scope, RECONCILED, "no vendor's own list of cases was imported")
        return
    both = reconciled(_ours(scope, cases), theirs)
    yield _told(scope, both, {})
    for vendor, lines in both.groupby("vendor", sort=True):
        for result in RESULTS:
            part = lines[lines["result"] == result]
            yield _told(scope, part, {"vendor": str(vendor), "result": result})
    for line in both[both["result"] != RESULTS[0]].to_dict("records"):
        yield _line(scope, line)


def reconciled(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Both lists, one row per commitment, with a result for each.

    Args:
        ours: columns case, reference, vendor, target, is_met.
        theirs: columns `COLUMNS`; a reference may be the vendor's own, or our number.

    Returns:
        Columns case, reference, vendor, target, ours, theirs, result, standing, decided_by and
        reason, ordered by vendor, case, reference and target.
    """
    own = ours.rename(columns={"is_met": "ours"}).astype({"ours": object})
    said = theirs.rename(columns={"is_met": "theirs"}).astype({"theirs": object})
    said = said.drop_duplicates(["vendor", "reference", "target"], keep="last")
    number_of = dict(zip(own["reference"], own["case"], strict=True))
    said = said.assign(case=said["reference"].map(number_of).fillna(said["reference"]))
    both = own.merge(said, on=["vendor", "case", "target"], how="outer", suffixes=("", "_theirs"))
    both["reference"] = both["reference"].fillna(both["reference_theirs"])
    both["result"] = np.select(
        [both["theirs"].isna(), both["ours"].isna(), both["ours"] == both["theirs"]],
        ["only ours", "only theirs", "matched"],
        default="differing",
    )
    both["standing"] = both["standing"].fillna("open")
    columns = ["case", "reference", "vendor", "target", "ours", "theirs", "result"]
    columns += ["standing", "decided_by", "reason"]
    order = ["vendor", "case", "reference", "target"]
    return both[columns].sort_values(order, kind="stable", ignore_index=True)


def _ours(scope: Scope, cases: pd.DataFrame) -> pd.DataFrame:
    """Our commitments of the week, of vendors that gave a list."""
    theirs = scope.data.vendor_lists
    assert theirs is not None
    owed = owed_by(scope, cases)
    owed = owed.only(scope.grid.index_of(owed.due_at) == scope.grid.last)
    owed = owed.only(np.isin(owed.vendor.astype(str), theirs["vendor"].astype(str).unique()))
    reference = cases["vendor_reference"].fillna(cases["number"]).to_numpy(dtype=object)
    return our_list(owed, reference)


def our_list(owed: Owed, reference: Texts) -> pd.DataFrame:
    """Commitments as `reconciled` takes ours.

    Args:
        owed: commitments of cases.
        reference: what the vendor calls each case.
    """
    return pd.DataFrame(
        {
            "case": owed.case,
            "reference": reference[owed.row],
            "vendor": owed.vendor,
            "target": owed.target,
            "is_met": ~owed.is_missed,
        }
    )


def _told(scope: Scope, lines: pd.DataFrame, dimensions: dict[str, str]) -> FigureResult:
    missed = (lines["ours"].fillna(lines["theirs"]) == False).to_numpy()  # noqa: E712  # objects
    excused = (lines["standing"] == EXCUSED).to_numpy()
    disputed = (lines["standing"] == DISPUTED).to_numpy()
    extras = Extras(
        dimensions=dimensions,
        companions={
            "missed": float(missed.sum()),
            "missed, without those excused": float((missed & ~excused).sum()),
            "disputed": float(disputed.sum()),
        },
        exactness=Exactness.COMPUTED,
    )
    number = lines["case"].to_numpy(dtype=object)
    return standing(scope, RECONCILED, float(len(lines)), number, extras)


def _line(scope: Scope, line: Mapping[Hashable, Any]) -> FigureResult:
    said = {True: "met", False: "missed"}
    who, why = line["decided_by"], line["reason"]
    extras = Extras(
        dimensions={
            "vendor": str(line["vendor"]),
            "case": str(line["case"]),
            "commitment": str(line["target"]),
            "ours": said.get(line["ours"], "not listed"),
            "theirs": said.get(line["theirs"], "not listed"),
            "standing": str(line["standing"]),
        },
        note=None if pd.isna(who) else f"By {who}" + ("." if pd.isna(why) else f": {why}."),
    )
    return standing(scope, RECONCILED, 1.0, np.array([line["case"]], dtype=object), extras)
