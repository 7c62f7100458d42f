"""The reviewer of the story: knows what was planted, and decides a little every week."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flows.story.cast import REVIEWER, Meeting
from itsm.candidates import Decision, ProblemCandidate
from itsm.deciding import Reviewer, bare, merge, rename, verdict
from itsm.decisions import Action, RejectedAs, ReviewDecision, identified
from store.runs import MiningRun

PER_WEEK = 4
MIN_MEMBERS = 3
"""A smaller group is left for the next week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is decided on the candidate of a cause, from which week of the story on, and why."""

    week: int
    cause: str
    action: Action
    reason: str
    rejected_as: RejectedAs | None = None
    until_weeks: int = 0
    called: str = ""


_Step = tuple[set[str], ReviewDecision, Line | None]
"""The candidates that a decision is about, the decision, and the line of the script it is from."""


@dataclass(slots=True)
class ScriptedReviewer:
    """Decides by the script.

    Attributes:
        cause_of: the planted cause of each incident, by number.
        script: what is decided, once a candidate of the cause is there.
        candidate_of: the candidate that stands for a cause, once it was decided on.
    """

    cause_of: Mapping[str, str | None]
    script: Sequence[Line]
    candidate_of: dict[str, str] = field(default_factory=dict)
    _done: set[Line] = field(default_factory=set)

    def decide(
        self, candidates: Sequence[ProblemCandidate], run: MiningRun, meeting: Meeting
    ) -> list[ReviewDecision]:
        """The decisions of a meeting, the oldest line of the script first."""
        made: list[ReviewDecision] = []
        touched: set[str] = set()
        for names, decision, line in self._wanted(candidates, run, meeting):
            if len(made) == PER_WEEK or touched & names:
                continue
            touched |= names
            at = meeting.at + timedelta(minutes=3 * len(made))
            made.append(identified(replace(decision, at=at, decision_id="")))
            if line is not None:
                self._done.add(line)
                self.candidate_of.setdefault(line.cause, decision.candidate_id)
        return made

    def _wanted(
        self, candidates: Sequence[ProblemCandidate], run: MiningRun, meeting: Meeting
    ) -> Iterator[_Step]:
        by = Reviewer(
            actor=REVIEWER,
            at=meeting.at,
            run_id=run.run_id,
            mining_version=run.mining_version,
        )
        asked = [one for one in candidates if one.n_members >= MIN_MEMBERS]
        yield from self._merges(asked, replace(by, reason="the same cause: seen side by side"))
        open_ones = {
            cause: one
            for one in reversed(asked)
            if one.decision is Decision.UNDECIDED and (cause := self.main_cause(one))
        }
        for line in self.script:
            one = open_ones.get(line.cause)
            if line in self._done or line.week > meeting.number or one is None:
                continue
            decision = _decision(line, one, replace(by, reason=line.reason))
            yield {one.candidate_id}, decision, line

    def _merges(self, candidates: Sequence[ProblemCandidate], by: Reviewer) -> Iterator[_Step]:
        """Two undecided candidates of one cause are one."""
        first: dict[str, ProblemCandidate] = {}
        for one in candidates:
            cause = self.main_cause(one)
            if cause is None or one.decision is not Decision.UNDECIDED:
                continue
            if cause in first:
                stays = first.pop(cause)
                yield {stays.candidate_id, one.candidate_id}, merge(stays, one, by), None
            else:
                first[cause] = one

    def main_cause(self, candidate: ProblemCandidate) -> str | None:
        """The commonest planted cause of its members; None where most repeat nothing."""
        causes = Counter(self.cause_of.get(member.number) for member in candidate.members)
        return causes.most_common(1)[0][0]


def _decision(line: Line, candidate: ProblemCandidate, by: Reviewer) -> ReviewDecision:
    if line.action is Action.RENAME:
        return rename(candidate, line.called, by)
    given = bare(line.action, candidate, by)
    if line.until_weeks:
        given = replace(given, until=(by.at + timedelta(weeks=line.until_weeks)).date())
    return verdict(line.action, candidate, by, rejected_as=line.rejected_as, given=given)
