"""Reconciles a figure with the list behind another report's number, record by record.

Every record that only one side counts is given the rule that tells why. A rule about what the other
report leaves out (canceled incidents, say) is only given when it holds for all of the records: when
the other list has one canceled incident, canceling explains none of the missing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np

from reports.measures.data import Numbers


class Rule(StrEnum):
    """Why a record is on one side only."""

    TWICE = "listed more than once"
    UNKNOWN = "not among the records that were pulled"
    QUARANTINE = "set aside in quarantine"
    TEST = "a test record"
    DUPLICATE = "a duplicate of another record"
    CANCELED = "canceled"
    LATE = "late: known only after the cut-off"
    ENDS_EARLY = "late: after the other list ends"
    ZONE = "zone: in another period by another clock"
    DATE = "dated in another period"
    AGAIN = "a second event of the record"
    OPEN_AGAIN = "open again by now"
    FORMULA = "looked at, and not counted by the formula"
    REST = "not explained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What we know of one record, for telling why it is on one side only.

    `events` are the instants that the figure dates the record by, as aware times known at the
    cut-off; `late` those that come after it; `stated_at` the record's own time of the same event.
    """

    events: tuple[datetime, ...] = ()
    late: tuple[datetime, ...] = ()
    stated_at: datetime | None = None
    is_test: bool = False
    is_duplicate: bool = False
    is_canceled: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One record on one side only."""

    number: str
    rule: Rule
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both lists: ours = both + only ours, theirs = both + only theirs, record for record."""

    n_ours: int
    n_theirs: int
    n_both: int
    only_ours: tuple[Difference, ...]
    only_theirs: tuple[Difference, ...]
    clock_offset_h: float | None

    @property
    def rest(self) -> tuple[Difference, ...]:
        """What no rule explains."""
        both = (*self.only_ours, *self.only_theirs)
        return tuple(one for one in both if one.rule is Rule.REST)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSide:
    """Our figure, as far as a comparison needs it.

    `rows` are the records counted, a record twice for two events; `looked_at` those of the
    denominator; `facts` of every record pulled; `quarantined` the numbers set aside.
    """

    rows: Sequence[str]
    looked_at: Collection[str]
    facts: Mapping[str, Facts]
    start_at: datetime
    end_at: datetime
    quarantined: Collection[str] = field(default_factory=frozenset)


def compare(ours: OurSide, theirs: Sequence[str]) -> Comparison:
    """Holds both lists against each other.

    Args:
        ours: the figure and what is known of its records.
        theirs: the numbers of the other list, in any order.
    """
    our_count, their_count = Counter(ours.rows), Counter(theirs)
    both = our_count & their_count
    more, less = our_count - their_count, their_count - our_count
    offset = _clock_offset(ours, both, more, less)
    traits = _left_out_by_them(ours, their_count)
    last_of_theirs = _last_event(ours, their_count)
    only_ours = [
        _ours_alone(ours, number, their_count, (offset, traits, last_of_theirs))
        for number in sorted(more.elements())
    ]
    only_theirs = [
        _theirs_alone(ours, number, our_count, their_count, offset)
        for number in sorted(less.elements())
    ]
    used = {one.rule for one in (*only_ours, *only_theirs)}
    return Comparison(
        n_ours=len(ours.rows),
        n_theirs=len(theirs),
        n_both=both.total(),
        only_ours=tuple(only_ours),
        only_theirs=tuple(only_theirs),
        clock_offset_h=offset if Rule.ZONE in used else None,
    )


_Case = tuple[Rule, bool, Sequence[datetime]]
"""A rule, whether it holds for the record, and the instants that show it."""


def _theirs_alone(
    ours: OurSide,
    number: str,
    our_count: Mapping[str, int],
    their_count: Mapping[str, int],
    offset: float | None,
) -> Difference:
    facts = ours.facts.get(number)
    if facts is None or number in ours.quarantined:
        known = number in ours.quarantined
        return Difference(number=number, rule=Rule.QUARANTINE if known else Rule.UNKNOWN)
    counted = our_count.get(number, 0)
    late = [at for at in facts.late if _inside(ours, at, 0.0)]
    elsewhere = [at for at in facts.events if not _inside(ours, at, 0.0)]
    moved = [at for at in elsewhere if offset is not None and _inside(ours, at, offset)]
    return _first(
        number,
        (Rule.TWICE, counted > 0 or their_count[number] > 1, ()),
        (Rule.TEST, facts.is_test, ()),
        (Rule.DUPLICATE, facts.is_duplicate, ()),
        (Rule.LATE, bool(late), late),
        (Rule.ZONE, bool(moved), moved),
        (Rule.CANCELED, facts.is_canceled, ()),
        (Rule.FORMULA, number in ours.looked_at, ()),
        (Rule.DATE, bool(elsewhere), elsewhere),
    )


