"""What a person says of two records that look like one incident, and what is counted then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from itsm.decisions import IncidentRef
from itsm.errors import NotThereError, StaleDecisionError, TransitionError
from itsm.pairs import ONE_INCIDENT, Pair, PairState, counted_once
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class PairWord:
    """What somebody says of a pair.

    Attributes:
        state: one incident, or two.
        actor: who says so.
        reason: why, in their own words.
        at: when.
        role: what they are in the review pages; "" at the command line.
        seen: the state they looked at; None where nobody looked.
    """

    state: PairState
    actor: str
    reason: str
    at: datetime
    role: str = ""
    seen: PairState | None = None


def decide_pair(uow: UnitOfWork, refs: tuple[IncidentRef, IncidentRef], word: PairWord) -> Pair:
    """Keep what a person says of a pair, and count anew; the caller commits.

    Raises:
        NotThereError: there is no such pair.
        TransitionError: no reason is given.
        StaleDecisionError: somebody said something else since they looked.
    """
    if not word.reason.strip():
        raise TransitionError("say why they are one incident, or are not")
    one, other = sorted(refs)
    found = next((pair for pair in uow.pairs.list() if pair.refs == (one, other)), None)
    if found is None:
        raise NotThereError(
            f"{one.source} {one.number} and {other.source} {other.number} are no pair that was"
            " found; see csi pairs list --all"
        )
    if word.seen not in {None, found.state}:
        raise StaleDecisionError(
            f"somebody said meanwhile that this pair is {found.state}; look at it once more"
        )
    chosen = Pair(
        one=one,
        other=other,
        how=found.how,
        state=word.state,
        said=found.said,
        score=found.score,
        actor=word.actor,
        reason=word.reason.strip(),
    )
    uow.pairs.decide(chosen, word.at, word.role)
    count_once(uow)
    return chosen


def count_once(uow: UnitOfWork) -> Mapping[IncidentRef, IncidentRef]:
    """Let each incident count once; the records left out, each with the one that counts."""
    joined = uow.pairs.list(*ONE_INCIDENT)
    mains = counted_once(joined, uow.pairs.openings([ref for one in joined for ref in one.refs]))
    uow.pairs.count_once(mains)
    return mains
