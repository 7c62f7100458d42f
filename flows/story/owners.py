"""The owners of the story: bring entries of the register from proposal to proof, by its rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flows.registering import weighing_of
from flows.story.cast import APPROVER, MANAGER, OWNERS, Meeting
from flows.story.script import IMPROVEMENTS, Improvement
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import Answer, ClosureCode, TaskStatus
from store import improving
from store.unit_of_work import UnitOfWork

_S = RegisterState
_WEEK = timedelta(weeks=1)
_REVIEW_EVERY = 6 * _WEEK
TRIAGED_PER_WEEK = 4


@dataclass(slots=True)
class Owners:
    """Everybody who keeps the register.

    Attributes:
        cause_of: the planted cause of each candidate that was accepted, by the candidate's id.
        awaited: candidates that the reviewer is going to accept; their proposals wait for that.
    """

    cause_of: Mapping[str, str]
    awaited: Collection[str] = ()

    def meet(self, uow: UnitOfWork, meeting: Meeting) -> int:
        """Bring every entry as far as it may go this week; returns how many were touched."""
        n, waiting = 0, []
        for entry in uow.register.list():
            plan = self._plan(entry)
            if plan is not None:
                n += self._step(uow, entry, plan, meeting)
            elif self._is_for_triage(entry):
                waiting.append(entry)
        triaged = waiting[:TRIAGED_PER_WEEK]
        for place, entry in enumerate(triaged):
            self._triage(uow, entry, meeting, place)
        return n + len(triaged)

    def _is_for_triage(self, entry: RegisterEntry) -> bool:
        if entry.state is not _S.NEW or entry.not_yet_reason:
            return False
        candidates = entry.pattern.candidates if entry.pattern else ()
        return not set(candidates) & set(self.awaited)

    def _plan(self, entry: RegisterEntry) -> Improvement | None:
        """What is made of an entry; None where it is none of the story's."""
        candidates = entry.pattern.candidates if entry.pattern else ()
        causes = [self.cause_of[one] for one in candidates if one in self.cause_of]
        return next((IMPROVEMENTS[one] for one in causes if one in IMPROVEMENTS), None)

    def _step(
        self, uow: UnitOfWork, entry: RegisterEntry, plan: Improvement, meeting: Meeting
    ) -> bool:
        """One entry, one week further; whether anything was done."""
        steps = {
            _S.NEW: self._take_up,
            _S.ASSESS: self._approve,
            _S.APPROVED: self._start,
            _S.IN_PROGRESS: self._go_live,
            _S.REVIEW: self._conclude,
            _S.REGRESSED: self._reopen,
        }
        step = steps.get(entry.state)
        return step is not None and step(uow, entry, plan, meeting)

    def _take_up(
        self, uow: UnitOfWork, entry: RegisterEntry, plan: Improvement, meeting: Meeting
    ) -> bool:
        owner = OWNERS[int(entry.evidence_hash or "0", 16) % len(OWNERS)]
        texts = {
            **plan.fields,
            "promised": str(plan.promised),
            "coordinator": owner,
            "approvers": APPROVER,
            "next_review_on": (meeting.at + _REVIEW_EVERY).date().isoformat(),
            "planned_end_on": (meeting.at + timedelta(weeks=8)).date().isoformat(),
            "measure_review_on": (meeting.at + timedelta(weeks=26)).date().isoformat(),
        }
        act = meeting.act(MANAGER, "taken up in the weekly meeting")
        improving.edit(uow, weighing_of(meeting.parts).weights, entry.number, texts, act, None)
        improving.move(uow, entry.number, _S.ACCEPTED, act)
        improving.move(uow, entry.number, _S.ASSESS, meeting.act(owner, "what it takes is known"))
        return True

    def _approve(
        self, uow: UnitOfWork, entry: RegisterEntry, plan: Improvement, meeting: Meeting
    ) -> bool:
        if plan.live is None and entry.round == 1 and meeting.number % 3:
            return False
        by = meeting.act(APPROVER, "the benefit is worth its cost")
        improving.answer(uow, entry.number, Answer.APPROVED, by)
        act = meeting.act(MANAGER, "approved")
        improving.move(uow, entry.number, _S.APPROVED, act)
        return True

    def _start(
        self, uow: UnitOfWork, entry: RegisterEntry, plan: Improvement, meeting: Meeting
    ) -> bool:
        if plan.live is None or entry.coordinator is None or entry.round > 1:
            return _look_again(uow, entry, meeting, "looked at: it still waits for its budget")
        act = meeting.act(entry.coordinator, "work has begun")
        improving.move(uow, entry.number, _S.IN_PROGRESS, act)
        for place, title in enumerate(plan.tasks, 1):
            due = (meeting.at + timedelta(weeks=place)).date()
            improving.add_task(uow, entry.number, title, entry.coordinator, due, act)
        return True

    def _go_live(
        self, uow: UnitOfWork, entry: RegisterEntry, plan: Improvement, meeting: Meeting
    ) -> bool:
        """In the meeting after the week before, at the start of the week it is planned for."""
        assert entry.coordinator is not None, "an entry that is worked on has an owner"
        if plan.live is None or meeting.number + 1 < plan.live:
            return False
        act = meeting.act(entry.coordinator, "done, and live since this week")
        for task in entry.tasks:
            improving.end_task(uow, entry.number, task.task_id, TaskStatus.DONE, act)
        improving.move(uow, entry.number, _S.REVIEW, act)
        return True

    def _conclude(
        self, uow: UnitOfWork, entry: RegisterEntry, _plan: Improvement, meeting: Meeting
    ) -> bool:
        verdict = entry.proof.verdict if entry.proof else None
        if verdict is ProofVerdict.VERIFIED:
            signer = meeting.act(APPROVER, "the interval lies below what it was; read the proof")
            improving.sign(uow, entry.number, "proof", signer)
            act = meeting.act(MANAGER, "it does what it promised")
            improving.move(uow, entry.number, _S.CLOSED, act, closure=ClosureCode.SUCCESSFUL)
            return True
        if verdict is ProofVerdict.FAILED:
            act = meeting.act(MANAGER, "the fall that was promised did not come")
            improving.move(uow, entry.number, _S.CLOSED, act, closure=ClosureCode.UNSUCCESSFUL)
            return True
        return _look_again(uow, entry, meeting, "looked at: the verdict is still to come")

    def _reopen(
        self, uow: UnitOfWork, entry: RegisterEntry, _plan: Improvement, meeting: Meeting
    ) -> bool:
        assert entry.coordinator is not None, "an entry that was closed has an owner"
        act = meeting.act(entry.coordinator, "it came back: what was done did not last")
        improving.move(uow, entry.number, _S.ASSESS, act)
        return True

    def _triage(self, uow: UnitOfWork, entry: RegisterEntry, meeting: Meeting, place: int) -> None:
        """What else is proposed: some is turned down, some waits, with the reason."""
        if place % 2:
            later = (meeting.at + timedelta(weeks=13)).date()
            act = meeting.act(MANAGER, "after the work that is under way")
            improving.wait(uow, entry.number, act, later)
            return
        act = meeting.act(MANAGER, "too seldom to be worth the work")
        improving.move(uow, entry.number, _S.CANCELED, act)


def _look_again(uow: UnitOfWork, entry: RegisterEntry, meeting: Meeting, found: str) -> bool:
    """Hold the review of an entry that stays where it is, once it is due within the week."""
    if entry.next_review_on is None or entry.next_review_on > (meeting.at + _WEEK).date():
        return False
    later = {"next_review_on": (meeting.at + _REVIEW_EVERY).date().isoformat()}
    act = meeting.act(MANAGER, found)
    improving.edit(uow, weighing_of(meeting.parts).weights, entry.number, later, act, None)
    return True
