"""A candidate in the run before and in the weeks before that."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.clocks import ReportingWeek
from reports.lookup import words
from reports.numbers import number, week_name
from reports.words import plural
from review_app.board import Board
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.wording import MOVEMENT
from store.reviewed import PastWeek
from store.runs import MiningRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A candidate in the run before: None where there is no such run, or it was not there."""

    run: MiningRun | None
    past: PastWeek | None
    n_left: int

    @property
    def known(self) -> str | None:
        """The run before, where it had the candidate."""
        return self.run.run_id if self.run is not None and self.past is not None else None


def before_of(parts: ReviewParts, board: Board, run: MiningRun, entry: Entry) -> Before:
    """A candidate in the run before."""
    reads, name = parts.reviewing, entry.candidate.candidate_id
    before = next((other for other in board.runs if other.week < run.week), None)
    past = next(iter(reads.past(name, [before] if before else [])), None)
    n_left = reads.n_left(name, run.run_id, before.run_id) if before and past else 0
    return Before(run=before, past=past, n_left=n_left)


def past_weeks(
    parts: ReviewParts, candidate_id: str, runs: Sequence[MiningRun]
) -> tuple[tuple[str, ...], ...]:
    """The candidate in this run and those before: week, incidents, hours, life, movement."""
    return tuple(
        (
            week_name(ReportingWeek.parse(week.week, parts.zone.key)),
            number(week.n_members),
            number(week.avoidable, 1),
            words(week.life),
            words(week.movement),
            words(week.decision),
        )
        for week in parts.reviewing.past(candidate_id, runs)
    )


def movement_words(entry: Entry, before: Before) -> str:
    """What happened to it since the run before, in a sentence."""
    item = entry.candidate
    if before.run is None:
        return "This is the first week that was mined, so everything in it is new."
    said = f"{words(item.movement).capitalize()}: {MOVEMENT[item.movement]}"
    if before.past is None:
        return f"{said}."
    n_new = entry.n_members - (before.past.n_members - before.n_left)
    return f"{said}; {plural(n_new, 'incident')} came in, {number(before.n_left)} left."
