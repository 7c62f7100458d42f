"""What the register needs to be looked after: entries that resemble each other, stale ones."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from itsm.demand import DemandNote
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import TaskStatus

ALIKE = 0.5
"""Entries that share at least this part of their words (Jaccard) are pointed out."""
MIN_SHARED = 3
"""And at least so many words: two titles of two words are easily alike."""
MAX_COMPARED = 1_000
"""So many open entries are compared with each other at most, the newest first."""

_WORD = re.compile(r"[^\W\d_]{3,}|\w*\d\w*")
_EMPTY = frozenset(
    "the and for with that this from are was not into our their its all has have will cause remove"
    " incidents incident improve improvement reduce better service users user after before".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two entries that may be one, and the words they share."""

    first: str
    second: str
    likeness: float
    shared: tuple[str, ...]

    @property
    def told(self) -> str:
        """Both in one line."""
        words = ", ".join(self.shared[:6])
        return f"{self.second} resembles {self.first}: {self.likeness:.0%} of their words ({words})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An open entry that nobody moves, and how that shows."""

    number: str
    reasons: tuple[str, ...]


def words_of(entry: RegisterEntry) -> frozenset[str]:
    """The words that tell what an entry is about."""
    text = f"{entry.title} {entry.service or ''} {entry.process or ''}".lower()
    return frozenset(_stem(word) for word in _WORD.findall(text)) - _EMPTY


def _stem(word: str) -> str:
    """A word without the plural of English: printers is printer."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def duplicates(entries: Sequence[RegisterEntry], bar: float = ALIKE) -> tuple[Alike, ...]:
    """Open entries that resemble each other, most alike first; nothing is merged.

    Two entries about one source record always do.
    """
    newest = sorted(entries, key=lambda one: (one.raised_at, one.number))[-MAX_COMPARED:]
    said = [(one, words_of(one)) for one in newest if one.is_open]
    found = [
        pair
        for (one, some), (other, more) in combinations(said, 2)
        if (pair := _pair(one, other, some, more, bar)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.first, one.second)))


def alike_to(
    entry: RegisterEntry, entries: Sequence[RegisterEntry], bar: float = ALIKE
) -> tuple[Alike, ...]:
    """The open entries that resemble one entry, most alike first; `first` is that entry."""
    own = words_of(entry)
    found = [
        pair
        for other in entries
        if other.is_open and other.number != entry.number
        if (pair := _pair(entry, other, own, words_of(other), bar)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.second)))


def _pair(
    one: RegisterEntry, other: RegisterEntry, some: frozenset[str], more: frozenset[str], bar: float
) -> Alike | None:
    shared = some & more
    likeness = len(shared) / (len(some | more) or 1)
    record = one.origin_record
    if record is not None and (one.origin, record) == (other.origin, other.origin_record):
        return Alike(first=one.number, second=other.number, likeness=1.0, shared=(record,))
    if likeness < bar or len(shared) < MIN_SHARED:
        return None
    words = tuple(sorted(shared))
    return Alike(first=one.number, second=other.number, likeness=likeness, shared=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many days an entry may stand in a state before it is called stale."""

    new: int = 28
    accepted: int = 42
    assess: int = 42
    approved: int = 42
    in_progress: int = 180
    on_hold: int = 90
    review: int = 200
    regressed: int = 14

    def days(self, state: RegisterState) -> int:
        """For one state; an ended entry has all the time."""
        return int(getattr(self, state.value, 10**6))


def stale(
    entries: Sequence[RegisterEntry], today: date, patience: Patience | None = None
) -> tuple[Stale, ...]:
    """Open entries that nobody moves, the longest in their state first."""
    rules = patience or Patience()
    found = []
    for one in sorted((e for e in entries if e.is_open), key=_since):
        if reasons := tuple(_stale_reasons(one, today, rules)):
            found.append(Stale(number=one.number, reasons=reasons))
    return tuple(found)


def _since(entry: RegisterEntry) -> tuple[date, str]:
    return ((entry.state_since_at or entry.raised_at).date(), entry.number)


def _stale_reasons(entry: RegisterEntry, today: date, patience: Patience) -> Iterator[str]:
    days = (today - _since(entry)[0]).days
    if days > patience.days(entry.state):
        yield f"{days} days in {entry.state} (patience: {patience.days(entry.state)})"
    if entry.next_review_on and entry.next_review_on < today:
        yield f"its review of {entry.next_review_on} is late"
    late = [one for one in entry.tasks if one.status is TaskStatus.OPEN and one.due_on < today]
    if late:
        yield f"tasks are late: {', '.join(f'{t.task_id} ({t.owner}, {t.due_on})' for t in late)}"
    if entry.planned_end_on and entry.planned_end_on < today and entry.actual_end_on is None:
        yield f"it was to end on {entry.planned_end_on}"
    if entry.required_by and today < entry.required_by <= today + timedelta(days=14):
        yield f"it is required by {entry.required_by}"


def late_notes(notes: Sequence[DemandNote], today: date) -> tuple[DemandNote, ...]:
    """The priorities and assumptions whose review is late, the latest first."""
    return tuple(sorted((n for n in notes if n.is_overdue(today)), key=lambda n: n.review_by))
