"""Problem candidates: groups of incidents proposed to a problem manager."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Life(StrEnum):
    """How alive a candidate is."""

    EMERGING = "emerging"
    ACTIVE = "active"
    QUIET = "quiet"
    RECURRED = "recurred"
    RESOLVED = "resolved"
    STALE = "stale"


class Decision(StrEnum):
    """What a problem manager decided."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    LINKED = "linked"
    REJECTED = "rejected"
    MERGED = "merged"
    SNOOZED = "snoozed"
    RISK_ACCEPTED = "risk_accepted"


class Movement(StrEnum):
    """What happened to a candidate in the week."""

    NEW = "new"
    GROWN = "grown"
    SHRUNK = "shrunk"
    GONE = "gone"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason why a group holds together; `weight` in log-odds per pair, mean over its pairs."""

    kind: str
    text: str
    weight: float
    contributes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An incident in a candidate; `score` is its mean pair probability with the other members."""

    source: str
    number: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Purity:
    """The commonest value of a field among the members that have one, and its share of them."""

    field: str
    value: str
    share: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with an interval; `assumed` names the inputs that are assumptions."""

    value: float
    low: float
    high: float
    unit: str
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Why a candidate is decided as it is, or is asked again; `decision_id` is what rules it."""

    decision_id: str
    text: str
    is_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When the incidents of a candidate come.

    Attributes:
        trend: what a control chart says of the newest week.
        n_episodes: how many times it came; incidents within a day of each other are one time.
        is_one_event: most of it came within two days: one outage, not a repeat.
        pattern: on which days it comes, "" where no pattern is sure.
        next_on: when it is due next, where there is a pattern.
    """

    trend: str
    n_episodes: int
    is_one_event: bool
    pattern: str = ""
    next_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLink:
    """What else is known that bears on a candidate.

    Attributes:
        kind: problem, change, known_error, knowledge, vendor_case, rejected, fix, knowledge_gap.
        record: the record it is about, "" where there is none.
        text: what is known, in words.
        members: the members it is about, as source/number; for a problem those not yet linked.
    """

    kind: str
    record: str
    text: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCandidate:
    """A group of incidents that look like repeats of one cause.

    `terms` are those most members share; `standing` is there where a reviewer has decided;
    `descent` says in words where it came from, where that is not simply the last run.
    """

    candidate_id: str
    statement: str
    members: tuple[Member, ...]
    score: float
    first_seen_at: datetime
    last_seen_at: datetime
    weekly_counts: tuple[int, ...]
    life: Life
    evidence: tuple[Evidence, ...]
    purity: tuple[Purity, ...]
    avoidable_hours: Estimate
    movement: Movement = Movement.NEW
    decision: Decision = Decision.UNDECIDED
    known_problems: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    standing: Standing | None = None
    descent: tuple[str, ...] = ()
    rhythm: Rhythm | None = None
    links: tuple[EvidenceLink, ...] = ()

    @property
    def n_members(self) -> int:
        """How many incidents are in it."""
        return len(self.members)


COST_INPUTS = ("handling_h", "lost_h_per_user", "affected_users", "rate_per_h")
"""The inputs of the cost of a repeat, each an assumption until a company sets its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """What a repeat costs; every value is an assumption until a company sets its own.

    `user_rate_per_h` is what an hour costs that a user loses, None where it is the rate of work;
    `told` names the inputs that a company has set.
    """

    handling_h: float = 1.0
    lost_h_per_user: float = 0.5
    affected_users: float = 1.0
    rate_per_h: float = 60.0
    user_rate_per_h: float | None = None
    currency: str = "EUR"
    is_assumed: bool = True
    told: tuple[str, ...] = ()

    @property
    def assumed(self) -> tuple[str, ...]:
        """The inputs that are assumptions."""
        if not self.is_assumed:
            return ()
        return tuple(name for name in COST_INPUTS if name not in self.told)

    @property
    def lost_rate_per_h(self) -> float:
        """What an hour costs that a user loses."""
        return self.rate_per_h if self.user_rate_per_h is None else self.user_rate_per_h
