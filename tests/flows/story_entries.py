"""An entry of the register, brought as far as a test needs it by the people of the story."""

from flows.mirroring import queue_mirrors
from flows.story.cast import APPROVER, MANAGER, Meeting
from itsm.proof import MemberPattern
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.register_parts import Answer
from store import improving

_S = RegisterState
_WAY = (_S.ACCEPTED, _S.ASSESS, _S.APPROVED, _S.IN_PROGRESS, _S.REVIEW)
TITLE = "Roll the mended configuration out"


def entered(meeting: Meeting, candidate: str, to: RegisterState) -> str:
    """The number of an entry about a candidate, in a state; what it causes is in the outbox."""
    number = f"CSI-{candidate}"
    entry = RegisterEntry(
        number=number,
        title=TITLE,
        description="As proposed.",
        origin=Origin.MINED_CANDIDATE,
        origin_record=candidate,
        evidence_hash="0",
        pattern=MemberPattern(candidates=(candidate,)),
        raised_at=meeting.at,
        raised_by="pipeline",
    )
    act = meeting.act(MANAGER, "worth its cost")
    owned = {"coordinator": "ben", "approvers": APPROVER, "next_review_on": "2027-01-15"}
    with meeting.parts.store.begin() as uow:
        uow.register.save([entry])
        weights = meeting.parts.settings.improvement.weighing()
        improving.edit(uow, weights, number, owned, act, None)
        for state in _WAY[: _WAY.index(to) + 1]:
            if state is _S.APPROVED:
                improving.answer(uow, number, Answer.APPROVED, meeting.act(APPROVER, "yes"))
            improving.move(uow, number, state, act)
        queue_mirrors(uow, meeting.parts)
        uow.commit()
    return number
