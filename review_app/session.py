"""The weekly session: the worthiest candidates that fit into the time there is for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itsm.candidates import Decision, Life
from review_app.decided import UNTOUCHED, Now
from review_app.queue import Entry

CLOSED = frozenset({Life.RESOLVED, Life.STALE})
"""What is over asks for no decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a session lasts, and how long one candidate takes."""

    minutes: int = 90
    minutes_each: float = 3.0

    @property
    def n(self) -> int:
        """How many candidates fit."""
        return max(1, int(self.minutes / self.minutes_each))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A week's session, as far as it has come.

    Attributes:
        ids: the candidates of the session.
        n_done: how many of them have been decided.
        minutes_left: what the others take.
        n_below: undecided candidates below the line.
        hours_below: the avoidable hours in them.
    """

    ids: frozenset[str]
    n_done: int
    minutes_left: float
    n_below: int
    hours_below: float

    @property
    def n(self) -> int:
        """How many candidates are in it."""
        return len(self.ids)

    @property
    def is_done(self) -> bool:
        """Whether everything in it has been decided."""
        return self.n_done == self.n


def asks(entry: Entry, now: Now) -> bool:
    """Whether a candidate asks for a decision: open, not over, not covered by an open problem."""
    return entry.candidate.life not in CLOSED and now.is_open(entry.candidate)


def session_of(queue: Sequence[Entry], standing: Mapping[str, Now], budget: Budget) -> Session:
    """The session of a run: what it was when the run was made, and how far it has come.

    A candidate that somebody decides on stays in it as done, so that nothing moves up from below
    the line while somebody works: a week has an end.

    Args:
        queue: the candidates somebody sees, dearest first.
        standing: where they stand now.
        budget: the time there is.
    """
    asked = [
        (entry, now)
        for entry in queue
        if _asked_for(entry, now := standing.get(entry.candidate.candidate_id, UNTOUCHED))
    ]
    chosen, below = asked[: budget.n], asked[budget.n :]
    left = sum(asks(entry, now) for entry, now in chosen)
    waiting = [entry for entry, now in below if asks(entry, now)]
    return Session(
        ids=frozenset(entry.candidate.candidate_id for entry, _ in chosen),
        n_done=len(chosen) - left,
        minutes_left=left * budget.minutes_each,
        n_below=len(waiting),
        hours_below=sum(entry.candidate.avoidable_hours.value for entry in waiting),
    )


def _asked_for(entry: Entry, now: Now) -> bool:
    """Whether mining left a candidate undecided, or somebody has taken its decision back."""
    was_open = entry.candidate.decision is Decision.UNDECIDED
    is_back = now.decision is Decision.UNDECIDED
    return entry.candidate.life not in CLOSED and (was_open or is_back)
