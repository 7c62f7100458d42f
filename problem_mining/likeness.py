"""How much a candidate resembles what was decided on before, without looking at its incidents."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from itsm.candidates import ProblemCandidate
from itsm.deciding import CLEAR_SHARE
from itsm.decisions import DecidedOn

MIN_TERMS = 3
"""Fewer shared terms say too little to know a pattern again."""
LIKE_AT = 0.6
"""Share of the terms of both at which two are one pattern, if no place contradicts."""
PLACES = ("service", "ci", "category")


class Patterns:
    """What was decided on, by its terms: so that not all of it is held against every candidate."""

    def __init__(self, decided_on: Sequence[DecidedOn]) -> None:
        self._fields = [each.fields for each in decided_on]
        self._terms = [frozenset(each.terms) for each in decided_on]
        self._of_term: dict[str, list[int]] = defaultdict(list)
        for place, terms in enumerate(self._terms):
            for term in terms:
                self._of_term[term].append(place)

    def alike(self, candidate: ProblemCandidate) -> list[tuple[int, float]]:
        """The places of what resembles a candidate at all, and how much.

        That is the share of their terms that both have in common. A place contradicts where most
        members of both name a service, CI or category, and not the same.
        """
        mine = set(candidate.terms)
        shared = Counter(place for term in mine for place in self._of_term.get(term, ()))
        enough = sorted(place for place, n in shared.items() if n >= MIN_TERMS)
        here = clear_fields(candidate) if enough else {}
        return [
            (place, shared[place] / len(mine | self._terms[place]))
            for place in enough
            if not contradicts(here, self._fields[place])
        ]

    def most_alike(self, candidate: ProblemCandidate, at_least: float = LIKE_AT) -> int | None:
        """The place of what a candidate resembles most, the last of equals; None where nothing."""
        found = [(value, place) for place, value in self.alike(candidate) if value >= at_least]
        return max(found)[1] if found else None


def contradicts(mine: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether two name different places."""
    both = [place for place in PLACES if place in mine and place in theirs]
    return any(mine[place].casefold() != theirs[place].casefold() for place in both)


def clear_fields(candidate: ProblemCandidate) -> dict[str, str]:
    """The values most members of a candidate agree on."""
    return {p.field: p.value for p in candidate.purity if p.share >= CLEAR_SHARE}
