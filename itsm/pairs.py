"""Two records of one incident: the same interruption, kept by two systems.

Systems that mirror each other's records say so: one holds the other's number, key or address. Those
are joined. Pairs that only look alike are proposed to a person, and never joined by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from itsm.decisions import IncidentRef

NEAR = timedelta(days=30)
"""Records of one incident are opened within this time of each other, or a person is asked."""
_MOST_NAMES = 10


class PairHow(StrEnum):
    """By what two records were found to belong together."""

    CORRELATION = "correlation"
    """One of them holds what the other system knows the incident by, or both hold the same."""

    LIKENESS = "likeness"
    """They look alike and were opened at about the same time."""


class PairState(StrEnum):
    """What is held of two records."""

    JOINED = "joined"
    """The systems say it: one incident."""

    PROPOSED = "proposed"
    """They may be one; a person has to say."""

    ACCEPTED = "accepted"
    """A person says: one incident."""

    REJECTED = "rejected"
    """A person says: two incidents."""


ONE_INCIDENT = (PairState.JOINED, PairState.ACCEPTED)
"""The states in which two records count once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records of different systems; `one` comes before `other` in order.

    Attributes:
        one, other: the records.
        how: by what they were found.
        state: whether they count once.
        said: what speaks for it, in words.
        score: how alike they are, up to 1; None where a system says that they are one.
        actor: who decided.
        reason: why, in that person's words.
    """

    one: IncidentRef
    other: IncidentRef
    how: PairHow
    state: PairState
    said: str
    score: float | None = None
    actor: str | None = None
    reason: str | None = None

    @property
    def refs(self) -> tuple[IncidentRef, IncidentRef]:
        """Both, in order: what a pair is known by."""
        return self.one, self.other


@dataclass(frozen=True, slots=True)
class Known:
    """A record, when it was opened, and what another system knows it by."""

    ref: IncidentRef
    opened_at: datetime
    correlation: str = ""


def names_in(correlation: str) -> tuple[str, ...]:
    """What a correlation may name: itself, and of an address the last step and the values in it."""
    text = correlation.strip()
    names = [text]
    if "://" in text:
        parts = urlsplit(text)
        values = [value for _, value in parse_qsl(f"{parts.query}&{parts.fragment}")]
        nested = [value.rpartition("=")[2] for value in values]
        names += [parts.path.rstrip("/").rpartition("/")[2], *values, *nested]
    return tuple(dict.fromkeys(name for name in names if name))[:_MOST_NAMES]


def told_pairs(
    correlated: Sequence[Known], named: Mapping[str, Sequence[Known]]
) -> tuple[Pair, ...]:
    """The pairs that systems tell of.

    What names records of several systems, or one that was opened long before or after, may be a
    number that only looks like theirs: it is proposed.

    Args:
        correlated: the records that say what another system knows them by.
        named: the records that have a number or a key, by that word.
    """
    found: dict[tuple[IncidentRef, IncidentRef], Pair] = {}
    for one in correlated:
        others = {
            other.ref: other
            for name in names_in(one.correlation)
            for other in named.get(name, ())
            if other.ref.source != one.ref.source
        }
        for other in others.values():
            sure = len(others) == 1 and abs(one.opened_at - other.opened_at) <= NEAR
            said = f"{one.ref.source} {one.ref.number} names {one.correlation!r}"
            _keep(found, one, other, said, sure=sure)
    for name, some in _sharing(correlated).items():
        for first, second in pairwise(some):
            sure = abs(first.opened_at - second.opened_at) <= NEAR
            _keep(found, first, second, f"both name {name!r}", sure=sure)
    return tuple(found[refs] for refs in sorted(found))


def _sharing(correlated: Sequence[Known]) -> dict[str, list[Known]]:
    """Records of several systems that hold the same word, where none has it twice."""
    by_name: dict[str, list[Known]] = {}
    for one in correlated:
        by_name.setdefault(one.correlation.strip(), []).append(one)
    return {
        name: sorted(some, key=lambda one: one.ref)
        for name, some in by_name.items()
        if len({one.ref.source for one in some}) == len(some) > 1
    }


def _keep(
    found: dict[tuple[IncidentRef, IncidentRef], Pair],
    first: Known,
    second: Known,
    said: str,
    *,
    sure: bool,
) -> None:
    one, other = sorted((first.ref, second.ref))
    state = PairState.JOINED if sure else PairState.PROPOSED
    before = found.get((one, other))
    if before is None or before.state is PairState.PROPOSED:
        found[one, other] = Pair(
            one=one, other=other, how=PairHow.CORRELATION, state=state, said=said
        )


def counted_once(
    pairs: Iterable[Pair], openings: Mapping[IncidentRef, datetime]
) -> dict[IncidentRef, IncidentRef]:
    """The records that are not counted, each with the one that is: that which was opened first.

    Args:
        pairs: those of other states are passed over.
        openings: when the records were opened; one that is not in it, such as a deleted one, is
            passed over.
    """
    root: dict[IncidentRef, IncidentRef] = {}

    def top(ref: IncidentRef) -> IncidentRef:
        while root.setdefault(ref, ref) != ref:
            ref = root[ref]
        return ref

    for pair in pairs:
        if pair.state in ONE_INCIDENT and all(ref in openings for ref in pair.refs):
            first, second = sorted(map(top, pair.refs), key=lambda ref: (openings[ref], ref))
            root[second] = first
    return {ref: top(ref) for ref in sorted(root) if top(ref) != ref}
