"""Who may do what in the register, and the four-eyes rules with their listed exceptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from itsm.errors import RoleError


class Role(StrEnum):
    """What a person is in the register."""

    PROPOSER = "proposer"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    APPROVER = "approver"
    STAKEHOLDER = "stakeholder"
    AUDITOR = "auditor"
    SYSTEM = "system"
    """The pipeline itself; no person has it."""


class Deed(StrEnum):
    """What is done to the register."""

    PROPOSE = "propose"
    EDIT = "edit"
    ACCEPT = "accept"
    NOT_YET = "not_yet"
    ASSESS = "assess"
    ANSWER = "answer"
    """An approver approves or refuses."""
    APPROVE = "approve"
    START = "start"
    HOLD = "hold"
    REVIEW = "review"
    CLOSE = "close"
    CANCEL = "cancel"
    REGRESS = "regress"
    TASK = "task"
    WAIVE = "waive"
    VERIFY = "verify"
    MEASURE = "measure"
    """A proof is put beside the entry; somebody else signs it."""
    PRIORITISE = "prioritise"
    """A stakeholder's priority, or an assumption behind a demand."""
    RERANK = "rerank"
    FIND = "find"
    """An audit finding is noted, or remediated."""
    ERASE = "erase"
    KEEP = "keep"
    """A legal hold is placed or released."""
    PUBLISH = "publish"
    """A pack is released or held back, a section remarked on, a subscription changed."""
    APPLY = "apply"
    """A changed configuration is let in, after a plan of what it changes."""
    HAND_OVER = "hand_over"
    """Another system becomes the system of record of the register."""


_R = Role
MAY: Mapping[Deed, frozenset[Role]] = MappingProxyType(
    {
        Deed.PROPOSE: frozenset(
            {_R.PROPOSER, _R.COORDINATOR, _R.MANAGER, _R.APPROVER, _R.STAKEHOLDER, _R.SYSTEM}
        ),
        Deed.EDIT: frozenset({_R.PROPOSER, _R.COORDINATOR, _R.MANAGER, _R.SYSTEM}),
        Deed.ACCEPT: frozenset({_R.MANAGER}),
        Deed.NOT_YET: frozenset({_R.MANAGER}),
        Deed.ASSESS: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.ANSWER: frozenset({_R.APPROVER}),
        Deed.APPROVE: frozenset({_R.MANAGER, _R.APPROVER}),
        Deed.START: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.HOLD: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.REVIEW: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.CLOSE: frozenset({_R.MANAGER}),
        Deed.CANCEL: frozenset({_R.MANAGER, _R.PROPOSER}),
        Deed.REGRESS: frozenset({_R.SYSTEM}),
        Deed.TASK: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.WAIVE: frozenset({_R.MANAGER, _R.APPROVER}),
        Deed.VERIFY: frozenset({_R.MANAGER, _R.APPROVER, _R.AUDITOR}),
        Deed.MEASURE: frozenset({_R.SYSTEM, _R.COORDINATOR, _R.MANAGER}),
        Deed.PRIORITISE: frozenset({_R.STAKEHOLDER, _R.COORDINATOR, _R.MANAGER}),
        Deed.RERANK: frozenset({_R.COORDINATOR, _R.MANAGER, _R.SYSTEM}),
        Deed.FIND: frozenset({_R.AUDITOR, _R.MANAGER}),
        Deed.ERASE: frozenset({_R.MANAGER, _R.AUDITOR}),
        Deed.KEEP: frozenset({_R.MANAGER, _R.AUDITOR}),
        Deed.PUBLISH: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.APPLY: frozenset({_R.COORDINATOR, _R.MANAGER}),
        Deed.HAND_OVER: frozenset({_R.MANAGER}),
    }
)
"""The roles that may do each deed. A proposer edits and cancels only an own entry that is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the settings name them: a short name, the roles, the full name to show."""

    name: str
    roles: frozenset[Role]
    full_name: str = ""

    @property
    def role_text(self) -> str:
        """The roles in a few words."""
        return ", ".join(sorted(self.roles)) or "no role"


PIPELINE = Person(name="CSI pipeline", roles=frozenset({Role.SYSTEM}), full_name="CSI pipeline")
"""Who acts where no person does."""


class FourEyes(StrEnum):
    """What one person must not do alone."""

    APPROVE_OWN = "approve_own"
    """The proposer approves."""
    WAIVE_OWN = "waive_own"
    """The owner signs the waiver."""
    VERIFY_OWN = "verify_own"
    """The owner signs the verification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FourEyesException:
    """A person who may do it alone after all, why, and until when."""

    person: str
    rule: FourEyes
    reason: str
    until: date


def require_role(person: Person, deed: Deed, number: str = "the register") -> None:
    """See that a person has a role that a deed asks for.

    Raises:
        RoleError: they have not; names the roles that may.
    """
    if not person.roles & MAY[deed]:
        may = ", ".join(sorted(MAY[deed] - {Role.SYSTEM})) or "the pipeline alone"
        raise RoleError(
            f"{number}: {person.name} may not {deed.replace('_', ' ')} ({person.role_text}); "
            f"it takes: {may}"
        )


def exception_for(
    person: Person,
    rule: FourEyes,
    number: str,
    today: date,
    exceptions: Sequence[FourEyesException],
) -> str:
    """Why a person may break a four-eyes rule: the reason of the exception that is listed.

    Raises:
        RoleError: no exception is listed, or it has run out.
    """
    listed = [one for one in exceptions if one.person == person.name and one.rule is rule]
    for one in listed:
        if today <= one.until:
            return f"{rule} until {one.until}: {one.reason}"
    ended = f"; the exception ended on {max(one.until for one in listed)}" if listed else ""
    raise RoleError(
        f"{number}: {_REFUSALS[rule].format(person.name)}{ended}; ask somebody else, or list an "
        "exception with its reason under [[improvement.four_eyes_exceptions]]"
    )


_REFUSALS = {
    FourEyes.APPROVE_OWN: "{} proposed it and does not approve it",
    FourEyes.WAIVE_OWN: "{} owns it and does not sign its waiver",
    FourEyes.VERIFY_OWN: "{} owns it and does not verify it",
}
