"""The weekly review: what it decided, and which actions it gave to whom until when; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from itsm.errors import RoleError, TransitionError

MAX_WORDS = 2_000
"""Characters of a decision or an action; more belongs into a document that is linked."""


class ActionStatus(StrEnum):
    """Where an action of a meeting stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Standing(StrEnum):
    """How an action is reported."""

    DONE = "done"
    LATE = "late"
    """Open, and its day has passed; or done after its day."""
    OPEN = "open"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingAction:
    """Something a person was asked to do in a weekly review.

    Attributes:
        action_id: A1, A2 and on.
        week: the reporting week whose pack was walked, such as 2026-W34.
        section: the section of the pack it came from, "" for the meeting as a whole.
        text: what is to be done.
        owner: who does it, as the settings name them.
        due_on: until when.
        raised_by: who wrote it down.
        raised_at: when.
        about: what it is about: a figure, a candidate, an entry; "" for nothing of its own.
        status: where it stands.
        closed_on: when it was done or dropped.
        said: what was said when it was closed; for a dropped one the reason.
        version: counts the changes, for whoever changes it after looking.
    """

    action_id: str
    week: str
    section: str
    text: str
    owner: str
    due_on: date
    raised_by: str
    raised_at: datetime
    about: str = ""
    status: ActionStatus = ActionStatus.OPEN
    closed_on: date | None = None
    said: str = ""
    version: int = 1

    def standing(self, today: date) -> Standing:
        """How it is reported on a day: an action that was dropped is not late."""
        if self.status is ActionStatus.DROPPED:
            return Standing.DROPPED
        if (self.closed_on or today) > self.due_on:
            return Standing.LATE
        return Standing.DONE if self.status is ActionStatus.DONE else Standing.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDecision:
    """What a weekly review decided; kept as it was said, never changed.

    Attributes:
        decision_id: D1, D2 and on.
        week: the reporting week whose pack was walked.
        section: the section of the pack it came from, "" for the meeting as a whole.
        text: what was decided.
        decided_by: who answers for it.
        decided_at: when.
        about: what it is about: a figure, a candidate, an entry; "" for nothing of its own.
    """

    decision_id: str
    week: str
    section: str
    text: str
    decided_by: str
    decided_at: datetime
    about: str = ""


def closed(action: MeetingAction, status: ActionStatus, *, said: str, today: date) -> MeetingAction:
    """An action that is done, dropped, or open again.

    Raises:
        TransitionError: it stands so already, or it is dropped without a reason.
    """
    if status is action.status:
        raise TransitionError(f"{action.action_id}: it is {status} already")
    if status is ActionStatus.DROPPED and not said.strip():
        raise TransitionError(f"{action.action_id}: say why it is dropped")
    closed_on = None if status is ActionStatus.OPEN else today
    return replace(action, status=status, closed_on=closed_on, said=said.strip())


def require_words(text: str, what: str) -> str:
    """A text that was given, without blanks around it.

    Raises:
        TransitionError: it is empty or too long.
    """
    words = text.strip()
    if not words:
        raise TransitionError(f"{what}: it is empty; say it in a sentence")
    if len(words) > MAX_WORDS:
        raise TransitionError(
            f"{what}: {len(words):,} characters are too many; at most {MAX_WORDS:,}"
        )
    return words


def require_own(action: MeetingAction, name: str, *, is_manager: bool) -> None:
    """See that whoever closes an action owns it, raised it, or runs the review.

    Raises:
        RoleError: none of these.
    """
    if is_manager or name in {action.owner, action.raised_by}:
        return
    raise RoleError(
        f"{action.action_id}: {name} neither owns nor raised it; {action.owner} or a problem "
        "manager closes it"
    )


def carried(actions: Sequence[MeetingAction], week: str) -> tuple[MeetingAction, ...]:
    """What the review of a week begins with: actions of the weeks before.

    Those that are open, and those that were closed since the review before; the longest due first.

    Args:
        actions: of all weeks.
        week: the reporting week that is reviewed; labels of weeks sort by time.
    """
    earlier = [one for one in actions if one.week < week]
    last = max((one.week for one in earlier), default="")
    kept = [one for one in earlier if one.status is ActionStatus.OPEN or one.week == last]
    return tuple(sorted(kept, key=lambda one: (one.due_on, one.action_id)))