def _ours_alone(
    ours: OurSide,
    number: str,
    their_count: Mapping[str, int],
    told: tuple[float | None, frozenset[Rule], datetime | None],
) -> Difference:
    offset, traits, last_of_theirs = told
    facts = ours.facts.get(number, Facts())
    inside = [at for at in facts.events if _inside(ours, at, 0.0)]
    moved = [at for at in inside if offset is not None and not _inside(ours, at, offset)]
    stated = [] if facts.stated_at is None else [facts.stated_at]
    is_later = last_of_theirs is not None and bool(inside) and min(inside) > last_of_theirs
    return _first(
        number,
        (Rule.AGAIN, their_count.get(number, 0) > 0, inside),
        (Rule.ZONE, bool(moved), moved),
        (Rule.CANCELED, facts.is_canceled and Rule.CANCELED in traits, ()),
        (Rule.OPEN_AGAIN, facts.is_open and Rule.OPEN_AGAIN in traits, ()),
        (Rule.DATE, bool(stated) and not _inside(ours, stated[0], 0.0), stated),
        (Rule.ENDS_EARLY, is_later, inside),
    )


def _first(number: str, *cases: _Case) -> Difference:
    """The first rule that holds; a rest where none does."""
    for rule, holds, events in cases:
        if holds:
            return Difference(number=number, rule=rule, detail=_told(events))
    return Difference(number=number, rule=Rule.REST)


def _left_out_by_them(ours: OurSide, their_count: Mapping[str, int]) -> frozenset[Rule]:
    """Kinds of records of which the other list has not one."""
    theirs = [ours.facts[number] for number in their_count if number in ours.facts]
    traits = set()
    if not any(facts.is_canceled for facts in theirs):
        traits.add(Rule.CANCELED)
    if not any(facts.is_open for facts in theirs):
        traits.add(Rule.OPEN_AGAIN)
    return frozenset(traits)


def _last_event(ours: OurSide, their_count: Mapping[str, int]) -> datetime | None:
    """The last event of the period that the other list has."""
    known = [
        at
        for number in their_count
        if number in ours.facts
        for at in ours.facts[number].events
        if _inside(ours, at, 0.0)
    ]
    return max(known, default=None)


def _clock_offset(
    ours: OurSide,
    both: Mapping[str, int],
    more: Mapping[str, int],
    less: Mapping[str, int],
) -> float | None:
    """By how many hours the other period begins later, where that explains more than it spoils.

    Tried are all offsets that two zones can have, in half hours. That their period begins, and so
    ends, earlier is only believed where they have a record from before ours: without one, their
    list may as well have been taken before the period was over.
    """
    shared, mine, other = (_instants(ours, some) for some in (both, more, less))
    start, end = ours.start_at.timestamp(), ours.end_at.timestamp()
    strays = other[(other < start) | (other >= end)]
    best, best_gain = None, 0
    for half_hours in sorted((step for step in range(-52, 53) if step), key=lambda s: (abs(s), s)):
        shift = half_hours * 1800.0

        def outside(at: Numbers, shift: float = shift) -> int:
            return int(((at < start + shift) | (at >= end + shift)).sum())

        gain = outside(mine) + len(strays) - outside(strays) - 2 * outside(shared)
        if gain > best_gain:
            best, best_gain = half_hours / 2, gain
    if best is not None and best < 0 and not (strays >= start + best * 3600).any():
        return None
    return best


def _instants(ours: OurSide, numbers: Iterable[str]) -> Numbers:
    return np.array(
        [at.timestamp() for number in numbers if number in ours.facts
         for at in ours.facts[number].events[:1]],
        dtype=np.float64,
    )  # fmt: skip


def _inside(ours: OurSide, at: datetime, offset_h: float) -> bool:
    shift = offset_h * 3600
    start, end = ours.start_at.timestamp() + shift, ours.end_at.timestamp() + shift
    return start <= at.timestamp() < end


def _told(events: Sequence[datetime]) -> str:
    return ", ".join(at.strftime("%Y-%m-%d %H:%M UTC") for at in sorted(events))
