"""What the review pages are told: candidates as listed, members, totals, earlier weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from itsm.candidates import ProblemCandidate
from itsm.decisions import IncidentRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A candidate as the queue lists it: whole, but for its members, which are counted."""

    candidate: ProblemCandidate
    n_members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member with what its incident says today.

    `is_known` is false where the incident was deleted in its tool, or is not in the store. `people`
    are the names in its fields, to be taken out of its title, which is as the source gave it.
    """

    source: str
    number: str
    score: float
    is_new: bool
    is_known: bool
    restricted: bool
    title: str | None
    opened_at: datetime | None
    state: str | None
    service: str | None
    ci: str | None
    team: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTotals:
    """What all members of a candidate come to, as their incidents say today."""

    n: int
    n_known: int
    n_open: int
    n_restricted: int
    n_without_title: int
    n_without_service: int
    n_without_ci: int
    n_unmapped: int
    n_handling: int
    handling_h: float | None
    n_users: int
    affected_users: float | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWeek:
    """A candidate as an earlier run had it."""

    week: str
    n_members: int
    avoidable: float
    life: str
    movement: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFact:
    """A member with what it may be told apart by."""

    ref: IncidentRef
    opened_at: datetime | None
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What the members of a candidate have cost, as their records say.

    Each count stands beside the number of members whose record says so at all.
    """

    n: int
    n_sla: int
    n_breached: int
    n_reopen: int
    n_reopened: int
    n_passed: int
    passes: int
    n_not_first: int
    n_major: int
    n_urgent: int
    n_vendor: int
    users: int
    n_users: int
    n_handling: int
    n_resolved: int
    handling_h: float
    resolution_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """An incident that is in no group with the candidate and shares words with it."""

    source: str
    number: str
    title: str | None
    opened_at: datetime | None
    state: str | None
    service: str | None
    ci: str | None
    team: str | None
    restricted: bool
    candidate_id: str | None
    people: tuple[str, ...] = ()
