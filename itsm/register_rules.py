"""What may become of a register entry: every transition, in one place.

Each function takes an entry and an act and gives the entry as it is afterwards. Nothing else in the
program changes a state.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from itsm.errors import RoleError, TransitionError
from itsm.register import RegisterEntry, RegisterState, check_transition
from itsm.register_parts import (
    ClosureCode,
    TaskStatus,
)
from itsm.register_roles import (
    Deed,
    FourEyes,
    FourEyesException,
    Person,
    Role,
    exception_for,
    require_role,
)

_S = RegisterState
OWNED = frozenset(
    {_S.ACCEPTED, _S.ASSESS, _S.APPROVED, _S.IN_PROGRESS, _S.ON_HOLD, _S.REVIEW, _S.REGRESSED}
)
"""An entry in these states has an owner and a next review date."""

DEED_OF: Mapping[RegisterState, Deed] = MappingProxyType(
    {
        _S.ACCEPTED: Deed.ACCEPT,
        _S.ASSESS: Deed.ASSESS,
        _S.APPROVED: Deed.APPROVE,
        _S.IN_PROGRESS: Deed.START,
        _S.ON_HOLD: Deed.HOLD,
        _S.REVIEW: Deed.REVIEW,
        _S.CLOSED: Deed.CLOSE,
        _S.CANCELED: Deed.CANCEL,
        _S.REGRESSED: Deed.REGRESS,
    }
)
"""What brings an entry into each state."""

_MEASURED = ("baseline", "proof")
"""What the records say: nobody takes that back, unless a transition has set or emptied it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts, when, why, and which exceptions to the four-eyes rules are listed.

    `beside` are further people, by what they are to it, for the journal alone.
    """

    by: Person
    at: datetime
    reason: str = ""
    exceptions: Sequence[FourEyesException] = field(default=())
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of the act, in UTC."""
        return self.at.date()


def proposed(entry: RegisterEntry, act: Act) -> RegisterEntry:
    """A new entry, raised by whoever acts.

    Raises:
        RoleError: the person may not propose.
        TransitionError: it has no title.
    """
    require_role(act.by, Deed.PROPOSE)
    if not entry.title.strip():
        raise TransitionError(f"{entry.number}: give it a title")
    return replace(
        entry,
        state=_S.NEW,
        raised_by=act.by.name,
        raised_at=act.at,
        state_since_at=act.at,
        version=1,
    )


def moved(
    entry: RegisterEntry, to: RegisterState, act: Act, *, closure: ClosureCode | None = None
) -> RegisterEntry:
    """An entry in another state.

    Args:
        entry: as it is.
        to: the state it goes to.
        act: who moves it, and why; every transition has its reason.
        closure: how it ended, for `CLOSED`.

    Raises:
        TransitionError: the transition is not allowed, or something is missing for it.
        RoleError: the person may not, or must not alone.
    """
    check_transition(entry.number, entry.state, to)
    require_role(act.by, DEED_OF[to], entry.number)
    _require_own(entry, DEED_OF[to], act.by)
    if not act.reason.strip():
        raise TransitionError(f"{entry.number}: say why it goes to {to}")
    if to is _S.APPROVED:
        not_the_proposer(entry, act)
    changed = _prepared(entry, to, act, closure)
    if lack := _lack(changed, to):
        raise TransitionError(f"{entry.number}: {entry.state} -> {to}: {lack}")
    return replace(changed, state=to, state_since_at=act.at)


def not_yet(entry: RegisterEntry, act: Act, review_on: date) -> RegisterEntry:
    """An entry that waits: the reason in plain words, and when it is looked at again.

    Raises:
        TransitionError: it is past that, or no reason is given.
        RoleError: the person may not.
    """
    require_role(act.by, Deed.NOT_YET, entry.number)
    if entry.state not in {_S.NEW, _S.ACCEPTED, _S.ASSESS}:
        raise TransitionError(f"{entry.number}: it is {entry.state}; put it on hold instead")
    if not act.reason.strip():
        raise TransitionError(f"{entry.number}: say in plain words why not yet")
    return replace(entry, not_yet_reason=act.reason, next_review_on=review_on)


