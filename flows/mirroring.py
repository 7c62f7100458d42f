"""What changed in the register goes into the outbox, for the systems that mirror it."""

from collections.abc import Mapping

from flows.problem_notes import queue_notes
from flows.registering import weighed
from flows.wiring import Parts
from itsm.errors import ConfigError, TransitionError
from itsm.journal import JournalKind
from itsm.pushing import PushKind
from itsm.register import RegisterEntry
from itsm.register_mirroring import HERE, FieldOwner, Owners
from itsm.register_pushing import mirror_intents, mirrored
from itsm.register_roles import PIPELINE
from itsm.register_rules import Act
from store.improving import change
from store.registering import Changed
from store.unit_of_work import UnitOfWork

SYSTEM_OF_RECORD = "system of record"
"""What the role of keeping the register is called among the declarations."""


def queue_mirrors(uow: UnitOfWork, parts: Parts, skip: str = "") -> int:
    """Put what changed in this unit of work into the outbox; belongs before its commit.

    Args:
        uow: the transaction.
        parts: with the sources that mirror the register.
        skip: the source that the change came from.

    Returns:
        How many intents were added.

    Raises:
        ConfigError: a system that is to mirror the register is no source.
        TransitionError: a person changed a field here that another system decides on.
    """
    sources = sources_of(parts)
    owners, names = owners_of(uow, parts), names_of(parts)
    n_added = queue_notes(uow, parts)
    for changed in uow.register.changed:
        for source in sources:
            is_told = _is_told(uow, changed.after.number, source)
            if is_told:
                _require_ours(changed, source, owners)
            if source == skip:
                continue
            intents = mirror_intents(
                changed.before,
                changed.after,
                source,
                actor=changed.note.actor or PIPELINE.name,
                reason=changed.note.reason,
                first=not is_told,
                names=names,
            )
            n_added += uow.outbox.append(intents, changed.note.at)
    return n_added


def sources_of(parts: Parts) -> tuple[str, ...]:
    """The sources that mirror the register.

    Raises:
        ConfigError: one of them is no source.
    """
    sources = parts.settings.improvement.mirrors
    if strange := sorted(set(sources) - set(parts.settings.sources)):
        raise ConfigError(f"improvement.mirrors: {strange[0]!r} is no source of the settings")
    return sources


def owners_of(uow: UnitOfWork, parts: Parts) -> Owners:
    """Who decides on the fields of entries now."""
    return Owners(holder_of(uow), parts.settings.improvement.owners)


def holder_of(uow: UnitOfWork) -> str:
    """The system of record of the register, as it was handed over last."""
    told = uow.declarations.newest(JournalKind.ROLE, SYSTEM_OF_RECORD)
    return HERE if told is None else told["holder"]


def names_of(parts: Parts) -> Mapping[str, str]:
    """What other systems call the people of the settings, by the name they have here."""
    return {name: one.full_name or name for name, one in parts.settings.people.items()}


def value_here(parts: Parts, name: str, text: str) -> str:
    """What a field of another system means here; people by their name here, if they have one."""
    if name != "coordinator":
        return text
    return next((here for here, there in names_of(parts).items() if there == text), text)


def keep_taken(
    uow: UnitOfWork,
    parts: Parts,
    before: RegisterEntry,
    after: RegisterEntry,
    act: Act,
    facts: Mapping[str, str],
) -> None:
    """Keep an entry with what came from another system as its next version, if it differs."""
    if after != before:
        change(
            uow,
            before.number,
            act,
            JournalKind.MIRROR,
            lambda _one, _act: weighed(parts, after),
            facts=facts,
        )


def _is_told(uow: UnitOfWork, number: str, source: str) -> bool:
    """Whether a source was told of an entry, or is going to be."""
    fates = uow.outbox.fates(subject=number, source=source)
    return any(fate.intent.kind is PushKind.REGISTER_ENTRY for fate in fates)


def _require_ours(changed: Changed, source: str, owners: Owners) -> None:
    if changed.note.kind is JournalKind.MIRROR:
        return
    before, after = mirrored(changed.before, {}), mirrored(changed.after, {})
    for name, value in after.items():
        if value != before[name] and owners.of(name, source) is FieldOwner.THEIRS:
            raise TransitionError(
                f"{changed.after.number}: {name} is decided on in {source}; change it there, and "
                "`csi push` brings it here"
            )
