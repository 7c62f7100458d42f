"""What would part a candidate: its incidents by the values of a field, or by the longest pause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from itsm.decisions import IncidentRef
from store.around_reads import PARTING_FIELDS
from store.reviewed import MemberFact

OPENED = "opened"
"""Stands for the time at which incidents were opened, where they are parted by that."""
MAX_VALUES = 12
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIN_PAUSE = timedelta(days=14)
MOST = 0.6
"""Two sides hold at least this share; a field of many small values parts nothing."""
MIN_SHARE = 0.05
"""A value that fewer members have does not part a candidate; it may be an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The members that have one value of a field; "" for those that have none."""

    value: str
    refs: tuple[IncidentRef, ...]

    @property
    def n(self) -> int:
        """How many they are."""
        return len(self.refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A field by which a candidate falls apart: its values with their members, the commonest first.

    `n_without` members have no value, or one of the rarest.
    """

    field: str
    sides: tuple[tuple[str, int], ...]
    n_without: int

    @property
    def clearness(self) -> float:
        """How evenly it parts in two: the share of the second side of those that have a value."""
        return self.sides[1][1] / sum(n for _, n in self.sides)


def partings(facts: Sequence[MemberFact]) -> tuple[Parting, ...]:
    """The fields by which a candidate would fall apart, the one that parts it most first."""
    found = []
    for name in (*PARTING_FIELDS, OPENED):
        counts = Counter(value for value in _values(facts, name) if value)
        sides = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if _parts([n for _, n in sides], len(facts)):
            n_without = len(facts) - counts.total()
            found.append(Parting(field=name, sides=tuple(sides), n_without=n_without))
    return tuple(sorted(found, key=lambda one: (-one.clearness, one.field)))


def by_field(facts: Sequence[MemberFact], name: str) -> tuple[Side, ...]:
    """A candidate's members by the value of a field, or by the longest pause between them.

    The largest side first, those without a value last.
    """
    sides: dict[str, list[IncidentRef]] = {}
    for fact, value in zip(facts, _values(facts, name), strict=True):
        sides.setdefault(value, []).append(fact.ref)
    in_order = sorted(sides.items(), key=lambda item: (not item[0], -len(item[1]), item[0]))
    return tuple(Side(value=value, refs=tuple(sorted(refs))) for value, refs in in_order)


def parts_of(
    facts: Sequence[MemberFact], by: str, apart: Sequence[str], refs: Sequence[IncidentRef]
) -> tuple[tuple[IncidentRef, ...], ...]:
    """The parts of a split: what stays, then each value or the incidents that go.

    Args:
        facts: all members.
        by: the field, "" where incidents are named one by one.
        apart: the values that become candidates of their own.
        refs: the incidents that go together into one of their own.
    """
    values = {side.value: side.refs for side in by_field(facts, by)} if by else {}
    gone = [values[value] for value in apart if value and value in values]
    taken = {ref for part in gone for ref in part}
    if single := tuple(sorted(set(refs) - taken)):
        gone.append(single)
    taken |= set(refs)
    stays = tuple(fact.ref for fact in facts if fact.ref not in taken)
    return tuple(part for part in (stays, *gone) if part)


def _parts(sizes: Sequence[int], n: int) -> bool:
    """Whether two large sides, given the largest first, hold most of those that have a value."""
    least = max(2, MIN_SHARE * n)
    return len(sizes) > 1 and sizes[1] >= least and sum(sizes[:2]) >= MOST * sum(sizes)


def _values(facts: Sequence[MemberFact], name: str) -> list[str]:
    """The value of each member, "" where it has none, or one of the rarest of many."""
    if name == OPENED:
        return _before_and_after(facts)
    found = [fact.fields.get(name, "") for fact in facts]
    counts = Counter(found)
    if len(counts) <= MAX_VALUES:
        return found
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept = {value for value, _ in ranked[:MAX_VALUES]}
    return [value if value in kept else "" for value in found]


def _before_and_after(facts: Sequence[MemberFact]) -> list[str]:
    """Whether each member was opened before or after the longest pause, if that is long."""
    timed = sorted(fact.opened_at for fact in facts if fact.opened_at is not None)
    pauses = [(later - earlier, earlier, later) for earlier, later in pairwise(timed)]
    longest, last, first = max(pauses, default=(timedelta(), EPOCH, EPOCH))
    if longest < MIN_PAUSE:
        return [""] * len(facts)
    before, after = f"up to {last:%Y-%m-%d}", f"from {first:%Y-%m-%d}"
    return [
        "" if fact.opened_at is None else before if fact.opened_at <= last else after
        for fact in facts
    ]
