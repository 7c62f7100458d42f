"""Compares what is to be written with what a record holds; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.core.writing import Abilities, Edit
from itsm.pushed import (
    Conflict,
    Difference,
    Known,
    Remote,
    Standing,
    conflict_of,
    standing_conflict,
)
from itsm.pushing import PROBLEM, Intent, PushAction, PushKind, PushMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be written to a source.

    Attributes:
        mode: how far the push goes.
        instance: what the installation must call itself.
        on_closed: whether records may be written to that are closed for good.
        owns: the fields the pipeline owns, per kind; of a kind that is left out all it can write.
    """

    mode: PushMode = PushMode.OFF
    instance: str = ""
    on_closed: bool = False
    owns: Mapping[PushKind, Collection[str]] = field(default_factory=dict)

    def allows(self, intent: Intent) -> bool:
        """Whether the mode lets an intent out at all."""
        if self.mode is PushMode.PROBLEMS_ONLY:
            return intent.kind is PushKind.PROBLEM
        return self.mode is PushMode.FULL

    def owned(self, kind: PushKind, abilities: Abilities) -> frozenset[str]:
        """The fields that are ours, of those the writer can write."""
        able = abilities.fields.get(kind, frozenset())
        return able & frozenset(self.owns[kind]) if kind in self.owns else able


def not_able(intent: Intent, abilities: Abilities) -> str:
    """Why a writer cannot carry out an intent at all, "" if it can."""
    kind, told = intent.kind, intent.kind.replace("_", " ")
    if intent.action in {PushAction.CREATE, PushAction.UPDATE}:
        if kind not in abilities.fields:
            return f"{intent.source} has no {told} that could be written"
        unknown = sorted({one.field for one in intent.fields} - abilities.fields[kind])
        if unknown and intent.action is PushAction.UPDATE:
            known = ", ".join(sorted(abilities.fields[kind]))
            return f"a {told} has no field {unknown[0]} that could be written; there are {known}"
    if intent.action is PushAction.MOVE:
        state, states = intent.fields[0].value, abilities.states.get(kind, frozenset())
        if state not in states:
            known = ", ".join(sorted(states)) or "none"
            return f"a {told} cannot be moved to {state}; states are {known}"
    return ""


def differences(
    intent: Intent, known: Known | None, remote: Remote, ours: Mapping[str, str]
) -> tuple[Difference, ...]:
    """The diff of an intent, field by field.

    Args:
        intent: what says how a field was last seen, where it does.
        known: what the outbox knows; says it where the intent does not.
        remote: the record as it is.
        ours: what shall be written, as the system would show it.
    """
    found = []
    for one in intent.fields:
        if one.field in ours:
            seen = one.seen
            if seen is None:
                seen = known.remote.value(one.field) if known is not None else ""
            theirs = remote.value(one.field)
            found.append(
                Difference(field=one.field, seen=seen, theirs=theirs, ours=ours[one.field])
            )
    return tuple(found)


def linking(intent: Intent, remote: Remote, problem: str) -> tuple[Difference, ...]:
    """The diff of a link or its removal, where an incident has one problem at most."""
    theirs = remote.value(PROBLEM)
    if intent.action is PushAction.UNLINK:
        return (Difference(field=PROBLEM, seen=problem, theirs=theirs, ours=""),)
    seen = intent.fields[0].seen or "" if intent.fields else ""
    return (Difference(field=PROBLEM, seen=seen, theirs=theirs, ours=problem),)


def standing_conflicts(intent: Intent, found: Sequence[Difference]) -> tuple[Conflict, ...]:
    """The conflicts in a diff: the person's value stands."""
    return tuple(standing_conflict(intent.intent_id, one) for one in found if one.is_conflict)


def is_touched(known: Known, remote: Remote) -> bool:
    """Whether anybody has changed a record since it was last seen."""
    before = known.remote
    fields = before.fields.keys() & remote.fields.keys()
    return before.state != remote.state or any(
        before.fields[name] != remote.fields[name] for name in fields
    )


def overwritten(
    intent: Intent, sent: Sequence[Difference], after: Remote, edits: Sequence[Edit] | None
) -> tuple[Conflict, ...]:
    """The values of people that a write went over, or that were written over it, as conflicts.

    Args:
        intent: what was delivered.
        sent: what was written.
        after: the record as it was read back.
        edits: what changed since the record was compared with; None: nobody may know.
    """
    found: list[Conflict] = []
    for one in sent:
        now = after.value(one.field)
        standing = Standing.OURS if now == one.ours else Standing.THEIRS
        lost: list[tuple[str | None, str]]
        if edits is None:
            lost = [(None, "")] if now == one.ours else []
        else:
            lost = _gone_over(one, [edit for edit in edits if edit.field == one.field])
        was_there = any(each.is_ours and each.after == one.ours for each in edits or ())
        if now != one.ours and (now != one.theirs or was_there):
            by = _author(one.field, now, edits or ())
            lost = [*(each for each in lost if each[0] != now), (now, by)]
        found += [
            conflict_of(
                Conflict(
                    intent_id=intent.intent_id,
                    field=one.field,
                    seen=one.theirs,
                    theirs=theirs,
                    ours=one.ours,
                    standing=standing,
                    by=by,
                )
            )
            for theirs, by in lost
        ]
    return tuple(found)


def _gone_over(sent: Difference, edits: Sequence[Edit]) -> list[tuple[str | None, str]]:
    """The values of people that our write went over: what it found in the place of `theirs`."""
    found: list[tuple[str | None, str]] = []
    told_ours = any(edit.is_ours for edit in edits)
    if told_ours and all(edit.is_ours for edit in edits):
        return []  # nobody else was there, however history words the values
    for edit in edits:
        is_ours = edit.is_ours or not told_ours
        if is_ours and edit.after == sent.ours and edit.before not in (sent.theirs, sent.ours):
            found.append((edit.before, _author(sent.field, edit.before, edits)))
    return found


def _author(name: str, value: str, edits: Sequence[Edit]) -> str:
    """Who gave a field a value, "" where it is not told."""
    authors = [one.by for one in edits if one.field == name and one.after == value]
    return authors[-1] if authors else ""


def filled(text: str, problem: Remote | None) -> str:
    """A note with the number and the address of the problem in their places."""
    if problem is None:
        return text
    return text.replace("{problem}", problem.number).replace("{link}", problem.link)
