"""What would part a candidate: its incidents by the values of a field, or by the longest pause."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from itsm.decisions import IncidentRef
from store.around_reads import PARTING_FIELDS, MemberFact

OPENED = "opened"
"""Stands for the time at which incidents were opened, where they are parted by that."""
MAX_VALUES = 12
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
    """A field by which a candidate falls apart, the largest side first."""

    field: str
    sides: tuple[Side, ...]

    @property
    def named(self) -> tuple[Side, ...]:
        """The sides that have a value."""
        return tuple(side for side in self.sides if side.value)

    @property
    def clearness(self) -> float:
        """How evenly it parts in two: the share of the second side of those that have a value."""
        n = sum(side.n for side in self.named)
        return self.named[1].n / n if len(self.named) > 1 else 0.0


def partings(facts: Sequence[MemberFact]) -> tuple[Parting, ...]:
    """The fields by which a candidate would fall apart, the one that parts it most first."""
    found = [by_field(facts, name) for name in (*PARTING_FIELDS, OPENED)]
    parting = [one for one in found if _parts(one, len(facts))]
    return tuple(sorted(parting, key=lambda one: (-one.clearness, one.field)))


def by_field(facts: Sequence[MemberFact], name: str) -> Parting:
    """A candidate's members by the value of a field, or by the longest pause between them."""
    values = _before_and_after(facts) if name == OPENED else _values(facts, name)
    sides: dict[str, list[IncidentRef]] = {}
    for fact in facts:
        sides.setdefault(values.get(fact.ref, ""), []).append(fact.ref)
    ordered = sorted(sides.items(), key=lambda item: (not item[0], -len(item[1]), item[0]))
    return Parting(
        field=name,
        sides=tuple(Side(value=value, refs=tuple(sorted(refs))) for value, refs in ordered),
    )


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
    values = {side.value: side.refs for side in by_field(facts, by).sides} if by else {}
    gone = [values[value] for value in apart if value and value in values]
    taken = {ref for part in gone for ref in part}
    if single := tuple(sorted(set(refs) - taken)):
        gone.append(single)
    taken |= set(refs)
    stays = tuple(fact.ref for fact in facts if fact.ref not in taken)
    return tuple(part for part in (stays, *gone) if part)


def _parts(one: Parting, n: int) -> bool:
    """Whether two large sides hold most of the members that have a value."""
    large = [side.n for side in one.named if side.n >= max(2, MIN_SHARE * n)]
    return len(large) >= 2 and sum(large[:2]) >= MOST * sum(side.n for side in one.named)


def _values(facts: Sequence[MemberFact], name: str) -> Mapping[IncidentRef, str]:
    found = {fact.ref: fact.fields[name] for fact in facts if name in fact.fields}
    counts = Counter(found.values())
    kept = {value for value, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0]))[:MAX_VALUES]}
    return {ref: value for ref, value in found.items() if value in kept}


def _before_and_after(facts: Sequence[MemberFact]) -> Mapping[IncidentRef, str]:
    """The members before and after the longest pause, where it is long enough to part them."""
    timed = sorted((f.opened_at, f.ref) for f in facts if f.opened_at is not None)
    pauses = [(later - earlier, i) for i, ((earlier, _), (later, _)) in enumerate(pairwise(timed))]
    longest, at = max(pauses, key=lambda item: (item[0], -item[1]), default=(timedelta(), 0))
    if longest < MIN_PAUSE:
        return {}
    return {
        ref: f"up to {timed[at][0]:%Y-%m-%d}" if i <= at else f"from {timed[at + 1][0]:%Y-%m-%d}"
        for i, (_, ref) in enumerate(timed)
    }
