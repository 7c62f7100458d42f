"""Whose time was it? Planted waits of practice estates beside what figures charge to vendors.

An estate says of each incident how long it waited for a vendor, for ourselves, and for its caller.
What is charged to a vendor may never hold an hour that was ours or the caller's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from reports.measures.commitments import vendor_cases
from reports.measures.data import texts, times
from reports.measures.scope import Scope, scope_of
from reports.measures.vendor_dossier import THEIRS, split_of
from simulator.ground_truth import WaitTruth, build_truth
from simulator.plan import build_plan
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data

TOLERANCE_H = 0.01
"""Hours are kept to the second, and waits to a thousandth of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """Hours of one estate, over the incidents whose vendor cases are all resolved.

    `wrongly_h` is what is charged to vendors beyond their planted waits, incident by incident.
    """

    seed: int
    n_incidents: int
    planted_vendor_h: float
    planted_own_h: float
    charged_h: float
    wrongly_h: float
    n_wrongly: int


def charged(seed: int, n_incidents: int = 3_000, n_weeks: int = 16) -> Charged:
    """What the figures of one estate charge to vendors, beside what was planted."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks, seed=seed)
    week = settings.last_week
    lag = timedelta(hours=settings.lag_h)
    scope = scope_of(estate_data(settings), week, week.cutoff(lag), n_weeks)
    truth = build_truth(build_plan(settings)).waits
    per_incident = _theirs(scope)
    rows = list(_beside(per_incident, truth))
    over = np.array([max(theirs - planted.vendor_h, 0.0) for theirs, planted in rows])
    over = np.where(over > TOLERANCE_H, over, 0.0)
    return Charged(
        seed=seed,
        n_incidents=len(rows),
        planted_vendor_h=sum(planted.vendor_h for _, planted in rows),
        planted_own_h=sum(planted.own_h for _, planted in rows),
        charged_h=sum(theirs for theirs, _ in rows),
        wrongly_h=float(over.sum()),
        n_wrongly=int((over > 0).sum()),
    )


def _theirs(scope: Scope) -> "pd.Series[float]":
    """Hours charged to vendors, by incident, where all of its cases are resolved."""
    cases = vendor_cases(scope)
    assert cases is not None
    is_done = ~np.isnat(times(cases, "resolved_at"))
    parts = split_of(scope, cases)
    whole = sum(parts.values())
    assert np.all(np.isnan(whole) | (whole >= 0))
    frame = pd.DataFrame(
        {"incident": texts(cases, "incident"), "theirs": parts[THEIRS], "done": is_done}
    )
    grouped = frame.groupby("incident", sort=True)
    theirs: pd.Series[float] = grouped["theirs"].sum()[grouped["done"].all()]
    return theirs


def _beside(
    theirs: "pd.Series[float]", truth: Mapping[str, WaitTruth]
) -> Iterator[tuple[float, WaitTruth]]:
    for incident, hours in theirs.items():
        yield float(hours), truth[str(incident)]
