"""A reviewer who knows what was planted, decides every week, and never forgets a decision."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, combinations, product
from random import Random

from itsm.candidates import Decision, ProblemCandidate
from itsm.deciding import Reviewer, bare, merge, pin, remove, rename, split, verdict
from itsm.decisions import (
    GATHERING,
    PARTING,
    VERDICTS,
    Action,
    IncidentRef,
    RejectedAs,
    ReviewDecision,
)

PER_PART = 12
"""Pairs are followed for so many incidents of each part."""


Step = tuple[set[str], Callable[[Reviewer], ReviewDecision]]
"""The candidates a decision is about, and how it is made."""


@dataclass(slots=True)
class Script:
    """Decides by planted cause.

    `original` leads from what an incident was ever called to its first number, `current` from there
    to what it is called now.
    """

    cause_of: Mapping[str, str | None]
    opened_at: Mapping[str, datetime]
    original: dict[IncidentRef, str]
    current: dict[str, IncidentRef]
    random: Random
    per_week: int = 6
    done: Counter[str] = field(default_factory=Counter)
    judged: dict[str, str] = field(default_factory=dict)
    """Causes that the reviewer has come to hold for one."""

    def decide(
        self, candidates: Sequence[ProblemCandidate], run_id: str, at: datetime
    ) -> list[ReviewDecision]:
        """What is decided in a week: some verdicts, and what is wrong with the grouping."""
        queue = [c for c in candidates if c.decision is Decision.UNDECIDED]
        made: list[ReviewDecision] = []
        touched: set[str] = set()
        self._judge(queue)
        steps = [
            self._merges(queue, candidates),
            self._mends(queue, candidates),
            self._verdicts(queue),
        ]
        for names, decide in chain.from_iterable(steps):
            if len(made) < self.per_week and not touched & names:
                touched |= names
                minute = at + timedelta(minutes=len(made))
                by = Reviewer(actor="ada", at=minute, run_id=run_id, reason="script")
                made.append(decide(by))
        self.done.update(str(d.action) for d in made)
        return made

    def name(self, ref: IncidentRef) -> str:
        return self.original[ref]

    def cause(self, ref: IncidentRef) -> str | None:
        cause = self.cause_of[self.original[ref]]
        while cause in self.judged:
            cause = self.judged[cause]
        return cause

    def _of(self, c: ProblemCandidate) -> dict[str | None, list[IncidentRef]]:
        """The members by cause, the commonest cause first; what repeats nothing has none."""
        found: dict[str | None, list[IncidentRef]] = {}
        for m in c.members:
            ref = IncidentRef(source=m.source, number=m.number)
            found.setdefault(self.cause(ref), []).append(ref)
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), str(item[0]))))

    def _main(self, c: ProblemCandidate) -> str | None:
        return next((cause for cause in self._of(c) if cause is not None), None)

    def _judge(self, queue: Sequence[ProblemCandidate]) -> None:
        """Once a week two causes are held for one: the dearest undecided ones."""
        mains = list(dict.fromkeys(main for c in queue if (main := self._main(c))))
        if len(mains) > 1:
            self.judged[mains[1]] = mains[0]

    def _merges(
        self, queue: Sequence[ProblemCandidate], everything: Sequence[ProblemCandidate]
    ) -> Iterator[Step]:
        """A candidate of the queue with any other one of the same cause."""
        asked = {c.candidate_id for c in queue}
        seen: dict[str, ProblemCandidate] = {}
        for c in everything:
            main = self._main(c)
            if (
                main is not None
                and main in seen
                and {c.candidate_id, seen[main].candidate_id} & asked
            ):
                first = seen.pop(main)
                yield {first.candidate_id, c.candidate_id}, partial(merge, first, c)
            elif main is not None:
                seen[main] = c

    def _mends(
        self, queue: Sequence[ProblemCandidate], everything: Sequence[ProblemCandidate]
    ) -> Iterator[Step]:
        for c in queue:
            by_cause, main = self._of(c), self._main(c)
            several = [refs for cause, refs in by_cause.items() if cause and len(refs) >= 2]
            strangers = [r for cause, refs in by_cause.items() if cause != main for r in refs]
            if len(several) > 1:
                yield {c.candidate_id}, partial(split, c, several)
            elif strangers and main and len(by_cause[main]) > 1:
                yield {c.candidate_id}, partial(remove, c, strangers)
            elif main and (lost := self._lost(main, everything)):
                yield {c.candidate_id}, partial(pin, c, [lost])

    def _lost(self, cause: str, everything: Sequence[ProblemCandidate]) -> IncidentRef | None:
        """An incident of a cause that is in no candidate and was opened in the last weeks."""
        inside = {
            IncidentRef(source=m.source, number=m.number) for c in everything for m in c.members
        }
        newest = max(self.opened_at[self.original[ref]] for ref in inside)
        since = newest - timedelta(weeks=3)
        return next(
            (
                ref
                for ref in self.current.values()
                if self.cause(ref) == cause
                and ref not in inside
                and since < self.opened_at[self.original[ref]] <= newest
            ),
            None,
        )

    def _verdicts(self, queue: Sequence[ProblemCandidate]) -> Iterator[Step]:
        for number, c in enumerate(queue):
            kind = self.random.choice(["reject", "reject", "accept", "snooze", "rename"])
            yield {c.candidate_id}, partial(_verdict, kind, c, number)


def _verdict(kind: str, c: ProblemCandidate, number: int, by: Reviewer) -> ReviewDecision:
    if kind == "rename":
        return rename(c, f"Named by {by.actor} in {by.run_id} ({number})", by)
    if kind == "snooze":
        given = replace(bare(Action.SNOOZE, c, by), until_new=4)
        return verdict(Action.SNOOZE, c, by, given=given)
    if kind == "reject":
        return verdict(Action.REJECT, c, by, rejected_as=RejectedAs.EXPECTED_DEMAND)
    return verdict(Action.ACCEPT, c, by)


@dataclass(slots=True)
class Ledger:
    """Every decision, and what must hold because of it; keeps its own books."""

    script: Script
    pairs: dict[frozenset[str], tuple[str, str]] = field(default_factory=dict)
    verdicts: list[ReviewDecision] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    pools: dict[str, set[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    n_checked: int = 0

    def write(self, decision: ReviewDecision) -> None:
        """Take down what a decision demands; the newest word about a pair counts.

        All pairs that are followed are brought up to date; new ones are followed for a few
        incidents of each part.
        """
        parts = [[self.script.name(ref) for ref in part] for part in decision.parts]
        if decision.action in GATHERING | PARTING:
            kind = "together" if decision.action in GATHERING else "apart"
            of = {name: k for k, part in enumerate(parts) for name in part}
            for pair in self.pairs:
                a, b = pair
                if a in of and b in of and (kind == "together" or of[a] != of[b]):
                    self.pairs[pair] = (kind, decision.decision_id)
            for one, other in combinations([part[:PER_PART] for part in parts], 2):
                for both in product(one, other):
                    self.pairs[frozenset(both)] = (kind, decision.decision_id)
        elif decision.action in VERDICTS:
            self.verdicts.append(decision)
            names = {self.script.name(ref) for ref in decision.members}
            self.pools[decision.decision_id] = names
        elif decision.statement:
            self.names[decision.candidate_id] = decision.statement

    def check(self, week: str, candidates: Sequence[ProblemCandidate], mined: set[str]) -> None:
        """Look whether everything that was decided holds in a run."""
        of: dict[str, str] = {}
        for c in candidates:
            for m in c.members:
                of[self.script.name(IncidentRef(source=m.source, number=m.number))] = c.candidate_id
        for pair, (kind, decision_id) in self.pairs.items():
            a, b = sorted(pair)
            if a in mined and b in mined:
                self.n_checked += 1
                together = a in of and of.get(a) == of.get(b)
                if together != (kind == "together"):
                    self.broken.append(f"{week}: {a} and {b} are not {kind} ({decision_id})")
        for c in candidates:
            self._check_verdict(week, c)
            self._check_name(week, c)

    def _check_verdict(self, week: str, c: ProblemCandidate) -> None:
        """A candidate mostly of what was decided on stands as decided, or says why it is back."""
        names = {self.script.name(IncidentRef(source=m.source, number=m.number)) for m in c.members}
        ruling = [
            d
            for d in self.verdicts
            if len(names & self.pools[d.decision_id]) > len(names) / 2
            and len(names & self.pools[d.decision_id]) > 1
        ]
        if not ruling:
            return
        self.n_checked += 1
        wanted = {VERDICTS[d.action] for d in ruling}
        back = c.standing is not None and c.standing.is_back
        if c.decision not in wanted and not back:
            self.broken.append(f"{week}: {c.candidate_id} is {c.decision}, not {wanted}")
        by_id = {d.decision_id: d for d in self.verdicts}
        mine = by_id.get(c.standing.decision_id) if c.standing else None
        if mine is None:
            return
        if back and mine.action is Action.REJECT and not self._is_past_bar(c, mine, names):
            self.broken.append(f"{week}: {c.candidate_id} is back without evidence")
        if c.decision is Decision.REJECTED:
            self.pools[mine.decision_id] |= names

    def _is_past_bar(self, c: ProblemCandidate, d: ReviewDecision, names: set[str]) -> bool:
        assert d.about is not None
        decided = {self.script.name(ref) for ref in d.members}
        opened = self.script.opened_at
        new = [n for n in names - decided if opened[n] > d.about.last_seen_at]
        return len(new) >= 5 and c.avoidable_hours.value >= 2 * d.about.hours

    def _check_name(self, week: str, c: ProblemCandidate) -> None:
        wanted = self.names.get(c.candidate_id)
        if wanted is not None:
            self.n_checked += 1
            if c.statement != wanted:
                self.broken.append(f"{week}: {c.candidate_id} is not called {wanted!r}")
