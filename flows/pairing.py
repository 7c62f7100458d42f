"""Joins the records that several systems hold of one incident; proposes those that look alike."""

from datetime import UTC, datetime, timedelta

from flows.wiring import Parts
from itsm.decisions import IncidentRef
from itsm.likeness import likely_pairs
from itsm.pairs import Pair, PairState, names_in, told_pairs
from store.pair_deciding import PairWord, count_once, decide_pair
from store.unit_of_work import UnitOfWork

LOOKED_BACK = timedelta(days=60)
"""Incidents opened within so long before the newest one are compared; older pairs were seen."""


def join_pairs(parts: Parts) -> tuple[int, int]:
    """Find the records of one incident, and count each incident once; nothing for one source.

    Returns:
        How many records are another one's, and how many pairs wait for a person.
    """
    with parts.store.begin() as uow:
        if uow.pairs.sources() < 2 and not uow.pairs.mirrored():
            return 0, 0
        before = uow.pairs.mirrored()
        _tell(uow, datetime.now(UTC))
        mains = count_once(uow)
        proposed = uow.pairs.list(PairState.PROPOSED)
        uow.commit()
    if mains != before:
        parts.say(f"pairs  {len(mains):,} records are another system's view of an incident")
    if proposed:
        parts.say(f"pairs  {len(proposed):,} pairs look like one incident: csi pairs")
    return len(mains), len(proposed)


def _tell(uow: UnitOfWork, at: datetime) -> None:
    """What systems tell, and what looks alike among the rest."""
    correlated = uow.pairs.correlated()
    names = {name for one in correlated for name in names_in(one.correlation)}
    told = told_pairs(correlated, uow.pairs.named(names) if names else {})
    newest = uow.pairs.newest()
    alike: tuple[Pair, ...] = ()
    if newest is not None:
        decided = uow.pairs.list(PairState.ACCEPTED, PairState.REJECTED)
        settled = {ref for pair in (*told, *decided) for ref in pair.refs}
        looks = uow.pairs.looks(newest - LOOKED_BACK)
        alike = likely_pairs([look for look in looks if look.ref not in settled])
    uow.pairs.tell([*told, *alike], at)


def say_pair(
    parts: Parts, refs: tuple[IncidentRef, IncidentRef], state: PairState, actor: str, reason: str
) -> None:
    """Keep what a person says of a pair at the command line.

    Raises:
        NotThereError: there is no such pair.
        TransitionError: no reason is given.
    """
    word = PairWord(state=state, actor=actor, reason=reason, at=datetime.now(UTC))
    with parts.store.begin() as uow:
        decide_pair(uow, refs, word)
        uow.commit()
