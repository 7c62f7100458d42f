"""What a register entry holds beside its fields: tasks, approvals, signatures, mirrors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Dimension(StrEnum):
    """The four dimensions of service management (ITIL 4)."""

    PEOPLE = "people"
    PROCESS = "process"
    TECHNOLOGY = "technology"
    PARTNER = "partner"


class Size(StrEnum):
    """How large an improvement is."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"


class ClosureCode(StrEnum):
    """How an improvement ended."""

    SUCCESSFUL = "successful"
    WITHDRAWN = "withdrawn"
    UNSUCCESSFUL = "unsuccessful"


class TaskStatus(StrEnum):
    """Where a task of an entry stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Answer(StrEnum):
    """What an approver said."""

    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTask:
    """A piece of work on an entry; `task_id` is unique within it."""

    task_id: str
    title: str
    owner: str
    due_on: date
    status: TaskStatus = TaskStatus.OPEN
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryApproval:
    """What an approver said, and in which round; going back to Assess opens the next round.

    `exception` names the listed exception to the four-eyes rule it rests on, "" where none.
    """

    approver: str
    answer: Answer
    at: datetime
    round: int
    comment: str = ""
    exception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who answers for a waiver or for a proof, when and why.

    `exception` names the listed exception to the four-eyes rule it rests on, "" where none.
    """

    signed_by: str
    at: datetime
    reason: str = ""
    exception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The record of another system that stands for the entry, as it was last seen there.

    Attributes:
        source: the configured system.
        record: its own id.
        number: what people call it there.
        key: the idempotency key it carries.
        owners: who decides on a field, "here" or "there".
        seen: what the fields held when they were last seen.
        version: of the record when it was last seen.
        conflicts: the fields that wait for somebody to choose.
    """

    source: str
    record: str
    number: str = ""
    key: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    conflicts: tuple[str, ...] = ()
