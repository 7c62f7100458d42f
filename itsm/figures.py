"""Measured values: what a figure carries so that a reader can trust it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from itsm.statistics import Limits, SpecialCause


class Unit(StrEnum):
    """What a value counts. A share is 0-1; durations say their unit; money is in the pack's one."""

    COUNT = "count"
    SHARE = "share"
    HOURS = "hours"
    DAYS = "days"
    HOPS = "hops"
    POINTS = "points"
    MONEY = "money"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Exactness(StrEnum):
    """How far a value may be trusted to be what its title says."""

    EXACT = "exact"
    COMPUTED = "computed"
    PROXY = "proxy"
    PRELIMINARY = "preliminary"


class Verdict(StrEnum):
    """What a control chart says of the newest week."""

    IMPROVEMENT = "improvement"
    DETERIORATION = "deterioration"
    SHIFT = "shift"
    NORMAL = "within normal variation"
    TOO_FEW_WEEKS = "too few weeks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A weekly series, oldest first; a week without a value is None.

    `limits_from` is the week that the limits hold from, None where they hold for all of it.
    `events` are the names of what everybody knew of, and `steps` the improvements that went live,
    each by the week it falls into.
    """

    weeks: tuple[str, ...]
    values: tuple[float | None, ...]
    limits: Limits | None = None
    limits_from: str | None = None
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Whether the newest week differs from normal variation, and by which rules."""

    verdict: Verdict
    causes: tuple[SpecialCause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value with all a reader needs to check it.

    `dimensions` name a slice, such as {"priority": "1"}. `companions` are values of the same rows,
    such as the 90th percentile beside the median. `rows` are the record numbers counted (for a
    share: the numerator's); `base_rows` the denominator's where they differ. `excluded` counts what
    was left out, by reason.
    """

    figure_id: str
    version: int
    title: str
    unit: Unit
    period: str
    value: float
    n: int
    numerator: float | None = None
    sources: tuple[str, ...] = ()
    exactness: Exactness = Exactness.EXACT
    dimensions: Mapping[str, str] = field(default_factory=dict)
    companions: Mapping[str, float] = field(default_factory=dict)
    interval: tuple[float, float] | None = None
    rows: tuple[str, ...] = ()
    base_rows: tuple[str, ...] = ()
    excluded: Mapping[str, int] = field(default_factory=dict)
    series: Series | None = None
    signal: Signal | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAvailable:
    """A figure that cannot be had, and why: shown, never 0 and never left out."""

    figure_id: str
    version: int
    title: str
    unit: Unit
    period: str
    reason: str
    sources: tuple[str, ...] = ()
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        where = f" from {', '.join(self.sources)}" if self.sources else ""
        return f"not available{where}: {self.reason}"


FigureResult = Figure | NotAvailable
