"""What people said about which incidents belong together, folded into strands.

A strand is a set of incidents that a person holds to be one pattern. Each incident is in one strand
at most: that of the newest decision about it. Two strands may be kept apart. Decisions are gone
through in the order of the journal; those taken back are passed over, so that an undo needs nothing
more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from itsm.decisions import GATHERING, Action, IncidentRef, ReviewDecision


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two decisions that contradict each other; the newer one is followed."""

    older: str
    newer: str
    n_incidents: int
    text: str


@dataclass(frozen=True, slots=True)
class Strands:
    """The strands of a journal.

    Attributes:
        of: the strand of each incident that was decided on.
        apart: pairs of strands that are different patterns.
        gathered: strands whose incidents stay together; others are only kept apart.
        spreading: strands that what joined them later belongs to; not what was taken out.
        conflicts: decisions that contradict each other.
    """

    of: Mapping[IncidentRef, str]
    apart: frozenset[frozenset[str]]
    gathered: frozenset[str]
    spreading: frozenset[str]
    conflicts: tuple[Conflict, ...]


def active(decisions: Sequence[ReviewDecision]) -> tuple[ReviewDecision, ...]:
    """The decisions that hold: none that was taken back, and none that takes back.

    Taking back a withdrawal brings the decision back.
    """
    withdrawn: set[str] = set()
    for decision in reversed(decisions):
        if decision.withdraws and decision.decision_id not in withdrawn:
            withdrawn.add(decision.withdraws)
    return tuple(
        d for d in decisions if d.decision_id not in withdrawn and d.action is not Action.WITHDRAW
    )


def fold(decisions: Sequence[ReviewDecision]) -> Strands:
    """The strands that decisions lead to.

    Args:
        decisions: the journal, oldest first.
    """
    state = _State()
    for decision in active(decisions):
        if decision.action is Action.PIN:
            _pin(state, decision)
        elif decision.action in GATHERING:
            _merge(state, decision)
        elif decision.action is Action.SPLIT:
            _split(state, decision)
        elif decision.action is Action.REMOVE:
            _remove(state, decision)
    return Strands(
        state.of,
        frozenset(state.apart),
        frozenset(state.gathered),
        frozenset(set(state.of.values()) - state.taken_out),
        tuple(state.conflicts),
    )


@dataclass(slots=True)
class _State:
    of: dict[IncidentRef, str] = field(default_factory=dict)
    bound_by: dict[IncidentRef, str] = field(default_factory=dict)
    apart: dict[frozenset[str], str] = field(default_factory=dict)
    gathered: dict[str, str] = field(default_factory=dict)
    taken_out: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)

    def home(self, refs: Iterable[IncidentRef], fresh: str) -> str:
        """The strand most of some incidents are in; a fresh one where none is in any."""
        votes = Counter(self.of[ref] for ref in refs if ref in self.of)
        return min(votes, key=lambda name: (-votes[name], name)) if votes else fresh

    def put(self, refs: Iterable[IncidentRef], strand: str, decision: ReviewDecision) -> None:
        """Incidents join a strand, and bring along what they were kept apart from."""
        moving = list(refs)
        for old in sorted({self.of[ref] for ref in moving if ref in self.of} - {strand}):
            for foe in self.foes(old) - {strand}:
                by = self.apart[frozenset({old, foe})]
                self.apart.setdefault(frozenset({strand, foe}), by)
        for ref in moving:
            self.of[ref] = strand
            self.bound_by[ref] = decision.decision_id

    def note_against(
        self, refs: Iterable[IncidentRef], strand: str, decision: ReviewDecision, what: str
    ) -> None:
        """Decisions that kept some incidents apart from the strand they now join."""
        against = Counter(
            self.apart[pair]
            for ref in refs
            if ref in self.of and (pair := frozenset({self.of[ref], strand})) in self.apart
        )
        for older, n in sorted(against.items()):
            self.contradict(older, decision, n, what)

    def put_together(self, refs: Iterable[IncidentRef]) -> Iterator[list[IncidentRef]]:
        """Those of some incidents that somebody has put together, two at least."""
        by_strand: dict[str, list[IncidentRef]] = {}
        for ref in refs:
            if (strand := self.of.get(ref)) in self.gathered:
                by_strand.setdefault(strand, []).append(ref)
        yield from (by_strand[name] for name in sorted(by_strand) if len(by_strand[name]) > 1)

    def foes(self, strand: str) -> set[str]:
        return {name for pair in self.apart if strand in pair for name in pair} - {strand}

    def keep_apart(self, strand: str, others: set[str], decision: ReviewDecision) -> None:
        for other in others - {strand}:
            self.apart[frozenset({strand, other})] = decision.decision_id

    def contradict(self, older: str, newer: ReviewDecision, n: int, what: str) -> None:
        if older != newer.decision_id and n:
            text = f"{newer.actor} {what} on {newer.at:%Y-%m-%d}, against an earlier decision"
            self.conflicts.append(Conflict(older, newer.decision_id, n, text))


