"""Joins the records that several systems hold of one incident; proposes those that look alike."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flows.wiring import Parts
from itsm.decisions import IncidentRef
from itsm.errors import NotThereError, TransitionError
from itsm.likeness import likely_pairs
from itsm.pairs import ONE_INCIDENT, Pair, PairState, counted_once, names_in, told_pairs
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
        mains = _count_once(uow)
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


def _count_once(uow: UnitOfWork) -> Mapping[IncidentRef, IncidentRef]:
    joined = uow.pairs.list(*ONE_INCIDENT)
    mains = counted_once(joined, uow.pairs.openings([ref for one in joined for ref in one.refs]))
    uow.pairs.count_once(mains)
    return mains


def decide_pair(
    parts: Parts, refs: tuple[IncidentRef, IncidentRef], state: PairState, actor: str, reason: str
) -> None:
    """Keep what a person says of a pair, and count anew.

    Raises:
        NotThereError: there is no such pair.
        TransitionError: no reason is given.
    """
    if not reason.strip():
        raise TransitionError("say why they are one incident, or are not")
    one, other = sorted(refs)
    with parts.store.begin() as uow:
        found = next((pair for pair in uow.pairs.list() if pair.refs == (one, other)), None)
        if found is None:
            raise NotThereError(
                f"{one.source} {one.number} and {other.source} {other.number} are no pair that was"
                " found; see csi pairs list --all"
            )
        chosen = Pair(
            one=one,
            other=other,
            how=found.how,
            state=state,
            said=found.said,
            score=found.score,
            actor=actor,
            reason=reason.strip(),
        )
        uow.pairs.decide(chosen, datetime.now(UTC))
        _count_once(uow)
        uow.commit()
