"""What waits for one person: what it is, since when or until when, and where it is done; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from itsm.access import Sight
from itsm.meetings import ActionStatus, MeetingAction
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import TaskStatus
from itsm.register_roles import MAY, Deed, Person

SOON = timedelta(days=7)
"""What is due within so many days is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitItem:
    """Something that waits for a person.

    Attributes:
        what: in a few words, without any text of a record.
        about: the number or name of what it is about, "" where it counts many.
        path: where it is done, below the address of the review pages.
        due_on: until when; None where nobody said.
        is_late: that day has passed.
        n: how many, where it counts many.
    """

    what: str
    about: str
    path: str
    due_on: date | None = None
    is_late: bool = False
    n: int = 1

    @property
    def told(self) -> str:
        """The item in a line."""
        until = f", due {self.due_on.isoformat()}" if self.due_on else ""
        late = ", late" if self.is_late else ""
        return f"{self.what}{f': {self.about}' if self.about else ''}{until}{late}"


def of_register(
    entries: Sequence[RegisterEntry], person: Person, sight: Sight, today: date
) -> Iterator[WaitItem]:
    """Answers, tasks and reviews that wait for a person in the register."""
    for entry in entries:
        if entry.is_open and sight.includes_service(entry.service):
            yield from _of_entry(entry, person, today)


def _of_entry(entry: RegisterEntry, person: Person, today: date) -> Iterator[WaitItem]:
    path = f"/register/{quote(entry.number, safe='')}"
    if _asks_for_answer(entry, person):
        yield WaitItem(what="Approve or refuse", about=entry.number, path=f"{path}#approval")
    for task in entry.tasks:
        is_mine = task.status is TaskStatus.OPEN and task.owner == person.name
        if is_mine and task.due_on <= today + SOON:
            yield WaitItem(
                what="Your task",
                about=f"{entry.number} {task.task_id}",
                path=f"{path}#tasks",
                due_on=task.due_on,
                is_late=task.due_on < today,
            )
    review = entry.next_review_on
    if entry.owner == person.name and review is not None and review <= today + SOON:
        yield WaitItem(
            what="Review your improvement",
            about=entry.number,
            path=path,
            due_on=review,
            is_late=review < today,
        )


def _asks_for_answer(entry: RegisterEntry, person: Person) -> bool:
    """Whether a person is asked to approve: named, or one of all who may where nobody is named."""
    if entry.state is not RegisterState.ASSESS or not person.roles & MAY[Deed.ANSWER]:
        return False
    if entry.raised_by == person.name or entry.is_approved:
        return False
    has_said = any(one.approver == person.name for one in entry.answers)
    return not has_said and (not entry.approvers or person.name in entry.approvers)


def of_meetings(
    actions: Sequence[MeetingAction], person: Person, today: date
) -> Iterator[WaitItem]:
    """The actions of weekly reviews that a person was given and has not done."""
    for one in actions:
        is_mine = one.status is ActionStatus.OPEN and one.owner == person.name
        if is_mine:
            yield WaitItem(
                what="Your action from the weekly review",
                about=one.action_id,
                path=f"/meeting?week={quote(one.week, safe='')}#{one.action_id}",
                due_on=one.due_on,
                is_late=one.due_on < today,
            )


def in_order(items: Sequence[WaitItem]) -> tuple[WaitItem, ...]:
    """What is late first, then by day, then what has no day."""
    last = date.max
    return tuple(sorted(items, key=lambda one: (not one.is_late, one.due_on or last, one.what)))
