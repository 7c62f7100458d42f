"""Stable ids: a candidate keeps its id as long as half of what is still there stays.

All runs count, not the last one alone: a candidate that was not proposed for a while gets its old
id back. What was opened after a candidate was last seen says nothing of whether it is the same, and
neither does what has become too old to be mined.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from itsm.candidates import Movement, ProblemCandidate

MIN_OVERLAP = 0.5
"""Jaccard overlap at which a candidate is the same as one of the last run."""

MemberKey = tuple[str, str]


MIN_SHARED = 2
"""One incident alone gives no id: it says too little."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A candidate as it was when last proposed; what was opened after `until_at` was not known.

    `is_this_week` marks one of an earlier run of the same week: it gives its id, and is new still.
    `ruled_by` is the decision it stood under.
    """

    candidate_id: str
    members: frozenset[MemberKey]
    week: str
    until_at: datetime
    statement: str = ""
    is_this_week: bool = False
    ruled_by: str | None = None


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a candidate comes from: `ancestor` is its index in the last run, None where new."""

    ancestor: int | None
    movement: Movement


def overlap(a: Set[MemberKey], b: Set[MemberKey]) -> float:
    """Jaccard overlap of two sets of members, 0 where both are empty."""
    either = len(a | b)
    return len(a & b) / either if either else 0.0


Known = Callable[[Set[MemberKey], int], Set[MemberKey]]
"""Those of some incidents that were known when a candidate of an earlier run was seen."""


def descend(
    current: Sequence[Set[MemberKey]],
    previous: Sequence[Set[MemberKey]],
    *,
    known: Known = lambda members, _: members,
    min_shared: int = 1,
) -> tuple[Descent, ...]:
    """Matches candidates with earlier ones, one to one, the largest overlap first.

    Args:
        current: the members of each candidate of this run.
        previous: the members of each earlier candidate, the newest first.
        known: which members count against an earlier candidate; all of them by default.
        min_shared: so many members must be the same at least.

    Returns:
        One descent per current candidate. Ties go to the earlier of both sequences.
    """
    overlaps = _overlaps(current, previous, known, min_shared)
    found = sorted(overlaps, key=lambda item: (-item[0], item[1], item[2]))
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


def descend_from_memory(
    current: Sequence[Set[MemberKey]],
    memory: Sequence[Remembered],
    opened_at: Mapping[MemberKey, datetime | None],
) -> tuple[Descent, ...]:
    """Matches candidates with all that were ever proposed.

    Args:
        current: the members of each candidate of this run.
        memory: every candidate as last seen, the newest first.
        opened_at: the opening of every incident that was mined in this run.
    """

    def known(members: Set[MemberKey], old: int) -> Set[MemberKey]:
        until = memory[old].until_at
        inside = memory[old].members
        return {m for m in members if m in inside or (at := opened_at.get(m)) is None or at < until}

    still = [{m for m in each.members if m in opened_at} for each in memory]
    descents = descend(current, still, known=known, min_shared=MIN_SHARED)
    whole = [each.members for each in memory]
    return tuple(
        Descent(
            d.ancestor,
            Movement.NEW
            if d.ancestor is not None and memory[d.ancestor].is_this_week
            else _movement(members, whole, d.ancestor),
        )
        for members, d in zip(current, descents, strict=True)
    )


def gone(
    current: Sequence[ProblemCandidate], previous: Sequence[ProblemCandidate]
) -> tuple[ProblemCandidate, ...]:
    """Candidates of the last run whose id is not carried on."""
    kept = {candidate.candidate_id for candidate in current}
    return tuple(candidate for candidate in previous if candidate.candidate_id not in kept)


def _overlaps(
    current: Sequence[Set[MemberKey]],
    previous: Sequence[Set[MemberKey]],
    known: Known,
    min_shared: int,
) -> list[tuple[float, int, int]]:
    """Overlaps of at least MIN_OVERLAP as (overlap, current, previous)."""
    of_member: Mapping[MemberKey, list[int]] = defaultdict(list)
    for old, members in enumerate(previous):
        for member in members:
            of_member[member].append(old)
    found = []
    for new, members in enumerate(current):
        touched = {old for member in members for old in of_member.get(member, [])}
        for old in sorted(touched):
            value = overlap(known(members, old), previous[old])
            if value >= MIN_OVERLAP and len(members & previous[old]) >= min_shared:
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
