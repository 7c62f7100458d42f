"""The candidate each incident was last in, also when that candidate went on without it.

A candidate is remembered as it was when last proposed. What had left it by then would be known of
nowhere: so each run says what left the candidates that it proposes again.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from itsm.candidates import ProblemCandidate
from problem_mining.lineage import MemberKey, Remembered


@dataclass(frozen=True, slots=True)
class Home:
    """A candidate that an incident was a member of, last in a week, under a decision or none."""

    candidate_id: str
    week: str
    ruled_by: str | None = None


def remembered_homes(memory: Iterable[Remembered]) -> dict[MemberKey, Home]:
    """The newest of the remembered candidates that holds each incident.

    Args:
        memory: every candidate as last seen, the newest first.
    """
    found: dict[MemberKey, Home] = {}
    for each in memory:
        home = Home(each.candidate_id, each.week, each.ruled_by)
        for member in each.members:
            found.setdefault(member, home)
    return found


def newest_homes(
    remembered: Mapping[MemberKey, Home], left: Iterable[tuple[MemberKey, Home]]
) -> dict[MemberKey, Home]:
    """The home of each incident: the remembered one, or the one it left later than that.

    Args:
        remembered: from `remembered_homes`.
        left: from `left_behind`, of all earlier runs, the newest first.
    """
    found = dict(remembered)
    for member, home in left:
        if member not in found or found[member].week < home.week:
            found[member] = home
    return found


def left_behind(
    remembered: Mapping[MemberKey, Home],
    candidates: Iterable[ProblemCandidate],
    mined: Set[MemberKey],
) -> dict[MemberKey, Home]:
    """The incidents that were mined and whose candidate goes on without them, in no other one.

    Args:
        remembered: from `remembered_homes`, before this run.
        candidates: those of this run.
        mined: the incidents of this run.
    """
    proposed: set[str] = set()
    inside: set[MemberKey] = set()
    for candidate in candidates:
        proposed.add(candidate.candidate_id)
        inside.update((member.source, member.number) for member in candidate.members)
    return {
        member: home
        for member, home in sorted(remembered.items())
        if home.candidate_id in proposed and member in mined and member not in inside
    }