def taken_back(
    entry: RegisterEntry, before: RegisterEntry | None, made_by: str, act: Act
) -> RegisterEntry:
    """An entry as it was before its newest change; the change and its undo both stay told.

    Args:
        entry: as it is.
        before: its version before; None where there was none.
        made_by: who made the newest change, "" for the pipeline.
        act: who takes it back, and when.

    Raises:
        RoleError: somebody else has done it.
        TransitionError: there is nothing to take back, or a measurement came with it.
    """
    if before is None:
        raise TransitionError(f"{entry.number}: nothing was done to it yet; cancel it instead")
    if made_by != act.by.name or Role.SYSTEM in act.by.roles:
        who = made_by or "the pipeline"
        raise RoleError(
            f"{entry.number}: its newest change is by {who}, and only {who} takes that back"
        )
    is_measured = any(getattr(entry, name) != getattr(before, name) for name in _MEASURED)
    if is_measured and entry.state is before.state:
        raise TransitionError(
            f"{entry.number}: its newest change is a measurement; move the entry on instead"
        )
    return replace(before, version=entry.version)


def _prepared(
    entry: RegisterEntry, to: RegisterState, act: Act, closure: ClosureCode | None
) -> RegisterEntry:
    """An entry with what a transition itself sets: dates, the round, reasons."""
    started, ended = entry.actual_start_on or act.today, entry.actual_end_on or act.today
    changes: Mapping[RegisterState, Callable[[], RegisterEntry]] = {
        _S.ASSESS: lambda: _for_another_round(entry),
        _S.APPROVED: lambda: replace(entry, not_yet_reason=None),
        _S.IN_PROGRESS: lambda: replace(entry, on_hold_reason=None, actual_start_on=started),
        _S.ON_HOLD: lambda: replace(entry, on_hold_reason=act.reason),
        _S.REVIEW: lambda: replace(entry, actual_end_on=ended, live_at=entry.live_at or act.at),
        _S.CLOSED: lambda: replace(
            entry,
            closure_code=closure,
            outcome=act.reason,
            closed_on=act.today,
            next_review_on=None,
        ),
        _S.CANCELED: lambda: replace(
            entry, outcome=act.reason, closed_on=act.today, next_review_on=None
        ),
        _S.REGRESSED: lambda: replace(entry, next_review_on=act.today),
    }
    return changes.get(to, lambda: entry)()


def _for_another_round(entry: RegisterEntry) -> RegisterEntry:
    """What goes back to Assess needs approval, and later a measurement, once more."""
    if entry.state is _S.ACCEPTED:
        return entry
    return replace(
        entry,
        round=entry.round + 1,
        waiver=None,
        live_at=None,
        baseline=None,
        proof=None,
        signature=None,
        closure_code=None,
        closed_on=None,
        actual_end_on=None,
    )


def _lack(entry: RegisterEntry, to: RegisterState) -> str:
    """What is missing for a state, "" where nothing is."""
    if to in OWNED and not entry.coordinator:
        return "name its owner first (coordinator)"
    if to in OWNED and entry.next_review_on is None:
        return "give its next review date first (next_review_on)"
    if to is _S.APPROVED and not entry.is_approved:
        named = f" of {', '.join(entry.approvers)}" if entry.approvers else ""
        return f"the approval{named} is missing in round {entry.round}, or somebody refused"
    if to is _S.CLOSED:
        return _lack_for_closing(entry)
    return ""


def _lack_for_closing(entry: RegisterEntry) -> str:
    if entry.closure_code is None:
        return f"say how it ended: {', '.join(ClosureCode)}"
    if entry.closure_code is not ClosureCode.SUCCESSFUL:
        return ""
    if open_tasks := [one.task_id for one in entry.tasks if one.status is TaskStatus.OPEN]:
        return f"tasks are open: {', '.join(open_tasks)}; do or drop them"
    signed = entry.signature if entry.has_verified_benefit else entry.waiver
    if signed is None:
        return "successful takes a signed proof of its benefit, or a signed waiver"
    if signed.signed_by == entry.owner and not signed.exception:
        return f"{signed.signed_by} signed and owns it now; somebody else signs"
    return ""


def _require_own(entry: RegisterEntry, deed: Deed, person: Person) -> None:
    """A proposer who is nothing else cancels only an own entry that nobody has accepted."""
    if deed is not Deed.CANCEL or Role.MANAGER in person.roles:
        return
    if entry.raised_by != person.name or entry.state is not _S.NEW:
        raise RoleError(f"{entry.number}: {person.name} may cancel only own entries that are new")


def not_the_proposer(entry: RegisterEntry, act: Act) -> str:
    """The exception on which a proposer approves an own entry, "" for anybody else.

    Raises:
        RoleError: the proposer acts, and no exception is listed.
    """
    if act.by.name != entry.raised_by:
        return ""
    rule = FourEyes.APPROVE_OWN
    return exception_for(act.by, rule, entry.number, act.today, act.exceptions)
