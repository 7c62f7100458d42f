"""Proof of an improvement: what was promised, what was frozen at go-live, what came of it.

A ratio is always told so that below 1 is better: incidents after as a share of incidents before,
allowing for what comparable incidents did in the same weeks. docs/proof.md explains the method.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from itsm.candidates import Estimate
from itsm.codec import to_bytes
from itsm.errors import ConfigError, MeasureError

HOLD_DAYS = (30, 90, 180)
"""So many days after go-live a verdict is given, and on no other day."""

MEMBER_RATE = "member_rate"
"""The measure that counts the incidents of a pattern; any other is a figure of the catalogue."""


class ProofVerdict(StrEnum):
    """What is said of an improvement at a hold."""

    VERIFIED = "verified"
    FAILED = "failed"
    NOT_SHOWN = "not_shown"
    REGRESSED = "regressed"


class Spread(StrEnum):
    """How weekly counts scatter around their mean, as the check found."""

    POISSON = "Poisson"
    NEGATIVE_BINOMIAL = "negative binomial"
    WEEKLY_VALUES = "weekly values"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FieldIs:
    """A field of an incident and the values that count, such as service in (Mail, Calendar)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPattern:
    """Which incidents an improvement is meant to prevent, before and after alike.

    An incident is a member when it belongs to one of the mined candidates, names one of the
    problems (as source/number), or has every field that is named.
    """

    candidates: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    fields: tuple[FieldIs, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing, so that no incident is a member."""
        return not (self.candidates or self.problems or self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPlan:
    """How an entry is going to be proven.

    Attributes:
        number: of the register entry.
        measure_id: `MEMBER_RATE`, or the id of a figure of the catalogue.
        pattern: the incidents meant.
        promised: the ratio promised, such as 0.6 for 40 % less; None where nothing is promised.
        raised_on: when the entry was raised.
        live_on: when it is planned to go live.
        review_on: when the verdict is needed.
        selected_from: first day of the time that made somebody pick the candidate; None takes the
            weeks before `raised_on`.
        selected_until: last day of it; None takes `raised_on`.
        guards: figures of the catalogue that must not get worse.
        cost: what the improvement costs, in the currency of the cost model; None if not known.
    """

    number: str
    measure_id: str = MEMBER_RATE
    pattern: MemberPattern = MemberPattern()
    promised: float | None = None
    raised_on: date
    live_on: date
    review_on: date
    selected_from: date | None = None
    selected_until: date | None = None
    guards: tuple[str, ...] = ()
    cost: float | None = None

    def __post_init__(self) -> None:
        if self.promised is not None and not 0 <= self.promised < 1:
            raise ConfigError(
                f"{self.number}: promised is {self.promised}; write the share that is left, "
                "such as 0.6 for 40 % less"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a plan could prove, told before approval.

    Attributes:
        is_provable: whether the promise can be proven by the review date with a power of 80 %;
            where none is made, whether any effect can.
        earliest_on: the first hold at which the promise could be verified; None if at none.
        smallest: the ratio nearest 1 that could be verified by the review date; None for none.
        weekly: member incidents a week before; None for a figure.
        weekly_compared: comparable incidents a week.
        dispersion: variance of a week over its mean; 1 is pure chance.
        n_weeks: weeks the baseline would hold.
        text: all of it in plain words, with what to change where it is not provable.
    """

    is_provable: bool
    earliest_on: date | None
    smallest: float | None
    weekly: float | None
    weekly_compared: float | None
    dispersion: float
    n_weeks: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Weekly counts of one service: members, and comparable incidents that are none."""

    service: str
    members: tuple[int, ...]
    compared: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureWeeks:
    """A figure by reporting week, and the same of comparable incidents; None where it has none."""

    figure_id: str
    weeks: tuple[str, ...]
    values: tuple[float | None, ...]
    compared: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was before, frozen when the improvement went live; `make` seals it.

    Attributes:
        plan: as it was approved.
        live_at: when it went live; weeks of seven days are counted from this instant both ways.
        frozen_at: when the baseline was taken.
        weeks: the first instant of each week, oldest first, up to `live_at`.
        is_used: which weeks count; the others are those of the peak, and why is in `design`.
        strata: counts by service.
        near: where the members strike, such as their CIs, to see whether pain only moves.
        neighbours: other incidents there, and those of the service elsewhere.
        figures: the measure, where it is a figure, and the guards.
        others: patterns of other entries, whose incidents are nobody's comparison.
        design: the window, the members, the comparison and the method in words.
        seal: a hash of all of the above.
    """

    plan: ProofPlan
    live_at: datetime
    frozen_at: datetime
    weeks: tuple[datetime, ...]
    is_used: tuple[bool, ...]
    strata: tuple[Stratum, ...] = ()
    near: tuple[FieldIs, ...] = ()
    neighbours: tuple[Stratum, ...] = ()
    figures: tuple[FigureWeeks, ...] = ()
    others: tuple[MemberPattern, ...] = ()
    design: str = ""
    seal: str = ""

    def sealed(self) -> "Baseline":
        """The same with its seal."""
        return replace(self, seal=self._hash())

    def check(self) -> None:
        """See that nothing was changed since it was frozen.

        Raises:
            MeasureError: something was.
        """
        if self.seal != self._hash():
            raise MeasureError(
                f"{self.plan.number}: the baseline frozen at {self.frozen_at:%Y-%m-%d} was changed "
                "since; take it from the journal or a backup, it cannot be measured again"
            )

    def _hash(self) -> str:
        return hashlib.sha256(to_bytes(replace(self, seal=""))).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A ratio with its 95 % interval; below 1 is better.

    `observed` and `expected` are members seen, and what would have come without the improvement
    (for a figure: weeks seen, and None). `dispersion` is the variance of a week over its mean,
    and `p_poisson` how surely chance alone would scatter so.
    """

    from_at: datetime
    until_at: datetime
    ratio: float
    low: float
    high: float
    n_weeks: int
    observed: float
    expected: float | None
    spread: Spread
    dispersion: float
    p_poisson: float | None
    unit: str = "rate ratio"

    @property
    def avoided(self) -> Estimate | None:
        """Incidents that did not come, with their interval; None for a figure."""
        if self.expected is None:
            return None
        low, high = (self.expected * (1 - end) for end in (self.high, self.low))
        return Estimate(value=self.expected - self.observed, low=low, high=high, unit="incidents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The verdict at 30, 90 or 180 days: once given, it stays.

    Attributes:
        effect: from go-live to this hold.
        later: of the weeks since the hold before, or of the last of them where it seems to have
            come back, against the baseline; None at the first.
        change: these last weeks against those before them; None where it does not seem so.
    """

    day: int
    due_on: date
    verdict: ProofVerdict
    effect: Effect
    later: Effect | None = None
    change: Effect | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A measure that must not get worse; `effect` is None where it cannot be told, with the why."""

    name: str
    effect: Effect | None
    is_breached: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofInput:
    """A number that went into cost avoided and return, and whether anybody has confirmed it."""

    name: str
    value: float
    unit: str
    is_assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of an improvement as of a moment.

    `effect` is None before the first whole week is over, and where it cannot be told: `text` says
    why. `benefit` is money, `hours` work and lost time; `roi` is (benefit - cost) / cost.
    """

    number: str
    seal: str
    as_of: datetime
    effect: Effect | None
    holds: tuple[Hold, ...] = ()
    guards: tuple[Guard, ...] = ()
    hours: Estimate | None = None
    benefit: Estimate | None = None
    roi: Estimate | None = None
    inputs: tuple[ProofInput, ...] = ()
    text: str = ""

    @property
    def verdict(self) -> ProofVerdict | None:
        """The newest verdict; None before the first hold."""
        newest = max(self.holds, key=lambda one: one.day, default=None)
        return None if newest is None else newest.verdict
