"""Who may do what in the review pages, and what of a record a reader is shown; pure.

A role of the pages says which actions a person has; `REGISTER_ROLES` says what that makes them in
the register, so that its four-eyes rules hold for whoever acts. What a reader may see is a `Sight`:
pages, packs and extracts ask it the same question and so leave out the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from itsm.register_roles import Person, Role


class AppRole(StrEnum):
    """What a person is in the review pages and their API."""

    VIEWER = "viewer"
    """Looks, and decides nothing; with services, a service owner who sees their own."""
    PROBLEM_MANAGER = "problem_manager"
    """Decides on candidates, and keeps the register."""
    REGISTER_APPROVER = "register_approver"
    """Approves, or refuses, what somebody else has proposed."""
    ADMINISTRATOR = "administrator"
    """Says who may do what; decides nothing by that."""
    RESTRICTED_READER = "restricted_reader"
    """Is shown restricted records, too."""


ROLE_WORDS: Mapping[AppRole, str] = MappingProxyType(
    {
        AppRole.VIEWER: "looks, and decides nothing",
        AppRole.PROBLEM_MANAGER: "decides on candidates and keeps the register",
        AppRole.REGISTER_APPROVER: "approves what somebody else has proposed",
        AppRole.ADMINISTRATOR: "says who may do what",
        AppRole.RESTRICTED_READER: "is shown restricted records, too",
    }
)
"""Each role in a few words."""

REGISTER_ROLES: Mapping[AppRole, frozenset[Role]] = MappingProxyType(
    {
        AppRole.VIEWER: frozenset(),
        AppRole.PROBLEM_MANAGER: frozenset({Role.PROPOSER, Role.COORDINATOR, Role.MANAGER}),
        AppRole.REGISTER_APPROVER: frozenset({Role.APPROVER}),
        AppRole.ADMINISTRATOR: frozenset(),
        AppRole.RESTRICTED_READER: frozenset(),
    }
)
"""What each role of the pages is in the register."""


def with_implied(roles: Iterable[AppRole]) -> frozenset[AppRole]:
    """Roles with what they bring: who has any may look."""
    given = frozenset(roles)
    return given | {AppRole.VIEWER} if given else given


def register_person(name: str, full_name: str, roles: Iterable[AppRole]) -> Person:
    """A person of the pages as the register's rules know them."""
    held = frozenset(one for role in roles for one in REGISTER_ROLES[role])
    return Person(name=name, roles=held, full_name=full_name)


class Hidden(StrEnum):
    """Why a reader is not shown what a record says."""

    RESTRICTED = "restricted"
    OTHER_SERVICE = "other_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a reader is shown.

    A record that is hidden still counts in every total; neither its number nor its text, title or
    people are shown, and nothing that may quote them.

    Attributes:
        services: the reader sees these services alone; none named: all services.
        restricted: the reader is shown restricted records, too.
    """

    services: frozenset[str] = frozenset()
    restricted: bool = False

    def hides(self, *, service: str | None, restricted: bool) -> Hidden | None:
        """Why a record is not shown; None where it is.

        Args:
            service: of the record; one without a service belongs to no service owner.
            restricted: whether its tool restricts it.
        """
        if restricted and not self.restricted:
            return Hidden.RESTRICTED
        if self.services and service not in self.services:
            return Hidden.OTHER_SERVICE
        return None

    def includes_service(self, service: str | None) -> bool:
        """Whether figures and entries of a service are for this reader."""
        return not self.services or service in self.services


ANYBODY = Sight()
"""What may be shown to whoever holds it: a pack, an extract, a page for viewers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Braking:
    """How guessing is slowed down: free attempts, then a wait that doubles up to a limit.

    Attributes:
        n_free: so many attempts in vain cost nothing.
        first_s: the first wait in seconds.
        longest_s: no wait is longer.
        forgotten_s: after so long without an attempt, everything is forgotten.
    """

    n_free: int
    first_s: float = 15.0
    longest_s: float = 900.0
    forgotten_s: float = 3600.0

    def remembered(self, n_failed: int, failed_at: datetime, now: datetime) -> int:
        """How many attempts in vain still count."""
        return n_failed if (now - failed_at).total_seconds() < self.forgotten_s else 0

    def wait_s(self, n_failed: int, failed_at: datetime, now: datetime) -> float:
        """How many seconds the next attempt has to wait, 0 for none."""
        n_over = self.remembered(n_failed, failed_at, now) - self.n_free
        if n_over < 0:
            return 0.0
        wait = min(self.first_s * 2.0 ** min(n_over, 30), self.longest_s)
        return max(wait - (now - failed_at).total_seconds(), 0.0)
