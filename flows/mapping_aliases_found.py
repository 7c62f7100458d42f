"""Names that may be two of one thing: by how alike they are, what they share, and when they end."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from itertools import combinations
from math import sqrt

import pandas as pd

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
_SHORT, _LONG, _SPELT_WORD = 3, 5, 0.84
_WORD = re.compile(r"[^\W_]+")
_PLAIN = {"and", "the", "of", "for", "team", "service", "services", "group", "ag", "gmbh", "ltd",
          "inc", "sa", "llc"}  # fmt: skip
_USES: Mapping[NameKind, tuple[tuple[RecordKind, str, tuple[str, ...]], ...]] = {
    NameKind.TEAM: ((RecordKind.INCIDENT, "team", ("ci", "service", "category")),),
    NameKind.SERVICE: ((RecordKind.INCIDENT, "service", ("ci", "team", "category")),),
    NameKind.CI: ((RecordKind.INCIDENT, "ci", ("service", "team", "category")),),
    NameKind.VENDOR: ((RecordKind.VENDOR_CASE, "vendor", ("service", "contract")),),
}


@dataclass(slots=True)
class NameUse:
    """How one name is used in one source."""

    source: str
    name: str
    first_at: datetime
    last_at: datetime
    n: int = 0
    uses: Counter[str] = field(default_factory=Counter)
    incidents: set[str] = field(default_factory=set)


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


def uses_of(kind: NameKind, frames: Mapping[RecordKind, pd.DataFrame]) -> list[NameUse]:
    """How each name of a kind is used, by source and name."""
    found: dict[tuple[str, str], NameUse] = {}
    for record_kind, column, contexts in _USES[kind]:
        frame = frames.get(record_kind)
        if frame is None or frame.empty:
            continue
        known = frame[frame[column].notna()]
        for key, part in known.groupby(["source", column], sort=True):
            source, name = map(str, key)
            opened = part["opened_at"]
            use = NameUse(source, name, opened.min(), opened.max(), len(part))
            use.incidents = set(part["source"] + "/" + part["number"])
            for context in contexts:
                for value, n in part[context].value_counts().items():
                    use.uses[f"{context} {value}"] = int(n)
            found[source, name] = use
    return [found[key] for key in sorted(found)]


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


def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it apart, folded, in order."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    found = _WORD.findall(plain)
    return tuple(sorted(one for one in found if one not in _PLAIN)) or tuple(sorted(found))


def likeness(one: str, other: str) -> float:
    """How alike two names are, up to 1: how many of their words are the same, or nearly.

    Numbers and words of one or two letters tell things apart: Printer 7 and Printer 8 are two.
    """
    first, second = words(one), words(other)
    if [w for w in first if _tells_apart(w)] != [w for w in second if _tells_apart(w)]:
        return 0.0
    left = list(second)
    total = 0.0
    for word in first:
        near = max(left, key=lambda held: (_near(word, held), held), default=None)
        if near is not None and _near(word, near):
            total += _near(word, near)
            left.remove(near)
    return total / max(len(first), len(second), 1)


def _tells_apart(word: str) -> bool:
    return len(word) < _SHORT or any(letter.isdigit() for letter in word)


def _near(one: str, other: str) -> float:
    """How near two words are: the same, one short for the other, or spelt alike."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= _SHORT and long.startswith(short):
        return 0.9
    if len(short) < _LONG:
        return 0.0
    n_same = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), 0)
    if n_same >= max(_LONG, 0.75 * len(short)):
        return 0.85
    alike = SequenceMatcher(None, short, long, autojunk=False).ratio()
    return alike if alike >= _SPELT_WORD else 0.0


def likeness_of_use(one: NameUse, other: NameUse) -> float:
    """The cosine between what two names are used for, up to 1."""
    dot = sum(n * other.uses[key] for key, n in one.uses.items())
    size = sqrt(sum(n * n for n in one.uses.values()) * sum(n * n for n in other.uses.values()))
    return dot / size if size else 0.0
