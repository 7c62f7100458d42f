"""What changed in the register goes into the outbox, for the systems that mirror it."""

from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.pushing import PushKind
from itsm.register_pushing import mirror_intents
from itsm.register_roles import PIPELINE
from store.unit_of_work import UnitOfWork


def queue_mirrors(uow: UnitOfWork, parts: Parts) -> int:
    """Put what changed in this unit of work into the outbox; belongs before its commit.

    Returns:
        How many intents were added.

    Raises:
        ConfigError: a system that is to mirror the register is no source.
    """
    sources = parts.settings.improvement.mirrors
    if strange := sorted(set(sources) - set(parts.settings.sources)):
        raise ConfigError(f"improvement.mirrors: {strange[0]!r} is no source of the settings")
    n_added = 0
    for changed in uow.register.changed:
        for source in sources:
            told = {
                fate.intent.source
                for fate in uow.outbox.fates(subject=changed.after.number)
                if fate.intent.kind is PushKind.REGISTER_ENTRY
            }
            intents = mirror_intents(
                changed.before,
                changed.after,
                source,
                actor=changed.note.actor or PIPELINE.name,
                reason=changed.note.reason,
                first=source not in told,
            )
            n_added += uow.outbox.append(intents, changed.note.at)
    return n_added
