"""How much a candidate resembles what was decided on before, without looking at its incidents."""

from collections.abc import Mapping, Sequence

from itsm.candidates import ProblemCandidate
from itsm.deciding import CLEAR_SHARE
from itsm.decisions import DecidedOn

MIN_TERMS = 3
"""Fewer shared terms say too little to know a pattern again."""
LIKE_AT = 0.6
"""Share of the terms of both at which two are one pattern, if no place contradicts."""
PLACES = ("service", "ci", "category")


def likeness(candidate: ProblemCandidate, before: DecidedOn) -> float:
    """The share of their terms that two have in common, 0 where a place contradicts.

    A place contradicts where most members of both name a service, CI or category, and not the same.
    """
    mine, theirs = set(candidate.terms), set(before.terms)
    shared = mine & theirs
    if len(shared) < MIN_TERMS or contradicts(clear_fields(candidate), before.fields):
        return 0.0
    return len(shared) / len(mine | theirs)


def contradicts(mine: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether two name different places."""
    both = [place for place in PLACES if place in mine and place in theirs]
    return any(mine[place].casefold() != theirs[place].casefold() for place in both)


def clear_fields(candidate: ProblemCandidate) -> dict[str, str]:
    """The values most members of a candidate agree on."""
    return {p.field: p.value for p in candidate.purity if p.share >= CLEAR_SHARE}


def most_alike(
    candidate: ProblemCandidate, before: Sequence[DecidedOn], at_least: float = LIKE_AT
) -> int | None:
    """The place of what a candidate resembles most, the newest of equals; None where nothing."""
    found = [(likeness(candidate, each), place) for place, each in enumerate(before)]
    best = max(found, default=(0.0, -1))
    return best[1] if best[0] >= at_least else None
