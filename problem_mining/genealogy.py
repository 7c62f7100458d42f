"""What became of the candidates of one run in another: kept, born, merged, split, gone, and why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itsm.candidates import ProblemCandidate
from problem_mining.lineage import MemberKey

FLOWS_AT = 0.5
"""Half of what is left of a candidate in another one: it has gone there."""
MIN_FLOW = 2


class Fate(StrEnum):
    """What happened to a candidate between two runs, in the order it is told."""

    MERGED = "merged"
    SPLIT = "split"
    DIED = "died"
    BORN = "born"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event between two runs.

    `candidate_id` is the candidate it is about, `others` those it came from (born, merged) or that
    came of it (split, died); `n_before` and `n_after` are its members in either run.
    """

    fate: Fate
    candidate_id: str
    others: tuple[str, ...]
    n_before: int
    n_after: int
    reason: str


@dataclass(frozen=True, slots=True)
class Between:
    """What is known of the way from one run to another beside their candidates.

    Attributes:
        is_mined: whether the later run mined an incident.
        is_new: whether an incident came after the earlier run.
        by_person: the decisions on a candidate between both runs, in words.
        version: the change of mining version in words, "" where it is the same.
    """

    is_mined: Callable[[MemberKey], bool]
    is_new: Callable[[MemberKey], bool]
    by_person: Mapping[str, str]
    version: str = ""


def compare(
    before: Sequence[ProblemCandidate], after: Sequence[ProblemCandidate], between: Between
) -> tuple[Event, ...]:
    """The events between any two runs, those that change most first.

    Args:
        before: the candidates of the earlier run.
        after: those of the later one.
        between: what is known of the way.
    """
    flows = _Flows(before, after, between)
    events = [event for old in before for event in flows.of_old(old)]
    events += [event for new in after for event in flows.of_new(new)]
    order = list(Fate)
    return tuple(sorted(events, key=lambda e: (order.index(e.fate), -e.n_before, e.candidate_id)))


class _Flows:
    """Who of one run is where in the other."""

    def __init__(
        self,
        before: Sequence[ProblemCandidate],
        after: Sequence[ProblemCandidate],
        between: Between,
    ) -> None:
        self._between = between
        self._old = {c.candidate_id: keys_of(c) for c in before}
        self._new = {c.candidate_id: keys_of(c) for c in after}
        self._old_of = {key: name for name, keys in self._old.items() for key in keys}
        self._new_of = {key: name for name, keys in self._new.items() for key in keys}

    def of_old(self, candidate: ProblemCandidate) -> list[Event]:
        """Split, died or kept."""
        name = candidate.candidate_id
        mine = self._old[name]
        left = [key for key in mine if self._between.is_mined(key)]
        into = Counter(self._new_of[key] for key in left if key in self._new_of)
        parts = tuple(
            other
            for other, n in sorted(into.items(), key=lambda item: (-item[1], item[0]))
            if n >= MIN_FLOW and n >= FLOWS_AT * self._n_old(other)
        )
        if len(parts) > 1:
            return [self._event(Fate.SPLIT, name, parts, self._split_reason(name, parts))]
        if name in self._new:
            return [self._event(Fate.KEPT, name, (), self._kept_reason(name))]
        return [self._event(Fate.DIED, name, tuple(into)[:3], self._death(name, left, into))]

    def of_new(self, candidate: ProblemCandidate) -> list[Event]:
        """Merged or born."""
        name = candidate.candidate_id
        came = Counter(self._old_of[key] for key in self._new[name] if key in self._old_of)
        merged = tuple(
            old
            for old, n in sorted(came.items(), key=lambda item: (-item[1], item[0]))
            if n >= MIN_FLOW and n >= FLOWS_AT * self._n_left(old)
        )
        if len(merged) > 1:
            told = self._blame(name, f"{len(merged)} candidates are one now")
            return [self._event(Fate.MERGED, name, merged, told)]
        if name in self._old:
            return []
        return [self._event(Fate.BORN, name, tuple(came)[:3], self._birth(name, came))]

    def _event(self, fate: Fate, name: str, others: tuple[str, ...], reason: str) -> Event:
        n_before, n_after = len(self._old.get(name, ())), len(self._new.get(name, ()))
        return Event(
            fate=fate,
            candidate_id=name,
            others=others,
            n_before=n_before,
            n_after=n_after,
            reason=reason,
        )

    def _n_old(self, new: str) -> int:
        """How many members of a later candidate were in any earlier one."""
        return sum(key in self._old_of for key in self._new[new])

    def _n_left(self, old: str) -> int:
        """How many members of an earlier candidate are still mined."""
        return sum(map(self._between.is_mined, self._old[old]))

    def _split_reason(self, name: str, parts: tuple[str, ...]) -> str:
        rest = ", ".join(part for part in parts if part != name)
        return self._blame(name, f"parts of it are {rest} now")

    def _kept_reason(self, name: str) -> str:
        joined = len(self._new[name] - self._old[name])
        left = len(self._old[name] - self._new[name])
        aged = sum(not self._between.is_mined(key) for key in self._old[name] - self._new[name])
        told = [f"{joined} joined"] if joined else []
        told += [f"{left - aged} left"] if left > aged else []
        told += [f"{aged} too old or gone"] if aged else []
        return ", ".join(told) or "the same members"

    def _death(self, name: str, left: Sequence[MemberKey], into: Counter[str]) -> str:
        if not left:
            return "none of its incidents is mined any more: too old, deleted or closed to mining"
        alone = sum(key not in self._new_of for key in left)
        told = []
        if into:
            other, n = min(into.items(), key=lambda item: (-item[1], item[0]))
            told.append(f"{n} of {len(left)} are in {other} now")
        if alone:
            told.append(f"{alone} of {len(left)} stand alone or fall short of the bar")
        if len(left) < len(self._old[name]):
            told.append(f"{len(self._old[name]) - len(left)} are not mined any more")
        return self._blame(name, "; ".join(told))

    def _birth(self, name: str, came: Counter[str]) -> str:
        mine = self._new[name]
        fresh = sum(map(self._between.is_new, mine))
        told = [f"{fresh} of {len(mine)} incidents are new"] if fresh else []
        if came:
            old, n = min(came.items(), key=lambda item: (-item[1], item[0]))
            told.append(f"{n} came from {old}")
        if alone := len(mine) - fresh - sum(came.values()):
            told.append(f"{alone} stood alone before")
        return self._blame(name, "; ".join(told))

    def _blame(self, name: str, told: str) -> str:
        """A reason with who or what brought it about, where that is known."""
        because = self._between.by_person.get(name) or self._between.version
        return f"{told} ({because})" if because else told


def keys_of(candidate: ProblemCandidate) -> frozenset[MemberKey]:
    """The members of a candidate by source and number."""
    return frozenset((m.source, m.number) for m in candidate.members)
