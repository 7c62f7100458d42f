"""Reads back what was written: does it stand, and did it go over anything of a person's?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.core.comparing import overwritten
from connectors.core.writing import Edit, Writer
from itsm.errors import ForbiddenError
from itsm.pushed import (
    Conflict,
    Difference,
    Outcome,
    Plan,
    Remote,
    Standing,
    Written,
    conflict_of,
)
from itsm.pushing import STATE, Intent, IntentState, PushAction

A = PushAction


@dataclass(frozen=True, slots=True)
class Verification:
    """Verifies what was sent to one system."""

    writer: Writer

    def created(self, intent: Intent, plan: Plan, record: str) -> Outcome:
        """What became of a record that was created, or was found to have been."""
        remote = self.writer.read(intent.kind, record)
        if remote is None:
            return unsure(f"{record} was created and cannot be read back", 1)
        kept = {one.field for one in plan.differences if remote.value(one.field) == one.ours}
        lost = [one.field for one in intent.fields if one.field not in kept]
        said = f"the system did not keep: {', '.join(lost)}" if lost and not plan.is_adopted else ""
        if plan.others:
            said = _and(said, f"also carry the same key: {', '.join(plan.others)}")
        return Outcome(
            state=IntentState.DONE,
            remote=remote,
            written=(Written(action=A.CREATE, after=remote.key),),
            said=said,
            is_created=True,
            seen=_seen_at_creation(plan, remote),
        )

    def done(self, intent: Intent, plan: Plan, record: str, problem: str = "") -> Outcome:
        """What became of what was sent; `problem` is the number a link leads to."""
        if plan.remote is None:
            return self.created(intent, plan, record)
        after = self.writer.read(intent.kind, record)
        if after is None:
            return unsure(f"{plan.remote.number} cannot be read back", 1)
        if not plan.differences:
            what = intent.marker if intent.action is A.NOTE else ""
            return Outcome(
                state=IntentState.DONE,
                remote=after,
                written=(Written(action=intent.action, after=what or problem),),
            )
        return self._read_back(intent, plan, plan.remote, after)

    def arrived(self, intent: Intent, plan: Plan) -> Outcome | None:
        """What became of a write whose reply was lost; None: nothing of it is there."""
        before, sent = plan.remote, to_write(plan)
        if before is None or not sent:
            return None
        after = self.writer.read(intent.kind, before.key)
        if after is None or all(after.value(one.field) == one.theirs for one in sent):
            return None
        return self._read_back(intent, plan, before, after)

    def _read_back(self, intent: Intent, plan: Plan, before: Remote, after: Remote) -> Outcome:
        sent = to_write(plan)
        edits = self._edits(before, after)
        found = overwritten(intent, sent, after, edits)
        in_conflict = {one.field for one in found}
        unheld = [
            one.field
            for one in sent
            if after.value(one.field) == one.theirs and one.field not in in_conflict
        ]
        lost = {one.field: one.theirs for one in found if one.standing is Standing.OURS}
        written = tuple(
            Written(
                action=intent.action,
                field=one.field,
                before=lost.get(one.field) or one.theirs,
                after=one.ours,
            )
            for one in sent
            if after.value(one.field) == one.ours
        )
        before_it = _as_now(plan, after)
        state = IntentState.DONE
        if found or before_it:
            state = IntentState.CONFLICT
        elif unheld:
            state = IntentState.REFUSED
        return Outcome(
            state=state,
            remote=after,
            written=written,
            conflicts=(*before_it, *found),
            said=f"the system did not take: {', '.join(unheld)}" if unheld else "",
            seen=_standing(plan, after),
        )

    def _edits(self, before: Remote, after: Remote) -> Sequence[Edit] | None:
        """What happened besides our write; None where nobody may know."""
        if self.writer.nobody_between(before, after):
            return ()
        try:
            return self.writer.edits(before)
        except ForbiddenError:
            return None


def _as_now(plan: Plan, after: Remote) -> tuple[Conflict, ...]:
    """The conflicts of a plan, with what people have written meanwhile."""
    return tuple(
        conflict_of(replace(one, theirs=after.value(one.field)))
        for one in plan.conflicts
        if after.value(one.field) != one.ours
    )


def to_write(plan: Plan) -> tuple[Difference, ...]:
    """The differences of a plan that are written."""
    return tuple(one for one in plan.differences if one.is_to_write)


def settled(plan: Plan) -> Outcome:
    """The outcome of a plan that asks for nothing: done already, or in conflict."""
    state = IntentState.CONFLICT if plan.conflicts else IntentState.DONE
    said = "" if plan.conflicts else "the system had it already"
    seen = {} if plan.remote is None else _standing(plan, plan.remote)
    return Outcome(state=state, remote=plan.remote, conflicts=plan.conflicts, said=said, seen=seen)


def unsure(said: str, n_writes: int) -> Outcome:
    """Nobody knows whether the system has it."""
    return Outcome(state=IntentState.SENDING, said=said, n_writes=n_writes)


def refused(said: str, n_writes: int) -> Outcome:
    """It will not be written."""
    return Outcome(state=IntentState.REFUSED, said=said, n_writes=n_writes)


def _standing(plan: Plan, now: Remote) -> dict[str, str]:
    """The fields that hold our value."""
    wanted = {one.field: one.ours for one in plan.differences}
    return {name: value for name, value in wanted.items() if now.value(name) == value}


def _seen_at_creation(plan: Plan, remote: Remote) -> dict[str, str]:
    """Our fields as they were created; in one found later somebody may have changed them since."""
    if plan.is_adopted:
        return {one.field: one.ours for one in plan.differences}
    return {**remote.fields, STATE: remote.state}


def _and(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
