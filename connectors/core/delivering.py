"""Delivers one intent through a writer: find, compare, write, read back, tell what became of it.

It may be killed anywhere and asked again: what it would send is kept before it is sent, and what
was sent is found again by key, by mark, or by its value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.core.budget import Clock, utc_now
from connectors.core.comparing import (
    Rules,
    differences,
    filled,
    is_touched,
    linking,
    not_able,
    standing_conflicts,
)
from connectors.core.verifying import Verification, refused, settled, unsure
from connectors.core.writing import Creation, Writer
from itsm.errors import (
    AuthError,
    ConfigError,
    FatalSourceError,
    MappingError,
    TransientSourceError,
    WriteConflictError,
)
from itsm.pushed import Difference, Known, Outcome, Plan, Remote, Written
from itsm.pushing import PROBLEM, STATE, Intent, IntentState, PushAction, PushKind

A = PushAction
Keep = Callable[[Plan], None]
"""Keeps a plan before anything of it is sent."""

_TRIES = 3
_SENT_ONCE = frozenset({A.CREATE, A.NOTE})
"""What must not be sent again before it is sure that the first one did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An intent with what the outbox knows around it.

    Attributes:
        intent: what is to be done.
        known: the record as the outbox last saw it.
        problem: the problem that a link leads to, or a note speaks of, if another intent wrote it.
        earlier: the plan of an earlier try whose fate is not known.
        sent_at: when that try was made.
    """

    intent: Intent
    known: Known | None = None
    problem: Remote | None = None
    earlier: Plan | None = None
    sent_at: datetime | None = None


@dataclass(slots=True)
class Delivery:
    """Delivers the intents of one source."""

    writer: Writer
    rules: Rules
    clock: Clock = utc_now

    @property
    def _check(self) -> Verification:
        return Verification(self.writer)

    def require_instance(self) -> None:
        """See that this is the installation that may be written to.

        Raises:
            ConfigError: it is another one, or a copy, or the settings name none.
            SourceError: it cannot be asked.
        """
        name, told = self.writer.name, self.writer.identity()
        if not self.rules.instance:
            raise ConfigError(
                f"sources.{name}.push.instance: say which installation may be written to; this one "
                f"calls itself {told.name!r}"
            )
        if told.name.casefold() != self.rules.instance.casefold():
            raise ConfigError(
                f"sources.{name}.push.instance: may write to {self.rules.instance!r} only, and "
                f"this one calls itself {told.name!r}; nothing was written"
            )
        if told.copy_of:
            raise ConfigError(f"sources.{name}: nothing is written to a copy: {told.copy_of}")

    def plan(self, task: Task) -> Plan:
        """What delivering would do now; reads, and writes nothing.

        Raises:
            SourceError: the system cannot be asked.
        """
        intent = task.intent
        blank = Plan(intent_id=intent.intent_id, is_needed=False)
        if lack := not_able(intent, self.writer.abilities):
            return replace(blank, refused=lack)
        remote, others = self._located(task)
        plan = replace(blank, remote=remote, others=others)
        if intent.action is A.CREATE:
            return self._creation(intent, plan)
        if remote is None:
            return replace(plan, refused="the record is not there, or this user may not see it")
        return self._allowed(task, self._change(task, plan, remote))

    def deliver(self, task: Task, keep: Keep) -> Outcome:
        """Deliver an intent.

        Args:
            task: the intent.
            keep: called before anything is sent.

        Raises:
            AuthError: the credentials are refused; no other intent has a chance either.
            TransientSourceError: the system cannot be read at present; nothing was sent.
        """
        if task.earlier is not None and task.earlier.remote is not None:
            arrived = self._check.arrived(task.intent, task.earlier)
            if arrived is not None:
                return arrived
        for n_before in range(_TRIES):
            outcome = self._tried(task, keep, n_before)
            if outcome is not None:
                return outcome
        return unsure("it was changed each time it was to be written", _TRIES)

    def _tried(self, task: Task, keep: Keep, n_before: int) -> Outcome | None:
        """Compare, write, read back; None: the write did not come through, compare anew."""
        plan = self.plan(task)
        early = self._without_sending(task, plan, n_before)
        if early is not None:
            return early
        keep(plan)
        try:
            key = self._send(task, plan)
        except WriteConflictError:
            return None
        except TransientSourceError as error:
            if task.intent.action in _SENT_ONCE:
                settled_at = self.clock() + timedelta(seconds=self.writer.abilities.settles_s)
                return replace(unsure(error.message, n_before + 1), unsure_until=settled_at)
            arrived = self._check.arrived(task.intent, plan)
            return None if arrived is None else replace(arrived, n_writes=n_before + 1)
        except (FatalSourceError, MappingError) as error:
            if isinstance(error, AuthError):
                raise
            return refused(str(error), n_before + 1)
        return replace(self._verified(task, plan, key), n_writes=n_before + 1)

    def _without_sending(self, task: Task, plan: Plan, n_writes: int) -> Outcome | None:
        """The outcome of a plan that asks for nothing to be sent, or not yet."""
        if plan.refused:
            return refused(plan.refused, n_writes)
        if not plan.is_needed:
            return replace(self._settled(task, plan), n_writes=n_writes)
        until = self._unsure_until(task)
        if until is not None and self.clock() < until:
            return Outcome(
                state=IntentState.SENDING,
                said="sent before, and not found yet",
                unsure_until=until,
            )
        return None

    def _settled(self, task: Task, plan: Plan) -> Outcome:
        """The outcome of a plan that asks for nothing; a created record may have been found."""
        if plan.is_adopted and plan.remote is not None and task.known is None:
            return self._check.created(task.intent, plan, plan.remote.key)
        outcome = settled(plan)
        if task.earlier is None or plan.differences:
            return outcome
        is_note = task.intent.action is A.NOTE  # an earlier try wrote it, and nobody heard of it
        after = task.intent.marker if is_note else self._problem_number(task)
        return replace(outcome, written=(Written(action=task.intent.action, after=after),))

    def _verified(self, task: Task, plan: Plan, key: str) -> Outcome:
        try:
            return self._check.done(task.intent, plan, key, self._problem_number(task))
        except TransientSourceError as error:
            return unsure(f"sent, and not read back: {error.message}", 1)

    def _unsure_until(self, task: Task) -> datetime | None:
        if task.sent_at is None or task.earlier is None or task.intent.action not in _SENT_ONCE:
            return None
        return task.sent_at + timedelta(seconds=self.writer.abilities.settles_s)

    def _located(self, task: Task) -> tuple[Remote | None, tuple[str, ...]]:
        """The record of an intent, and others with the same key."""
        intent, known = task.intent, task.known
        if intent.record:
            return self.writer.read(intent.kind, intent.record), ()
        if intent.number:
            return self.writer.numbered(intent.kind, intent.number), ()
        if known is not None:
            return self.writer.read(intent.kind, known.remote.key), ()
        found = self.writer.find(intent.kind, intent.key)
        return (found[0] if found else None), tuple(one.number for one in found[1:])

    def _creation(self, intent: Intent, plan: Plan) -> Plan:
        """What is created; or, if it was created before and is found now, what was."""
        able = self.writer.abilities.fields[intent.kind]
        wanted = {one.field: one.value for one in intent.fields if one.field in able}
        ours = self.writer.held(intent.kind, wanted)
        if plan.remote is None:
            new = [Difference(field=f, seen="", theirs="", ours=one) for f, one in ours.items()]
            return replace(plan, differences=tuple(new), is_needed=True)
        there = [
            Difference(field=name, seen=one, theirs=plan.remote.value(name), ours=one)
            for name, one in ours.items()
        ]
        return replace(plan, differences=tuple(there), is_adopted=True)

    def _change(self, task: Task, plan: Plan, remote: Remote) -> Plan:
        intent, abilities = task.intent, self.writer.abilities
        if intent.action is A.NOTE:
            return replace(plan, is_needed=not self.writer.has_note(remote, intent.marker))
        if intent.action in {A.LINK, A.UNLINK}:
            number = self._problem_number(task)
            if not number:
                return replace(plan, refused="the problem it leads to was not written")
            if not abilities.has_one_problem:
                is_linked = number in remote.problems
                return replace(plan, is_needed=is_linked is (intent.action is A.UNLINK))
            found = linking(intent, remote, number)
        else:
            found = differences(intent, task.known, remote, self._ours(intent))
        plan = replace(plan, differences=found, conflicts=standing_conflicts(intent, found))
        return replace(plan, is_needed=any(one.is_to_write for one in found))

    def _ours(self, intent: Intent) -> dict[str, str]:
        """What an intent writes, as the system will show it; only what is ours to write."""
        if intent.action is A.MOVE:
            return {STATE: intent.fields[0].value}
        owned = self.rules.owned(intent.kind, self.writer.abilities)
        wanted = {one.field: one.value for one in intent.fields if one.field in owned}
        return dict(self.writer.held(intent.kind, wanted))

    def _problem_number(self, task: Task) -> str:
        given = next((one.value for one in task.intent.fields if one.field == PROBLEM), "")
        return given or (task.problem.number if task.problem is not None else "")

    def _allowed(self, task: Task, plan: Plan) -> Plan:
        """A plan that is refused where it must not be carried out."""
        remote, intent = plan.remote, task.intent
        if plan.refused or remote is None:
            return plan
        if intent.undoes:
            is_cancel = intent.action is A.MOVE and task.known is not None
            touched = is_cancel and task.known is not None and is_touched(task.known, remote)
            if (touched and plan.is_needed) or plan.conflicts:
                return replace(plan, refused="a person has changed it since; left as it is")
        if plan.is_needed and remote.is_closed and not self.rules.on_closed:
            return replace(plan, refused=f"{remote.number} is closed; push.on_closed allows it")
        return plan

    def _send(self, task: Task, plan: Plan) -> str:
        """Send what a plan asks for; the id of what was created, else that of the record."""
        intent, writer, remote = task.intent, self.writer, plan.remote
        if remote is None:
            return self._create(intent, {one.field: one.ours for one in plan.differences})
        if intent.action is A.NOTE:
            writer.note(remote, f"{filled(intent.text, task.problem)}\n{intent.marker}")
        elif intent.action is A.MOVE:
            writer.move(remote, plan.differences[0].ours, filled(intent.text, task.problem))
        elif plan.differences:
            wanted = {one.field: one.ours for one in plan.differences if one.is_to_write}
            writer.write(remote, wanted)
        else:
            self._relink(task, remote)
        return remote.key

    def _create(self, intent: Intent, values: dict[str, str]) -> str:
        """Create a record, without what the system has no word for, such as a team of another one.

        A writer finds that out before it sends anything.
        """
        while True:
            try:
                made = Creation(kind=intent.kind, key=intent.key, values=values)
                return self.writer.create(made)
            except MappingError as error:
                if error.field not in values or error.field == "title":
                    raise
                values = {name: one for name, one in values.items() if name != error.field}

    def _relink(self, task: Task, incident: Remote) -> None:
        number = self._problem_number(task)
        problem = self.writer.numbered(PushKind.PROBLEM, number)
        if problem is None:
            raise FatalSourceError(self.writer.name, f"there is no problem {number} to link to")
        link = self.writer.link if task.intent.action is A.LINK else self.writer.unlink
        link(incident, problem)
