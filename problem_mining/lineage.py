"""Stable ids: a candidate keeps its id from run to run as long as half of it stays."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from itsm.candidates import Movement, ProblemCandidate

MIN_OVERLAP = 0.5
"""Jaccard overlap at which a candidate is the same as one of the last run."""

MemberKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a candidate comes from: `ancestor` is its index in the last run, None where new."""

    ancestor: int | None
    movement: Movement


def overlap(a: Set[MemberKey], b: Set[MemberKey]) -> float:
    """Jaccard overlap of two sets of members, 0 where both are empty."""
    either = len(a | b)
    return len(a & b) / either if either else 0.0


def descend(
    current: Sequence[Set[MemberKey]], previous: Sequence[Set[MemberKey]]
) -> tuple[Descent, ...]:
    """Matches candidates with those of the last run, one to one, the largest overlap first.

    Args:
        current: the members of each candidate of this run.
        previous: the members of each candidate of the last run.

    Returns:
        One descent per current candidate. Ties go to the earlier of both sequences.
    """
    found = sorted(_overlaps(current, previous), key=lambda item: (-item[0], item[1], item[2]))
    ancestors: dict[int, int] = {}
    taken: set[int] = set()
    for _, new, old in found:
        if new not in ancestors and old not in taken:
            ancestors[new] = old
            taken.add(old)
    return tuple(
        Descent(ancestors.get(i), _movement(members, previous, ancestors.get(i)))
        for i, members in enumerate(current)
    )


def gone(
    current: Sequence[ProblemCandidate], previous: Sequence[ProblemCandidate]
) -> tuple[ProblemCandidate, ...]:
    """Candidates of the last run whose id is not carried on."""
    kept = {candidate.candidate_id for candidate in current}
    return tuple(candidate for candidate in previous if candidate.candidate_id not in kept)


def _overlaps(
    current: Sequence[Set[MemberKey]], previous: Sequence[Set[MemberKey]]
) -> list[tuple[float, int, int]]:
    """Overlaps of at least MIN_OVERLAP as (overlap, current, previous)."""
    homes: Mapping[MemberKey, list[int]] = defaultdict(list)
    for old, members in enumerate(previous):
        for member in sorted(members):
            homes[member].append(old)
    found = []
    for new, members in enumerate(current):
        touched = {old for member in members for old in homes.get(member, [])}
        for old in sorted(touched):
            value = overlap(members, previous[old])
            if value >= MIN_OVERLAP:
                found.append((value, new, old))
    return found


def _movement(
    members: Set[MemberKey], previous: Sequence[Set[MemberKey]], ancestor: int | None
) -> Movement:
    if ancestor is None:
        return Movement.NEW
    before = len(previous[ancestor])
    if len(members) > before:
        return Movement.GROWN
    return Movement.SHRUNK if len(members) < before else Movement.UNCHANGED
