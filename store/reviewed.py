"""What the review pages are told: candidates as listed, members, totals, earlier weeks."""

from dataclasses import dataclass
from datetime import datetime

from itsm.candidates import ProblemCandidate


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
