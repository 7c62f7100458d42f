"""What speaks against a candidate: near misses, where it would part, how steady it is.

Beside it what each member's score is made of. Kept beside candidates and read one at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "wording": "wording",
        "shared_terms": "shared terms",
        "unshared_terms": "terms of its own",
        "meaning": "meaning",
        "names": "hosts, jobs and codes",
        "language": "language",
        "alerts": "machine or person",
        "service": "service",
        "ci": "configuration item",
        "category": "category",
        "symptom": "symptom",
        "location": "location",
        "team": "team",
        "time": "time",
        "company": "resemblance to the same others",
    }
)
"""What a score is made of, as people read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTerm:
    """A topic of `TOPICS` and what it adds to a score, in log-odds, mean over the pairs."""

    topic: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTerms:
    """What the score of one member is made of, the strongest first."""

    source: str
    number: str
    terms: tuple[ScoreTerm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """An incident that nearly belongs to a candidate.

    Attributes:
        source: of the incident.
        number: of the incident.
        score: its mean pair probability with the members.
        why: what kept it out, in words.
        candidate_id: the candidate it is a member of, "" if of none.
    """

    source: str
    number: str
    score: float
    why: str
    candidate_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """Where a candidate would part first.

    Attributes:
        share: of its incidents, how many are in the smaller part, 0-1.
        score: mean pair probability between the two parts.
        why: what tells them apart, in words.
        part: some incidents of the smaller part, as source/number.
    """

    share: float
    score: float
    why: str
    part: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftWithout:
    """What would be left of a candidate if what holds it together were not known.

    Attributes:
        reason: "phrase" for what its texts share, or a field.
        parts: of how many incidents the groups would be that remain, the largest first.
        gone: some incidents that would leave, as source/number.
        text: all of it in a sentence.
    """

    reason: str
    parts: tuple[int, ...]
    gone: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What speaks against one candidate.

    Attributes:
        near: incidents that nearly belong, the nearest first.
        seam: where it would part; None where there is too little to part.
        stability: how much of it stays when a fifth of all incidents is left out, 0-1, mean over
            `n_rounds`; None where a person has put it together, it is held together by codes, or
            there was no round.
        n_rounds: how often incidents were left out; 0 where there were too many pairs.
        members: what the scores are made of.
        without: what would be left of it without its main reason, and without its main field; None
            where that was not asked.
    """

    candidate_id: str
    near: tuple[NearMiss, ...] = ()
    seam: Seam | None = None
    stability: float | None = None
    n_rounds: int = 0
    members: tuple[MemberTerms, ...] = ()
    without: tuple[LeftWithout, ...] | None = None