def _merge(state: _State, decision: ReviewDecision) -> None:
    """Whole strands become one: what was bound to any of them earlier comes along."""
    homes = [
        state.home(part, f"{decision.decision_id}/{k}") for k, part in enumerate(decision.parts)
    ]
    stays = homes[0]
    for goes in homes[1:]:
        older = state.apart.pop(frozenset({stays, goes}), None)
        if older is not None and stays != goes:
            n = sum(len(part) for part in decision.parts[1:])
            state.contradict(older, decision, n, "merged what was kept apart")
        for foe in state.foes(goes) - {stays}:
            state.apart[frozenset({stays, foe})] = state.apart.pop(frozenset({goes, foe}))
        for ref in [ref for ref, name in state.of.items() if name == goes]:
            state.of[ref] = stays
        state.gathered.pop(goes, None)
        state.taken_out.discard(goes)
    state.note_against(decision.members, stays, decision, "merged what was kept apart")
    state.put(decision.members, stays, decision)
    state.gathered[stays] = decision.decision_id
    state.taken_out.discard(stays)


def _pin(state: _State, decision: ReviewDecision) -> None:
    """Single incidents join a strand, whatever they were in."""
    core, pinned = decision.parts[0], decision.parts[1]
    home = state.home(core, f"{decision.decision_id}/0")
    state.put([ref for ref in core if ref not in state.of], home, decision)
    state.note_against(pinned, home, decision, "pinned what was kept out")
    state.put(pinned, home, decision)
    state.gathered[home] = decision.decision_id


def _split(state: _State, decision: ReviewDecision) -> None:
    """The part with most of the old strand keeps it, the others get strands of their own."""
    whole = state.home(decision.members, f"{decision.decision_id}/0")
    held = [sum(state.of.get(ref) == whole for ref in part) for part in decision.parts]
    keeps = max(range(len(held)), key=lambda k: (held[k], -k))
    _note_torn(state, decision, whole)
    foes = state.foes(whole)
    names = [
        whole if k == keeps else f"{decision.decision_id}/{k}" for k in range(len(decision.parts))
    ]
    put_together = [any(state.put_together(part)) for part in decision.parts]
    for name, part, is_gathered in zip(names, decision.parts, put_together, strict=True):
        state.put(part, name, decision)
        state.keep_apart(name, {*foes, *names}, decision)
        if is_gathered:
            state.gathered.setdefault(name, decision.decision_id)


def _remove(state: _State, decision: ReviewDecision) -> None:
    """What goes gets a strand of its own, apart from every strand of what stays.

    What somebody had put together before stays together, now elsewhere.
    """
    stays, goes = decision.parts[0], decision.parts[1]
    whole, name = state.home(decision.members, f"{decision.decision_id}/0"), decision.decision_id
    _note_torn(state, decision, whole)
    foes = state.foes(whole)
    state.put([ref for ref in stays if ref not in state.of], whole, decision)
    kept = {*foes, whole, *(state.of[ref] for ref in stays)}
    together = list(state.put_together(goes))
    free = [ref for ref in goes if not any(ref in part for part in together)]
    for k, part in enumerate([free, *together]):
        own = f"{name}/{k}" if k else name
        state.put(part, own, decision)
        state.taken_out.add(own)
        state.keep_apart(own, kept, decision)
        if k:
            state.gathered[own] = decision.decision_id


def _note_torn(state: _State, decision: ReviewDecision, whole: str) -> None:
    """An earlier merge or pin that a split or removal undoes, at least in part."""
    older = state.gathered.get(whole)
    torn = [ref for part in decision.parts[1:] for ref in part if state.of.get(ref) == whole]
    by = Counter(state.bound_by[ref] for ref in torn)
    if older is not None and by:
        done = "split" if decision.action is Action.SPLIT else "took out"
        state.contradict(older, decision, len(torn), f"{done} what was put together")
