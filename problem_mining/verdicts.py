"""What people decided about candidates, applied again to the candidates of a run.

A decision rules a candidate that carries on the one it was made on, and any other of which at least
half of the incidents known at the time were decided on: so it holds however they are grouped. A
rejection also rules a pattern that is worded alike at the same place, when none of its incidents is
left. What was rejected is asked again only past a bar, and then it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from itsm.candidates import Decision, Life, ProblemCandidate, Standing
from itsm.clocks import ReportingWeek
from itsm.decisions import VERDICTS, Action, IncidentRef, ReviewDecision
from problem_mining.last_home import Home
from problem_mining.likeness import Patterns
from problem_mining.lineage import MemberKey
from problem_mining.strands import Conflict, active

MIN_NEW = 5
"""What was rejected comes back with at least so many incidents opened since ..."""
HOURS_FACTOR = 2.0
"""... and at least so many times the avoidable hours it had then."""
RULED_SHARE = 0.5
"""A candidate is what was decided on if at least this share of its incidents of then was."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a run knows beside its candidates.

    Attributes:
        decisions: the journal, oldest first, its incidents by the keys they have now.
        homes: the candidate each incident was last a member of, before this run.
        opened_at: the opening of the incidents that were mined.
    """

    decisions: Sequence[ReviewDecision]
    homes: Mapping[MemberKey, Home]
    opened_at: Mapping[MemberKey, datetime | None]


@dataclass(frozen=True, slots=True)
class Ruled:
    """Candidates with what was decided on them, and the decisions that contradict each other."""

    candidates: tuple[ProblemCandidate, ...]
    conflicts: tuple[Conflict, ...]


def rule(candidates: Sequence[ProblemCandidate], memory: Memory, week: ReportingWeek) -> Ruled:
    """Applies the journal to the candidates of a run, which keep their order.

    Args:
        candidates: from `propose`.
        memory: what was decided and where incidents were before.
        week: the week the queue is for; a snooze or a risk is over when its day is not after it.
    """
    journal = active(memory.decisions)
    newest = journal[::-1]
    verdicts = [_Bound(d) for d in newest if d.action in VERDICTS]
    asked = _Docket(verdicts)
    names = _Docket([_Bound(d) for d in newest if d.action is Action.RENAME])
    rejected = _Rejected(verdicts)
    ruled, conflicts = [], []
    for candidate in candidates:
        mine = _Mine(candidate, memory)
        ruling = [bound for bound in asked.touching(mine) if bound.rules(mine)]
        decision = ruling[0].decision if ruling else rejected.alike(candidate)
        found = candidate if decision is None else _under(candidate, decision, mine, week)
        named = next((b.decision for b in names.touching(mine) if b.rules(mine)), None)
        if named is not None and named.statement:
            found = replace(found, statement=named.statement)
        conflicts += _contradictions(ruling)
        ruled.append(found)
    kept = {c.candidate_id for c, old in zip(ruled, candidates, strict=True) if _renamed(c, old)}
    return Ruled(tuple(unique_statements(ruled, kept)), tuple(dict.fromkeys(conflicts)))


def _renamed(now: ProblemCandidate, before: ProblemCandidate) -> bool:
    return now.statement != before.statement


def unique_statements(
    candidates: Sequence[ProblemCandidate], kept: set[str]
) -> list[ProblemCandidate]:
    """No statement twice in a queue; what people wrote stays, the others get a number."""
    taken = {c.statement.casefold() for c in candidates if c.candidate_id in kept}
    result = []
    for candidate in candidates:
        name, number = candidate.statement, 2
        if candidate.candidate_id not in kept:
            while name.casefold() in taken:
                name, number = f"{candidate.statement} ({number})", number + 1
            taken.add(name.casefold())
        result.append(replace(candidate, statement=name))
    return result


class _Mine:
    """The members of a candidate: those of then, and where they were."""

    def __init__(self, candidate: ProblemCandidate, memory: Memory) -> None:
        self.candidate_id = candidate.candidate_id
        self.refs = {
            IncidentRef(source=m.source, number=m.number): (m.source, m.number)
            for m in candidate.members
        }
        self._memory = memory

    @property
    def names_of_homes(self) -> set[str]:
        """The candidates and decisions that members were last in, or under."""
        homes = (self._memory.homes.get(key) for key in self.refs.values())
        return {
            name for home in homes if home for name in (home.candidate_id, home.ruled_by) if name
        }

    def opened_since(self, refs: frozenset[IncidentRef], at: datetime) -> int:
        """How many members came after a moment and are not among some incidents."""
        opened = self._memory.opened_at
        fresh = [opened.get(key) for ref, key in self.refs.items() if ref not in refs]
        return sum(1 for each in fresh if each is not None and each > at)

    def of_then(self, at: datetime) -> list[IncidentRef]:
        """The members that had been opened at a moment."""
        opened = self._memory.opened_at
        return [
            ref for ref, key in self.refs.items() if (when := opened.get(key)) is None or when <= at
        ]

    def at_home(self, decision: ReviewDecision) -> tuple[int, int]:
        """How many members were last in what was decided on; and how many in any candidate."""
        homes = self._memory.homes
        known = [homes[key] for key in self.refs.values() if key in homes]
        n = sum(
            home.candidate_id == decision.candidate_id or home.ruled_by == decision.decision_id
            for home in known
        )
        return n, len(known)


class _Bound:
    """A decision with its incidents as a set."""

    def __init__(self, decision: ReviewDecision) -> None:
        self.decision = decision
        self.refs = frozenset(decision.members)

    def rules(self, mine: _Mine) -> bool:
        """Whether a candidate is what was decided on."""
        if mine.candidate_id == self.decision.candidate_id:
            return True
        then = mine.of_then(self.decision.at)
        decided = sum(ref in self.refs for ref in then)
        if decided >= 2 and decided >= RULED_SHARE * len(then):
            return True
        n, of = mine.at_home(self.decision)
        return n >= 2 and n >= RULED_SHARE * of and n > RULED_SHARE * len(mine.refs)


class _Docket:
    """Decisions by what they touch, so that not every one is held against every candidate."""

    def __init__(self, bounds: Sequence[_Bound]) -> None:
        self._bounds = bounds
        self._of_ref: dict[IncidentRef, list[int]] = {}
        self._of_name: dict[str, list[int]] = {}
        for place, bound in enumerate(bounds):
            for name in {bound.decision.candidate_id, bound.decision.decision_id}:
                self._of_name.setdefault(name, []).append(place)
            for ref in bound.refs:
                self._of_ref.setdefault(ref, []).append(place)

    def touching(self, mine: _Mine) -> list[_Bound]:
        """In their order, those that share an incident, a name or a home with a candidate."""
        found = set(self._of_name.get(mine.candidate_id, ()))
        for ref in mine.refs:
            found.update(self._of_ref.get(ref, ()))
        for name in mine.names_of_homes:
            found.update(self._of_name.get(name, ()))
        return [self._bounds[place] for place in sorted(found)]


class _Rejected:
    """The rejections that still stand."""

    def __init__(self, verdicts: Sequence[_Bound]) -> None:
        newest: dict[str, ReviewDecision] = {}
        for bound in verdicts:
            newest.setdefault(bound.decision.candidate_id, bound.decision)
        self._standing = [
            one for one in newest.values() if one.action is Action.REJECT and one.about is not None
        ]
        self._patterns = Patterns([one.about for one in self._standing if one.about is not None])

    def alike(self, candidate: ProblemCandidate) -> ReviewDecision | None:
        """That of the pattern worded most alike at the same place."""
        found = self._patterns.most_alike(candidate)
        return None if found is None else self._standing[found]


def _under(
    candidate: ProblemCandidate, decision: ReviewDecision, mine: _Mine, week: ReportingWeek
) -> ProblemCandidate:
    """A candidate under the decision that rules it."""
    since = decision.about.last_seen_at if decision.about else decision.at
    n_new = mine.opened_since(frozenset(decision.members), since)
    said = f"{_SAID[decision.action]} by {decision.actor} on {decision.at:%Y-%m-%d}"
    if decision.candidate_id != candidate.candidate_id:
        said += f" as {decision.candidate_id}"
    if decision.reason:
        said += f": {decision.reason}"
    back, note = _back(candidate, decision, n_new, week)
    life = candidate.life
    if decision.action is Action.RESOLVE:
        life = Life.RECURRED if n_new else Life.RESOLVED
    text = f"back: {note}; {said}" if back else f"{said}; {note}" if note else said
    return replace(
        candidate,
        decision=Decision.UNDECIDED if back else VERDICTS[decision.action],
        life=life,
        standing=Standing(decision_id=decision.decision_id, text=text, is_back=back),
    )


def _back(
    candidate: ProblemCandidate, decision: ReviewDecision, n_new: int, week: ReportingWeek
) -> tuple[bool, str]:
    """Whether a candidate is asked again, and why, or what it would take."""
    about = decision.about
    if decision.action is Action.REJECT and about is not None:
        hours = candidate.avoidable_hours.value
        needed = HOURS_FACTOR * about.hours
        is_back = n_new >= MIN_NEW and hours >= needed
        bar = f"the bar is {MIN_NEW} new incidents and {needed:.0f} h"
        return is_back, f"{n_new} new incidents, {hours:.0f} h expected; {bar}"
    today = week.end_at.date()
    if decision.action in {Action.SNOOZE, Action.ACCEPT_RISK} and decision.until is not None:
        if decision.until <= today:
            due = "the snooze is over" if decision.action is Action.SNOOZE else "its review is due"
            return True, f"{due} since {decision.until}"
        if decision.until_new is None:
            return False, f"until {decision.until}"
    if decision.action is Action.SNOOZE and decision.until_new is not None:
        told = f"{n_new} of {decision.until_new} new incidents"
        return n_new >= decision.until_new, told
    if decision.action is Action.RESOLVE and n_new:
        return True, f"{n_new} new incidents since it was resolved"
    return False, ""


def _contradictions(ruling: Sequence[_Bound]) -> list[Conflict]:
    """The newest decision that rules, against an older one on another candidate."""
    if len(ruling) < 2:
        return []
    newest = ruling[0].decision
    latest: dict[str, ReviewDecision] = {}
    for bound in ruling[1:]:
        latest.setdefault(bound.decision.candidate_id, bound.decision)
    return [
        Conflict(
            older.decision_id,
            newest.decision_id,
            len(set(older.members) & set(newest.members)) or len(older.members),
            f"{_SAID[older.action]} as {name} by {older.actor}, "
            f"{_SAID[newest.action]} as {newest.candidate_id} by {newest.actor}",
        )
        for name, older in sorted(latest.items())
        if name != newest.candidate_id and VERDICTS[older.action] != VERDICTS[newest.action]
    ]


_SAID: Mapping[Action, str] = {
    Action.ACCEPT: "accepted",
    Action.LINK: "linked",
    Action.REJECT: "rejected",
    Action.SNOOZE: "snoozed",
    Action.ACCEPT_RISK: "risk accepted",
    Action.RESOLVE: "resolved",
    Action.REOPEN: "opened again",
}
