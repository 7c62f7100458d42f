"""How likely a planned change goes wrong, from its own type's history; and whether to trust that.

A type's own share of troubled changes is drawn towards that of all changes, and a type's share on
one service towards that of the type, each as if `PRIOR` changes more had been seen. Every past
change is given the risk that would have been told before it, so that the risks can be held against
what came.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.statistics import wilson_interval
from reports.measures.data import Flags, Numbers, Positions, Times
from reports.measures.windows import EventsByUnit

PRIOR = 20.0
"""How many changes the wider group's share weighs."""
N_BANDS = 5
MIN_PAST = 30
"""Risks told from fewer past changes are not held against what came."""
_EARLIEST = np.datetime64("1900-01-01", "us")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Past changes of about the same told risk, and how many of them went wrong."""

    told: float
    observed: float
    interval: tuple[float, float]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Told risks against what came; `brier` is the mean squared error, less is better."""

    bands: tuple[Band, ...]
    brier: float
    brier_of_base_rate: float
    n: int

    @property
    def beats_base_rate(self) -> bool:
        """Whether the types tell more than the share of all changes alone."""
        return self.brier < self.brier_of_base_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Past changes: type and service as codes, when their end was known, and how it was."""

    type: Positions
    type_service: Positions
    known_at: Times
    is_trouble: Flags

    @classmethod
    def of(cls, changes: pd.DataFrame, known_at: Times, is_trouble: Flags) -> "History":
        """Of changes; `known_at` is NaT where the end is not known yet."""
        kind = pd.factorize(changes["type"])[0]
        service, names = pd.factorize(changes["service"])
        joint = np.where(service < 0, -1, kind.astype(np.int64) * (len(names) + 1) + service)
        return cls(type=kind, type_service=joint, known_at=known_at, is_trouble=is_trouble)

    def risk(self, asked: Positions, asked_at: Times) -> Numbers:
        """The risk of some of the changes as it could have been told at some instants.

        Args:
            asked: positions of the changes asked about.
            asked_at: shape as `asked`; only ends known before count.
        """
        rate = _base_rate(self, asked_at)
        for unit in (self.type, self.type_service):
            n, troubled = _before(self, unit, unit[asked], asked_at)
            rate = np.where(unit[asked] < 0, rate, (troubled + PRIOR * rate) / (n + PRIOR))
        return rate


def calibration(history: History, asked_at: Times, n_bands: int = N_BANDS) -> Calibration | None:
    """Told risks of all past changes against what came; None where too few are known.

    Args:
        history: of all changes.
        asked_at: when the risk of each change would have been asked, before it was implemented.
        n_bands: past changes are told apart in so many bands of equal size.
    """
    everyone = np.flatnonzero(~np.isnat(history.known_at) & ~np.isnat(asked_at))
    known_before = np.searchsorted(np.sort(history.known_at[everyone]), asked_at[everyone])
    judged = everyone[known_before >= MIN_PAST]
    if len(judged) < MIN_PAST:
        return None
    told, came = history.risk(judged, asked_at[judged]), history.is_trouble[judged]
    base = _base_rate(history, asked_at[judged])
    order = np.argsort(told, kind="stable")
    bands = [_band(told[part], came[part]) for part in np.array_split(order, n_bands) if len(part)]
    return Calibration(
        bands=tuple(bands),
        brier=float(np.mean((told - came) ** 2)),
        brier_of_base_rate=float(np.mean((base - came) ** 2)),
        n=len(judged),
    )


def _base_rate(history: History, asked_at: Times) -> Numbers:
    """The share of all changes known before, drawn to one in two while there are almost none."""
    everyone = np.zeros(len(history.type), dtype=np.intp)
    n, troubled = _before(history, everyone, np.zeros(len(asked_at), dtype=np.intp), asked_at)
    return np.asarray((troubled + 0.5) / (n + 1.0), dtype=np.float64)


def _before(
    history: History, unit: Positions, asked_unit: Positions, asked_at: Times
) -> tuple[Numbers, Numbers]:
    """Changes of each asked unit whose end was known before, and those that went wrong."""
    known = ~np.isnat(history.known_at)
    start = np.full(len(asked_at), _EARLIEST)
    counts = []
    for chosen in (known, known & history.is_trouble):
        events = EventsByUnit.of(unit[chosen], history.known_at[chosen])
        counts.append(events.count(asked_unit, start, asked_at).astype(np.float64))
    return counts[0], counts[1]


def _band(told: Numbers, came: Flags) -> Band:
    return Band(
        told=float(told.mean()),
        observed=float(came.mean()),
        interval=wilson_interval(int(came.sum()), len(came)),
        n=len(came),
    )
