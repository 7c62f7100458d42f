"""Knowing an incident again under another number: after a migration, a re-import, a renumbering."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itsm.decisions import IncidentRef, ReviewDecision

SAME_DAY = timedelta(days=1)
SAME_MOMENT = timedelta(minutes=2)
MIN_TEXT = 12
"""Shorter texts, in letters and digits, say too little to know an incident by."""


_NO_LETTERS = re.compile(r"[\W_]+")
_NO_ASCII_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())


@dataclass(frozen=True, slots=True)
class Mark:
    """By what an incident is known again; `record_key` is the key of its record in its system."""

    ref: IncidentRef
    record_key: str | None
    text_hash: str
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Alias:
    """An incident that is called something else now, and how that was found."""

    ref: IncidentRef
    now: IncidentRef
    how: str


def text_hash(title: str | None, description: str | None) -> str:
    """A hash of a text as the source gave it, whatever its case, spaces and marks; "" if short."""
    text = f"{title or ''}{description or ''}".casefold()
    if text.isascii():  # the same, several times as fast
        letters = text.encode().translate(None, _NO_ASCII_LETTERS)
        return _digest(letters) if len(letters) >= MIN_TEXT else ""
    rest = _NO_LETTERS.sub("", text)
    return _digest(rest.encode()) if len(rest) >= MIN_TEXT else ""


def _digest(letters: bytes) -> str:
    return hashlib.sha256(letters).hexdigest()[:16]


def known_again(missing: Sequence[Mark], present: Sequence[Mark]) -> tuple[Alias, ...]:
    """Which incidents that are gone are there under another key.

    The rules in order, each only where it points to one incident and back to one only: the same key
    of the record in another source; the same number in another source, opened within a day or with
    the same text; the same text, opened within two minutes.

    Args:
        missing: incidents that were decided on or remembered, and are not there.
        present: incidents that are there, and that nothing is known of.
    """
    rules: list[tuple[str, Callable[[Mark], Hashable | None], Callable[[Mark, Mark], bool]]] = [
        ("same record key", lambda m: m.record_key, _elsewhere),
        ("same number", lambda m: m.ref.number, _same_number),
        ("same text and time", lambda m: m.text_hash or None, _same_moment),
    ]
    found: dict[IncidentRef, Alias] = {}
    taken: set[IncidentRef] = set()
    for how, key, fits in rules:
        left = [mark for mark in missing if mark.ref not in found]
        free = [mark for mark in present if mark.ref not in taken]
        for old, new in _matched(left, free, key, fits):
            found[old.ref] = Alias(old.ref, new.ref, how)
            taken.add(new.ref)
    return tuple(found[ref] for ref in sorted(found))


def _matched(
    missing: Iterable[Mark],
    present: Iterable[Mark],
    key: Callable[[Mark], Hashable | None],
    fits: Callable[[Mark, Mark], bool],
) -> list[tuple[Mark, Mark]]:
    """Pairs of which each side fits the other one only."""
    by_key: dict[Hashable, list[Mark]] = defaultdict(list)
    for mark in present:
        if (value := key(mark)) is not None:
            by_key[value].append(mark)
    forward = {}
    backward: dict[IncidentRef, int] = defaultdict(int)
    for old in missing:
        new = [mark for mark in by_key.get(key(old), []) if fits(old, mark)]
        for mark in new:
            backward[mark.ref] += 1
        if len(new) == 1:
            forward[old.ref] = (old, new[0])
    return [pair for pair in forward.values() if backward[pair[1].ref] == 1]


def _elsewhere(old: Mark, new: Mark) -> bool:
    return old.ref.source != new.ref.source


def _same_number(old: Mark, new: Mark) -> bool:
    same_text = bool(old.text_hash) and old.text_hash == new.text_hash
    return _elsewhere(old, new) and (same_text or _within(old, new, SAME_DAY))


def _same_moment(old: Mark, new: Mark) -> bool:
    return _within(old, new, SAME_MOMENT)


def _within(old: Mark, new: Mark, span: timedelta) -> bool:
    if old.opened_at is None or new.opened_at is None:
        return False
    return abs(old.opened_at - new.opened_at) <= span


def now_called(ref: IncidentRef, aliases: Mapping[IncidentRef, IncidentRef]) -> IncidentRef:
    """What an incident is called now, through any number of moves."""
    if ref not in aliases:
        return ref
    seen = {ref}
    while (now := aliases.get(ref)) is not None and now not in seen:
        seen.add(now)
        ref = now
    return ref


def moved(
    decisions: Sequence[ReviewDecision], aliases: Mapping[IncidentRef, IncidentRef]
) -> tuple[ReviewDecision, ...]:
    """Decisions with their incidents by what they are called now; their ids stay."""
    if not aliases:
        return tuple(decisions)
    return tuple(
        replace(d, parts=tuple(tuple(now_called(ref, aliases) for ref in part) for part in d.parts))
        for d in decisions
    )
