"""From a changed register entry to intents: what its record in another system is to be told; pure.

Only fields we decide on are written, and nothing before a person has accepted the entry. Whether a
system takes a field or a state, and whether somebody has changed it there, is seen at delivery.
"""

from collections.abc import Mapping
from dataclasses import replace

from itsm.pushing import STATE, FieldWrite, Intent, PushAction, PushKind, identified, key_of
from itsm.register import RegisterEntry, RegisterState
from itsm.register_forms import as_text

MIRRORED = (
    "title", "description", "service", "coordinator", "expected_benefit", "origin_record",
)  # fmt: skip
"""The fields that are mirrored; the other systems know no more of an entry."""

TOLD_AS = {RegisterState.REGRESSED: RegisterState.REVIEW}
"""A state that other systems do not have, and the one that comes nearest."""


def mirror_intents(
    before: RegisterEntry,
    after: RegisterEntry,
    source: str,
    *,
    actor: str,
    reason: str,
    first: bool,
    names: Mapping[str, str] | None = None,
) -> tuple[Intent, ...]:
    """What the record of an entry in one system is to be told, in the order of delivery.

    Args:
        before: the entry as it was.
        after: as it is now.
        source: the system.
        actor: who changed it.
        reason: why.
        first: whether that system was told nothing of it yet.
        names: what other systems call people, by the name they have here.
    """
    if after.state is RegisterState.NEW or (first and after.state is RegisterState.CANCELED):
        return ()
    bare = Intent(
        source=source,
        action=PushAction.CREATE,
        kind=PushKind.REGISTER_ENTRY,
        subject=after.number,
        key=key_of(PushKind.REGISTER_ENTRY, after.number),
        reason=reason,
        actor=actor,
        at=after.state_since_at or after.raised_at,
        decision_id=f"{after.number}/{after.version}",
    )
    made = []
    were, are = mirrored(before, names or {}), mirrored(after, names or {})
    if first:
        given = tuple(one for one in _writes(are) if one.value)
        made.append(_with(bare, PushAction.CREATE, given))
    else:
        changed = tuple(one for one in _writes(are) if were[one.field] != one.value)
        made += [_with(bare, PushAction.UPDATE, some) for some in _apart(changed) if some]
    if first or before.state is not after.state:
        state = FieldWrite(field=STATE, value=TOLD_AS.get(after.state, after.state).value)
        needs = made[0].intent_id if first else ""
        made.append(_with(bare, PushAction.MOVE, (state,), needs=needs, text=reason))
    return tuple(made)


def _with(
    bare: Intent,
    action: PushAction,
    fields: tuple[FieldWrite, ...],
    needs: str = "",
    text: str = "",
) -> Intent:
    return identified(replace(bare, action=action, fields=fields, needs=needs, text=text))


def mirrored(entry: RegisterEntry, names: Mapping[str, str]) -> dict[str, str]:
    """What other systems are told of an entry, by field; people as they are called there."""
    texts = {name: as_text(getattr(entry, name)) for name in MIRRORED}
    return texts | {"coordinator": names.get(texts["coordinator"], texts["coordinator"])}


def _apart(fields: tuple[FieldWrite, ...]) -> tuple[tuple[FieldWrite, ...], ...]:
    """People apart from the rest: a system that does not know one refuses the whole write."""
    people = tuple(one for one in fields if one.field == "coordinator")
    return tuple(one for one in fields if one not in people), people


def _writes(texts: Mapping[str, str]) -> tuple[FieldWrite, ...]:
    return tuple(FieldWrite(field=name, value=value) for name, value in texts.items())
