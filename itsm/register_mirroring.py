"""What people change in the record that mirrors an entry, and what it means for the entry; pure.

Three values are held against each other: what the record held when it was last seen, what it holds,
and what the entry holds. The rules of the register decide whether the entry may take it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from itsm.errors import RoleError, TransitionError
from itsm.pushed import Conflict, Difference, Remote, standing_conflict
from itsm.pushing import STATE, FieldWrite, Intent, PushAction, PushKind, identified, key_of
from itsm.register import RegisterEntry, RegisterState
from itsm.register_edits import edited
from itsm.register_forms import read_fields
from itsm.register_pushing import MIRRORED, TOLD_AS
from itsm.register_roles import Person, Role
from itsm.register_rules import Act, moved

HERE = "here"
"""The system of record where the register itself is it."""


class FieldOwner(StrEnum):
    """Who decides on a field that two systems hold."""

    OURS = "ours"
    """What the entry holds; another value there waits for somebody to choose."""
    THEIRS = "theirs"
    """What the other system holds; it is not changed here."""
    SHARED = "shared"
    """Whoever changed it last; where both did, somebody chooses."""


USUAL_OWNERS: Mapping[str, FieldOwner] = MappingProxyType(
    dict.fromkeys((*MIRRORED, STATE), FieldOwner.SHARED) | {"origin_record": FieldOwner.OURS}
)


@dataclass(frozen=True, slots=True)
class Owners:
    """Who decides on the fields of the entries.

    Attributes:
        holder: the system of record: a source, or `HERE`.
        own: what the settings say, where the register is the system of record.
    """

    holder: str = HERE
    own: Mapping[str, FieldOwner] = field(default_factory=dict)

    def of(self, name: str, source: str) -> FieldOwner:
        """Who decides on a field between the register and a source.

        The state keeps to the settings whoever holds the record: approvals, signatures and
        reasons are here.
        """
        usual = self.own.get(name, USUAL_OWNERS.get(name, FieldOwner.OURS))
        if self.holder == HERE or name == STATE or USUAL_OWNERS.get(name) is FieldOwner.OURS:
            return usual
        return FieldOwner.THEIRS if source == self.holder else FieldOwner.OURS


class Verdict(StrEnum):
    """What a difference between record and entry leads to."""

    AGREED = "agreed"
    """Both hold the same meanwhile."""
    TAKE = "take"
    DISPUTE = "dispute"


def verdict(difference: Difference, owner: FieldOwner) -> Verdict:
    """What becomes of a field that somebody changed in the other system.

    Args:
        difference: what was seen, what is there, and what the entry holds in that system's words.
        owner: who decides on the field.
    """
    if difference.theirs == difference.ours:
        return Verdict.AGREED
    if owner is FieldOwner.THEIRS:
        return Verdict.TAKE
    is_ours_as_seen = difference.ours == difference.seen
    return Verdict.TAKE if owner is FieldOwner.SHARED and is_ours_as_seen else Verdict.DISPUTE


def editor(source: str) -> Person:
    """Who acts where somebody edited the record of an entry in a source.

    Whoever may edit it there counts as a coordinator here, and as nothing more: accepting,
    approving, closing and canceling take a person with that role here.
    """
    return Person(name=f"edited in {source}", roles=frozenset({Role.SYSTEM, Role.COORDINATOR}))


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry after changes that were made elsewhere, and why some were not taken over."""

    entry: RegisterEntry
    fields: tuple[str, ...]
    refused: Mapping[str, str]


def taken(entry: RegisterEntry, values: Mapping[str, str], act: Act) -> Taken:
    """An entry with what was changed elsewhere, as far as the rules of the register let it.

    Args:
        entry: as it is.
        values: texts by field, the state among them.
        act: who takes them over, see `editor`.
    """
    refused: dict[str, str] = {}
    kept: list[str] = []
    for name in sorted(values, key=lambda one: (one == STATE, one)):
        try:
            entry = _with(entry, name, values[name], act)
        except (TransitionError, RoleError) as error:
            refused[name] = str(error)
        else:
            kept.append(name)
    return Taken(entry, tuple(kept), refused)


def _with(entry: RegisterEntry, name: str, text: str, act: Act) -> RegisterEntry:
    if name == STATE:
        if text not in set(RegisterState):
            known = ", ".join(RegisterState)
            raise TransitionError(f"{entry.number}: {text!r} is no state of an entry; {known}")
        return moved(entry, RegisterState(text), act)
    filled = read_fields({name: text}, entry.number)
    if filled.wrong:
        raise TransitionError(str(filled.wrong[0]))
    return edited(entry, filled.values, act)


def dispute(
    entry: RegisterEntry, source: str, differences: Sequence[Difference], act: Act
) -> tuple[tuple[Intent, Conflict], ...]:
    """Intents that would put our values back, one a field, each with the conflict that stops it.

    Args:
        entry: as it is.
        source: whose record differs.
        differences: the fields; `ours` in the words of the source.
        act: who found it, and when.
    """
    return tuple(_disputed(entry, source, one, act) for one in differences)


def _disputed(
    entry: RegisterEntry, source: str, one: Difference, act: Act
) -> tuple[Intent, Conflict]:
    intent = identified(
        Intent(
            source=source,
            action=PushAction.MOVE if one.field == STATE else PushAction.UPDATE,
            kind=PushKind.REGISTER_ENTRY,
            subject=entry.number,
            key=key_of(PushKind.REGISTER_ENTRY, entry.number),
            fields=(FieldWrite(field=one.field, value=one.ours, seen=one.seen),),
            reason=act.reason,
            actor=act.by.name,
            at=act.at,
            decision_id=f"{entry.number}/{entry.version}",
        )
    )
    return intent, standing_conflict(intent.intent_id, one)


def told_state(entry: RegisterEntry) -> str:
    """The state of an entry as other systems are told it."""
    return TOLD_AS.get(entry.state, entry.state).value


def with_ours(difference: Difference, ours: Mapping[str, str]) -> Difference:
    """A difference with what the entry holds."""
    return replace(difference, ours=ours.get(difference.field, ""))


def standing_of(remote: Remote, ours: Mapping[str, str]) -> tuple[Difference, ...]:
    """Where a record and an entry differ now, whatever was seen before."""
    return tuple(
        Difference(field=name, seen=theirs, theirs=theirs, ours=value)
        for name, value in sorted(ours.items())
        if (name == STATE or name in remote.fields) and (theirs := remote.value(name)) != value
    )
