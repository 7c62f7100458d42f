"""What can be done to an entry now, by whoever looks, and why the rest cannot; asks the rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from itsm.errors import CsiError
from itsm.register import TRANSITIONS, RegisterEntry, RegisterState
from itsm.register_edits import edited, with_task
from itsm.register_forms import Value
from itsm.register_parts import Answer, ClosureCode
from itsm.register_rules import OWNED, Act, moved, not_yet
from itsm.register_signing import answered, verified, waived

_S = RegisterState
OWNING = ("coordinator", "next_review_on")
"""What an entry needs from Accepted on; the form that moves it there may give it."""
_TRIED = "tried"
"""A reason to try the rules with: what a person will say is not known yet."""

MOVES = {
    _S.ACCEPTED: "Accept",
    _S.ASSESS: "Assess",
    _S.APPROVED: "Approve",
    _S.IN_PROGRESS: "Start",
    _S.ON_HOLD: "Put on hold",
    _S.REVIEW: "Send to review",
    _S.CLOSED: "Close",
    _S.CANCELED: "Cancel",
}
"""What a button says that brings an entry into a state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOption:
    """A state an entry may go to.

    Attributes:
        to: the state.
        title: what the button says.
        refused: why it cannot go there now, "" where it can.
        needs: the fields that have to come with it: an owner, a review date.
        closures: how it may be closed.
        notes: how it may not, and why.
    """

    to: RegisterState
    title: str
    refused: str
    needs: tuple[str, ...] = ()
    closures: tuple[ClosureCode, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What can be done to an entry; each refusal is "" where it can be done.

    Attributes:
        moves: the states it may go to.
        not_yet: why it cannot be told to wait.
        approve: why the reader cannot approve it.
        refuse: why they cannot refuse it.
        waive: why they cannot sign a waiver.
        verify: why they cannot sign its proof.
        edit: why they cannot change its fields.
        task: why they cannot give it a task.
    """

    moves: tuple[MoveOption, ...]
    not_yet: str
    approve: str
    refuse: str
    waive: str
    verify: str
    edit: str
    task: str


def possible(entry: RegisterEntry, act: Act) -> Possible:
    """What the rules let a person do to an entry now.

    Args:
        entry: as it is.
        act: who would act, and when; its reason is not looked at.
    """
    tried = Act(by=act.by, at=act.at, reason=_TRIED, exceptions=act.exceptions)
    return Possible(
        moves=tuple(_option(entry, to, tried) for to in MOVES if to in TRANSITIONS[entry.state]),
        not_yet=_refusal(lambda: not_yet(entry, tried, tried.today)),
        approve=_refusal(lambda: answered(entry, Answer.APPROVED, tried)),
        refuse=_refusal(lambda: answered(entry, Answer.REFUSED, tried)),
        waive=_refusal(lambda: waived(entry, tried)),
        verify=_refusal(lambda: verified(entry, tried)),
        edit=_refusal(lambda: edited(entry, {}, tried)),
        task=_refusal(lambda: with_task(entry, "task", "owner", date.max, tried)),
    )


def _option(entry: RegisterEntry, to: RegisterState, tried: Act) -> MoveOption:
    """A state, with what would be said if the person tried."""
    if to is not _S.CLOSED:
        needs = tuple(n for n in OWNING if not getattr(entry, n)) if to in OWNED else ()
        refused = _refusal(lambda: moved(_owned(entry, needs, tried), to, tried))
        return MoveOption(to=to, title=MOVES[to], refused=refused, needs=needs)
    said = {code: _refusal(partial(_closed, entry, code, tried)) for code in ClosureCode}
    codes = tuple(code for code, refused in said.items() if not refused)
    notes = tuple(f"{code}: {refused}" for code, refused in said.items() if refused)
    if codes:
        return MoveOption(to=to, title=MOVES[to], refused="", closures=codes, notes=notes)
    return MoveOption(to=to, title=MOVES[to], refused=next(iter(said.values())))


def _owned(entry: RegisterEntry, needs: tuple[str, ...], tried: Act) -> RegisterEntry:
    """An entry as it will be once what it lacks has come with the move, if it may be edited."""
    if not needs:
        return entry
    given: dict[str, Value] = {
        "coordinator": tried.by.name or "somebody",
        "next_review_on": tried.today,
    }
    return edited(entry, {name: given[name] for name in needs}, tried)


def _closed(entry: RegisterEntry, code: ClosureCode, tried: Act) -> RegisterEntry:
    return moved(entry, _S.CLOSED, tried, closure=code)


def _refusal(deed: Callable[[], RegisterEntry]) -> str:
    try:
        deed()
    except CsiError as error:
        return str(error).partition(": ")[2] or str(error)
    return ""
