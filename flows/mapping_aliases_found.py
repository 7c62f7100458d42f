"""Names that may be two of one thing: by how alike they are, what they share, and when they end."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import pandas as pd

from flows.mapping_likeness import likeness, words
from flows.mapping_name_uses import NameUse, likeness_of_use, uses_of
from itsm.naming import Alias, NameKind
from itsm.pairs import Pair
from itsm.states import RecordKind

MOST_COMPARED = 1_500
"""With more names of a kind than this, only names of one spelling are compared."""
MOST_SHOWN = 40
ALIKE = 0.72
"""Names that are at least so alike are proposed across sources."""
SPELT = 0.88
"""And within one source, where both are used at the same time."""
SHARED = 0.6
"""So alike must be what two names are used for, where one begins as the other ends."""
ENOUGH = 5
"""Records that a name needs for its use to be compared."""
GAP = timedelta(days=60)
OVERLAP = timedelta(days=21)
SILENT = 5.0
"""So many records of a name would have come by its use before, were it not ended (or not begun)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two names that may be of one thing; `said` is why, `score` how sure, up to 1."""

    alias: Alias
    score: float
    said: str
    n: int


def proposals(
    frames: Mapping[RecordKind, pd.DataFrame], held: Iterable[Alias], pairs: Sequence[Pair] = ()
) -> list[Proposal]:
    """What a person is asked, the surest first; nothing that was answered before.

    Args:
        frames: records with the names that sources use.
        held: what people said already.
        pairs: records of different systems that are one incident.
    """
    answered = {frozenset((one.name, one.stands_for)) for one in held}
    found: dict[str, Proposal] = {}
    for kind in NameKind:
        for one in _of_kind(kind, uses_of(kind, frames), pairs):
            names = frozenset((one.alias.name, one.alias.stands_for))
            key = f"{kind} {' | '.join(sorted(names))}"
            if names not in answered and one.score > getattr(found.get(key), "score", 0):
                found[key] = one
    return sorted(found.values(), key=lambda one: (-one.score, -one.n, one.alias.alias_id))


def _of_kind(kind: NameKind, uses: Sequence[NameUse], pairs: Sequence[Pair]) -> Iterator[Proposal]:
    shared = _shared(uses, pairs)
    for one, other in _compared(uses):
        if one.name == other.name:
            continue
        if one.source == other.source:
            proposal = _renamed(kind, one, other) or _spelt(kind, one, other)
        else:
            proposal = _across(kind, one, other, shared)
        if proposal is not None:
            yield proposal


def _compared(uses: Sequence[NameUse]) -> Iterable[tuple[NameUse, NameUse]]:
    if len(uses) <= MOST_COMPARED:
        return combinations(uses, 2)
    same: dict[str, list[NameUse]] = {}
    for one in uses:
        same.setdefault("".join(words(one.name)), []).append(one)
    return [pair for some in same.values() for pair in combinations(some[:10], 2)]


def _renamed(kind: NameKind, one: NameUse, other: NameUse) -> Proposal | None:
    """One begins as the other ends, and is used for the same."""
    old, new = sorted((one, other), key=lambda use: (use.first_at, use.name))
    is_after = -OVERLAP <= new.first_at - old.last_at <= GAP and new.last_at > old.last_at
    if min(old.n, new.n) < ENOUGH or not is_after or new.first_at <= old.first_at:
        return None
    is_over = _expected(old, new.last_at - old.last_at) >= SILENT
    is_new = _expected(new, new.first_at - old.first_at) >= SILENT
    if not (is_over and is_new):
        return None
    used, alike = likeness_of_use(old, new), likeness(old.name, new.name)
    score = max(used, alike)
    if used < SHARED and alike < ALIKE:
        return None
    until = (max(old.last_at, new.first_at) + timedelta(days=1)).date()
    said = (
        f"ends {old.last_at:%Y-%m-%d}, the other begins {new.first_at:%Y-%m-%d}; "
        f"used for {used:.0%} the same"
    )
    return _proposal(kind, old, new, min(0.99, 0.5 + score / 2), said, until)


def _expected(use: NameUse, time: timedelta) -> float:
    """How many records of a name would come in a time, as often as they came."""
    return use.n * (time / max(use.last_at - use.first_at, timedelta(days=1)))


def _spelt(kind: NameKind, one: NameUse, other: NameUse) -> Proposal | None:
    """Both are used at once, and are spelt almost the same."""
    alike = likeness(one.name, other.name)
    if alike < SPELT:
        return None
    rare, often = sorted((one, other), key=lambda use: (use.n, use.name))
    return _proposal(kind, rare, often, alike * 0.9, f"spelt {alike:.0%} alike", None)


def _across(
    kind: NameKind, one: NameUse, other: NameUse, shared: Mapping[tuple[str, str], int]
) -> Proposal | None:
    """Two systems call one thing differently."""
    rare, often = sorted((one, other), key=lambda use: (use.n, use.source, use.name))
    alike, n = likeness(one.name, other.name), shared.get(_key(one, other), 0)
    part = n / max(1, rare.n)
    if alike < ALIKE and not (n >= 3 and part >= 0.2):
        return None
    told = [f"named {alike:.0%} alike"]
    if n:
        told.append(f"{n} incidents in common")
    score = min(0.99, max(alike * 0.9, 0.55 + part / 2 if n >= 3 else 0))
    return _proposal(kind, rare, often, score, ", ".join(told), None)


def _proposal(
    kind: NameKind, name: NameUse, stands_for: NameUse, score: float, said: str, until: date | None
) -> Proposal:
    alias = Alias(
        kind=kind, source=name.source, name=name.name, stands_for=stands_for.name, until=until
    )
    return Proposal(alias, round(score, 2), said, name.n)


def _shared(uses: Sequence[NameUse], pairs: Sequence[Pair]) -> Mapping[tuple[str, str], int]:
    """How many incidents two names have in common, by the names' keys."""
    by = {incident: use for use in uses for incident in use.incidents}
    found: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        both = [by.get(f"{ref.source}/{ref.number}") for ref in pair.refs]
        one, other = both
        if one is not None and other is not None and one.name != other.name:
            found[_key(one, other)] += 1
    return found


def _key(one: NameUse, other: NameUse) -> tuple[str, str]:
    first, second = sorted(f"{use.source}/{use.name}" for use in (one, other))
    return first, second
