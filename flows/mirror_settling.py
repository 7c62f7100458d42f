"""Settling a conflict about a mirrored entry: what is kept as it is there is taken over here."""

from flows.mirroring import keep_taken, names_of, queue_mirrors, value_here
from flows.registering import act_of, acting
from flows.wiring import Parts
from itsm.errors import TransitionError
from itsm.pushed import Choice
from itsm.pushing import STATE, PushKind
from itsm.register_mirroring import taken, told_state
from itsm.register_pushing import mirrored
from itsm.register_roles import Person
from store.conflicts import Queued, Resolution
from store.outbox_rows import Fate
from store.unit_of_work import UnitOfWork


def settle(
    uow: UnitOfWork, parts: Parts, conflict_id: str, by: Resolution, person: Person | None = None
) -> Fate:
    """Choose one of two values, on both sides; belongs into one transaction.

    Args:
        uow: the transaction.
        parts: with the people of the settings.
        conflict_id: of which conflict.
        by: what was chosen, by whom.
        person: who that is, with their roles; None: as the settings name them.

    Raises:
        StoreError: there is no such conflict.
        TransitionError: it is resolved already, or the rules of the register refuse the value.
        ConfigError, RoleError: an entry is changed by people of the settings with such a role.
    """
    queued = uow.conflicts.get(conflict_id)
    fate = uow.conflicts.resolve(conflict_id, by)
    is_entry = queued.fate.intent.kind is PushKind.REGISTER_ENTRY
    if is_entry and by.choice is not Choice.WRITE_OURS:
        _take_over(uow, parts, queued, by, person or acting(parts, by.actor))
    return fate


def _take_over(
    uow: UnitOfWork, parts: Parts, queued: Queued, by: Resolution, person: Person
) -> None:
    name, intent = queued.conflict.field, queued.fate.intent
    entry = uow.register.get(intent.subject)
    ours = {**mirrored(entry, names_of(parts)), STATE: told_state(entry)}
    wanted = by.value if by.value is not None else queued.conflict.theirs or ""
    if ours.get(name) == wanted:
        return
    value = value_here(parts, name, wanted)
    reason = by.reason or f"kept as edited in {intent.source}"
    act = act_of(parts, person, reason, by.at)
    result = taken(entry, {name: value}, act)
    if result.refused:
        raise TransitionError(
            f"{queued.conflict.conflict_id}: {result.refused[name]}; bring the entry there first, "
            "as in `csi register move`, and the next push ends the conflict; or write ours"
        )
    facts = {"source": intent.source, "conflict": queued.conflict.conflict_id}
    keep_taken(uow, parts, entry, result.entry, act, facts)
    queue_mirrors(uow, parts, skip=intent.source)
