"""Incidents of different systems that look like one: opened about the same time, in like words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsm.decisions import IncidentRef
from itsm.pairs import Pair, PairHow, PairState

WITHIN = timedelta(hours=24)
"""Mirrored records are opened within a day of each other."""
ALIKE = 0.75
"""From so much likeness on a person is asked."""
MOST = 200
"""Pairs that are proposed at once; a person looks at each."""
_COMMON = 200
_RAREST = 3
_WORD = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared of a record; `facts` are its service, team, item and caller."""

    ref: IncidentRef
    opened_at: datetime
    title: str
    facts: tuple[str | None, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """The words of its title."""
        return frozenset(_WORD.findall(self.title.casefold()))


def likely_pairs(looks: Sequence[Look]) -> tuple[Pair, ...]:
    """Pairs of different systems that look alike, the most alike first.

    Each record is in one pair at most: a system mirrors an incident once. Only records that share
    one of the rarest words of their titles are compared, so the work grows with the records.
    """
    told = [(one, one.words) for one in looks]
    common = Counter(word for _, words in told for word in words)
    by_word: dict[str, list[tuple[Look, frozenset[str]]]] = {}
    for one, words in told:
        rare = sorted((w for w in words if common[w] <= _COMMON), key=lambda w: (common[w], w))
        for word in rare[:_RAREST]:
            by_word.setdefault(word, []).append((one, words))
    scored = {
        (first.ref, second.ref): (score, first, second)
        for some in by_word.values()
        for first, second, score in _compared(some)
    }
    ranked = sorted(scored.values(), key=lambda one: (-one[0], one[1].ref, one[2].ref))
    return tuple(_alone(ranked))[:MOST]


def _compared(
    some: Sequence[tuple[Look, frozenset[str]]],
) -> Iterator[tuple[Look, Look, float]]:
    ordered = sorted(some, key=lambda one: (one[0].opened_at, one[0].ref))
    for place, (one, words) in enumerate(ordered):
        for other, other_words in ordered[place + 1 :]:
            if other.opened_at - one.opened_at > WITHIN:
                break
            if other.ref.source == one.ref.source:
                continue
            score = likeness(one, words, other, other_words)
            if score >= ALIKE:
                first, second = sorted((one, other), key=lambda look: look.ref)
                yield first, second, score


def likeness(one: Look, words: frozenset[str], other: Look, other_words: frozenset[str]) -> float:
    """How alike two records are: words of the title, and of what both tell, how much is the same.

    Two thirds are words; where nothing else is told by both, words alone count.
    """
    shared = len(words & other_words) / (len(words | other_words) or 1)
    facts = [
        a.casefold() == b.casefold()
        for a, b in zip(one.facts, other.facts, strict=True)
        if a is not None and b is not None
    ]
    if not facts:
        return shared
    return (2 * shared + sum(facts) / len(facts)) / 3


def _alone(ranked: Sequence[tuple[float, Look, Look]]) -> Iterator[Pair]:
    taken: set[IncidentRef] = set()
    for score, one, other in ranked:
        if taken.isdisjoint((one.ref, other.ref)):
            taken |= {one.ref, other.ref}
            minutes = abs(other.opened_at - one.opened_at).total_seconds() / 60
            yield Pair(
                one=one.ref,
                other=other.ref,
                how=PairHow.LIKENESS,
                state=PairState.PROPOSED,
                said=f"titles and facts agree to {score:.0%}, opened {minutes:,.0f} min apart",
                score=round(score, 4),
            )
