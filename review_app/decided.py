"""Where candidates stand now: what mining kept of them, and what people have decided since.

A decision holds in the grouping from the next mining on (docs/decisions-memory.md); the pages show
at once what was decided, so that nobody is asked again in the meantime.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from itsm.candidates import Decision, ProblemCandidate
from itsm.decisions import VERDICTS, Action, ReviewDecision
from store.reviewing import Reviewing
from store.runs import MiningRun

Numbered = tuple[int, ReviewDecision]
RENEWED_S = 600.0
"""After so long all decisions are read again: an erasure takes a name out of old ones."""
_RESHAPING = frozenset({Action.SPLIT, Action.MERGE, Action.DUPLICATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What people have said of a candidate.

    Attributes:
        decision: what becomes of it; None: as mining kept it.
        verdict: the decision that says so, made since the run.
        into: the candidate that it was merged into, "" where it was not.
        is_split: it becomes several when it is mined next.
        waiting: the decisions on its grouping that the next mining takes up.
        assignee: whom it was last assigned to.
        statement: what it is called from now on, where somebody has renamed it.
        was_rejected: somebody has rejected it before, in whatever week.
        history: every decision on it that was not taken back, oldest first.
    """

    decision: Decision | None = None
    verdict: ReviewDecision | None = None
    into: str = ""
    is_split: bool = False
    waiting: tuple[ReviewDecision, ...] = ()
    assignee: str = ""
    statement: str = ""
    was_rejected: bool = False
    history: tuple[Numbered, ...] = ()

    def of(self, candidate: ProblemCandidate) -> Decision:
        """What becomes of a candidate, as of now."""
        return candidate.decision if self.decision is None else self.decision

    def is_open(self, candidate: ProblemCandidate) -> bool:
        """Whether it still waits for somebody to say what becomes of it."""
        return self.of(candidate) is Decision.UNDECIDED and not self.is_split


UNTOUCHED = Now()


def in_force(decisions: Iterable[Numbered]) -> list[Numbered]:
    """The decisions that were not taken back, oldest first; a taking back can be, too."""
    taken: set[str] = set()
    kept: list[Numbered] = []
    for sequence, one in sorted(decisions, key=lambda item: -item[0]):
        if one.decision_id in taken:
            continue
        if one.withdraws is not None:
            taken.add(one.withdraws)
        else:
            kept.append((sequence, one))
    return kept[::-1]


def standing(
    run: MiningRun, decisions: Sequence[Numbered], ruling: Mapping[str, str]
) -> dict[str, Now]:
    """Where the candidates of a run stand that somebody has decided on.

    Args:
        run: the run that is looked at.
        decisions: all of them, oldest first.
        ruling: the decision that rules a candidate of the run by mining, by candidate.
    """
    found: dict[str, Now] = {}
    kept = in_force(decisions)
    taken_back = {one.decision_id for _, one in decisions} - {one.decision_id for _, one in kept}
    for name, decision_id in ruling.items():
        if decision_id in taken_back:
            found[name] = Now(decision=Decision.UNDECIDED)
    for sequence, one in kept:
        is_since = one.run_id == run.run_id or one.at > run.finished_at
        now = found.get(one.candidate_id, UNTOUCHED)
        found[one.candidate_id] = _after(now, sequence, one, is_since=is_since)
        if one.action in {Action.MERGE, Action.DUPLICATE} and one.other and is_since:
            gone = found.get(one.other, UNTOUCHED)
            found[one.other] = replace(
                gone,
                decision=Decision.MERGED,
                into=one.candidate_id,
                history=(*gone.history, (sequence, one)),
            )
    return found


def _after(now: Now, sequence: int, one: ReviewDecision, *, is_since: bool) -> Now:
    """A candidate after one more decision."""
    now = replace(now, history=(*now.history, (sequence, one)))
    if one.action is Action.ASSIGN:
        return replace(now, assignee=one.other or "")
    if one.action is Action.REJECT:
        now = replace(now, was_rejected=True)
    if not is_since:
        return now
    if one.action in VERDICTS:
        return replace(now, decision=VERDICTS[one.action], verdict=one)
    if one.action is Action.RENAME:
        return replace(now, statement=one.statement or "")
    if one.action in _RESHAPING | {Action.PIN, Action.REMOVE}:
        is_split = now.is_split or one.action is Action.SPLIT
        return replace(now, is_split=is_split, waiting=(*now.waiting, one))
    return now


class Ledger:
    """All decisions, read once and then only what is new.

    Args:
        reviewing: where they are read.
        clock: seconds that only go forward.
    """

    def __init__(self, reviewing: Reviewing, clock: Callable[[], float] = time.monotonic) -> None:
        self._reviewing, self._clock = reviewing, clock
        self._lock = Lock()
        self._all: list[Numbered] = []
        self._read_at = clock()
        self._standing: dict[tuple[str, int], dict[str, Now]] = {}

    def last(self) -> int:
        """The sequence of the newest decision that is known here."""
        return self._all[-1][0] if self._all else 0

    def find(self, decision_ids: Collection[str]) -> tuple[ReviewDecision, ...]:
        """Some decisions by their ids, oldest first; those not known are left out."""
        with self._lock:
            self._catch_up()
            newest = reversed(self._all)
            wanted = set(decision_ids)
            found = [one for _, one in newest if one.decision_id in wanted] if wanted else []
        return tuple(found[::-1])

    def of(self, run: MiningRun, ruling: Callable[[], Mapping[str, str]]) -> Mapping[str, Now]:
        """Where the candidates of a run stand that somebody has decided on."""
        with self._lock:
            self._catch_up()
            key = (f"{run.run_id} {run.finished_at}", self.last())
            if key not in self._standing:
                self._standing = {
                    kept: value for kept, value in self._standing.items() if kept[1] == key[1]
                }
                self._standing[key] = standing(run, self._all, ruling())
            return self._standing[key]

    def _catch_up(self) -> None:
        if self._clock() - self._read_at > RENEWED_S:
            self._all, self._standing, self._read_at = [], {}, self._clock()
        if self._reviewing.last_decision() > self.last():
            self._all = [*self._all, *self._reviewing.decisions_after(self.last())]
