"""Pairs of records that look like one incident: who sees them, and what is said of them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from itsm.access import Sight
from itsm.errors import MappingError, NotThereError
from itsm.pairs import Pair, PairState
from itsm.register_forms import MAX_TEXT, readable
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from store.pair_deciding import PairWord, decide_pair
from store.unit_of_work import Store, UnitOfWork

ANSWERS = (PairState.ACCEPTED, PairState.REJECTED)
"""What may be said: one incident, or two."""
Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SeenPair:
    """A pair for a reader, with both records; None for one that is not held any more.

    `is_shown` says whether the reader is shown what the records tell.
    """

    pair: Pair
    records: tuple[Record | None, Record | None]
    is_shown: bool


def pair_id(pair: Pair) -> str:
    """What a pair is called in addresses: the same as long as there is such a pair."""
    names = "\n".join(name for ref in pair.refs for name in (ref.source, ref.number))
    return f"PR-{hashlib.sha256(names.encode()).hexdigest()[:12]}"


def seen_pairs(uow: UnitOfWork, sight: Sight, *states: PairState) -> Iterator[SeenPair]:
    """The pairs in some states, or in any, that a reader sees; the most alike first."""
    found = sorted(uow.pairs.list(*states), key=lambda one: (-(one.score or 0.0), one.refs))
    for pair in found:
        seen = _seen(uow, pair, sight)
        if seen is not None:
            yield seen


def say(parts: ReviewParts, store: Store, name: str, form: Mapping[str, str], who: Actor) -> Pair:
    """Keep what somebody says of a pair.

    Args:
        parts: the clock.
        store: where the pair is.
        name: of the pair, as `pair_id` gives it.
        form: `answer` is accepted or rejected, `reason` says why, `seen` is the state that was
            looked at.
        who: says it.

    Raises:
        NotThereError: there is no such pair for this reader.
        MappingError: the form makes no sense.
        TransitionError, StaleDecisionError: as `decide_pair`.
    """
    answer, seen = _state(name, "answer", form), _state(name, "seen", form)
    if answer not in ANSWERS:
        raise MappingError(name, "answer", f"{answer}", f"choose from {', '.join(ANSWERS)}")
    with store.begin() as uow:
        pair = next((one for one in uow.pairs.list() if pair_id(one) == name), None)
        found = _seen(uow, pair, who.sight) if pair is not None else None
        if pair is None or found is None or not found.is_shown:
            raise NotThereError(f"there is no pair {name!r} for you")
        word = PairWord(
            state=answer,
            actor=who.name,
            reason=readable(form.get("reason", ""))[:MAX_TEXT],
            at=parts.works.clock(),
            role=who.person.role_text,
            seen=seen,
        )
        chosen = decide_pair(uow, pair.refs, word)
        uow.commit()
    return chosen


def _state(name: str, field: str, form: Mapping[str, str]) -> PairState:
    said = form.get(field, "")
    if said not in set(PairState):
        raise MappingError(name, field, f"{said[:40]!r}", f"choose from {', '.join(PairState)}")
    return PairState(said)


def _seen(uow: UnitOfWork, pair: Pair, sight: Sight) -> SeenPair | None:
    """A pair as a reader sees it; None where one of its records is another service's."""
    records = tuple(uow.pairs.held(ref) for ref in pair.refs)
    held = [one for one in records if one is not None]
    if sight.services and not all(sight.includes_service(_text(one, "service")) for one in held):
        return None
    if sight.services and len(held) < len(records):
        return None
    hidden = any(
        sight.hides(service=_text(one, "service"), restricted=bool(one["restricted"]))
        for one in held
    )
    one, other = records
    return SeenPair(pair, (one, other), not hidden)


def _text(record: Record, field: str) -> str | None:
    value = record[field]
    return None if value is None else str(value)
