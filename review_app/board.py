"""What somebody has before the eyes: the candidates of a week, where they stand, the session."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from itsm.candidates import ProblemCandidate
from itsm.decisions import ReviewDecision
from review_app.asked import Asked
from review_app.decided import UNTOUCHED, Ledger, Now
from review_app.identity.actors import Actor
from review_app.queue import Entry, Queues, chosen, counts, ordered
from review_app.session import Budget, Session, asks, session_of
from store.reviewing import Reviewing
from store.runs import MiningRun

MAX_KEPT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The candidates of a run as somebody sees them.

    Attributes:
        run: the run; None where nothing has been mined, or not the week that was asked for.
        runs: the newest run of each week, the newest week first.
        queue: the candidates they may see, dearest first.
        standing: where those stand that somebody has decided on.
        session: the week's session.
        shows: the candidates of each part of the queue.
        seen: the newest decision that this takes into account.
        derived: what has been worked out from the queue, once each.
    """

    run: MiningRun | None
    runs: tuple[MiningRun, ...]
    queue: tuple[Entry, ...]
    standing: Mapping[str, Now]
    session: Session
    shows: Mapping[str, Sequence[Entry]]
    seen: int
    derived: "Derived"

    @property
    def is_newest(self) -> bool:
        """Whether it is the newest week, on which alone is decided."""
        return self.run is not None and self.run == self.runs[0]

    def now(self, candidate_id: str) -> Now:
        """Where a candidate stands."""
        return self.standing.get(candidate_id, UNTOUCHED)

    def entry(self, candidate_id: str) -> Entry | None:
        """A candidate of the queue; None where they may not see it or it is not there."""
        return self.derived.by_id.get(candidate_id)

    def show_of(self, asked: Asked) -> str:
        """The part of the queue that is asked for: the session, or all of an earlier week."""
        return asked.show or ("week" if self.is_newest else "all")

    def found(self, asked: Asked) -> list[Entry]:
        """The candidates that are asked for, in their order."""
        return chosen(self.derived.ordered(self.show_of(asked), asked.sort, asked.order), asked)


class Derived:
    """What is worked out from the parts of a queue, when it is first asked for, and then kept."""

    def __init__(self, queue: Sequence[Entry], shows: Mapping[str, Sequence[Entry]]) -> None:
        self.by_id = {entry.candidate.candidate_id: entry for entry in queue}
        self._queue, self._shows = queue, shows
        self._ordered: dict[tuple[str, str, str], list[Entry]] = {}
        self._counts: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {}
        self._of_term: dict[str, list[Entry]] = {}

    def ordered(self, show: str, sort: str, order: str) -> list[Entry]:
        """A part of the queue in an order."""
        key = (show, sort, order)
        if key not in self._ordered:
            self._ordered[key] = ordered(self._shows[show], sort, order)
        return self._ordered[key]

    def counts(self, show: str, name: str) -> tuple[tuple[str, int], ...]:
        """The values a part of the queue can be filtered by, with their counts."""
        if (show, name) not in self._counts:
            self._counts[show, name] = counts(self._shows[show], name)
        return self._counts[show, name]

    def sharing(self, terms: Iterable[str]) -> Counter[str]:
        """How many of some terms each candidate has; those with none are left out."""
        if not self._of_term:
            of_term: dict[str, list[Entry]] = {}
            for entry in self._queue:
                for term in entry.terms:
                    of_term.setdefault(term, []).append(entry)
            self._of_term = of_term
        return Counter(
            entry.candidate.candidate_id for term in terms for entry in self._of_term.get(term, ())
        )


class Boards:
    """The boards of everybody: made anew when a week is mined or somebody decides.

    Args:
        reviewing: the reads of the store.
        budget: the time there is for a session.
    """

    def __init__(self, reviewing: Reviewing, budget: Budget) -> None:
        self._reviewing, self._budget = reviewing, budget
        self._queues, self._ledger = Queues(reviewing), Ledger(reviewing)
        self._kept: OrderedDict[tuple[object, ...], Board] = OrderedDict()
        self._lock = Lock()

    def warm(self) -> None:
        """Read the newest week before the first visitor waits for it."""
        for run in self._reviewing.runs()[:1]:
            self._queues.of(run)

    def decisions(self, decision_ids: Sequence[str]) -> tuple[ReviewDecision, ...]:
        """Some decisions by their ids, oldest first; those not known are left out."""
        return self._ledger.find(decision_ids)

    def of(self, actor: Actor, week: str) -> Board:
        """What somebody sees of a week; the newest where none is named."""
        runs = self._reviewing.runs()
        run = next((run for run in runs if not week or run.week == week), None)
        if run is None:
            empty = session_of((), {}, self._budget)
            return Board(
                run=None,
                runs=runs,
                queue=(),
                standing={},
                session=empty,
                shows={},
                seen=0,
                derived=Derived((), {}),
            )
        queue = self._queues.of(run)
        standing = self._ledger.of(run, lambda: _ruling(queue))
        seen = self._ledger.last()
        key = (run.run_id, run.finished_at, seen, actor, runs[0])
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._made(actor, run, runs, queue, standing, seen)
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _made(
        self,
        actor: Actor,
        run: MiningRun,
        runs: tuple[MiningRun, ...],
        queue: tuple[Entry, ...],
        standing: Mapping[str, Now],
        seen: int,
    ) -> Board:
        theirs = tuple(e for e in queue if actor.sight.includes_service(e.service))
        session = session_of(theirs, standing, self._budget)
        shows = _parted(theirs, standing, session, actor)
        return Board(
            run=run,
            runs=runs,
            queue=theirs,
            standing=standing,
            session=session,
            shows=shows,
            seen=seen,
            derived=Derived(theirs, shows),
        )


def _parted(
    queue: Sequence[Entry], standing: Mapping[str, Now], session: Session, actor: Actor
) -> dict[str, Sequence[Entry]]:
    """The parts of the queue."""
    nows = [(e, standing.get(e.candidate.candidate_id, UNTOUCHED)) for e in queue]
    asking = [(e, now) for e, now in nows if asks(e, now)]
    return {
        "week": [e for e, _ in asking if e.candidate.candidate_id in session.ids],
        "open": [e for e, _ in asking],
        "mine": [e for e, now in asking if is_mine(e, now, actor)],
        "decided": [e for e, now in nows if not now.is_open(e.candidate)],
        "all": queue,
    }


def is_mine(entry: Entry, now: Now, actor: Actor) -> bool:
    """Whether a candidate is somebody's: assigned to them, or to nobody and of what is theirs."""
    if now.assignee:
        return actor.is_known and now.assignee == actor.name
    is_service = bool(actor.services) and entry.service in actor.services
    return is_service or (bool(actor.team) and entry.team == actor.team)


def _ruling(queue: Sequence[Entry]) -> dict[str, str]:
    """The decision that rules a candidate by mining, by candidate."""
    return {
        one.candidate_id: one.standing.decision_id
        for one in (entry.candidate for entry in queue)
        if one.standing is not None and one.standing.decision_id and not one.standing.is_back
    }


def statement_of(candidate: ProblemCandidate, now: Now) -> str:
    """What a candidate is called, as of now."""
    return now.statement or candidate.statement
