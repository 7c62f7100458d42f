"""The conflict queue for one reader, and what they choose; the rules are elsewhere."""

from collections.abc import Mapping

from itsm.access import Sight
from itsm.errors import MappingError, NotThereError
from itsm.pushed import Choice
from itsm.pushing import PushKind
from itsm.register_forms import MAX_TEXT, readable
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from review_app.register.reading import withheld
from store.conflicts import Queued, Resolution
from store.outbox_rows import Fate
from store.unit_of_work import Store, UnitOfWork


def shown(parts: ReviewParts, uow: UnitOfWork, queued: Queued, sight: Sight) -> bool | None:
    """Whether a reader sees the values of a conflict; None where they do not see it at all."""
    intent = queued.fate.intent
    if intent.kind is not PushKind.REGISTER_ENTRY:
        runs = parts.reviewing.runs()[:1]
        if sight.services:
            return None  # what a problem record says may be about any service
        hidden = bool(runs) and not sight.restricted
        return not (hidden and parts.reviewing.restricted(runs[0].run_id, [intent.subject]))
    try:
        entry = uow.register.get(intent.subject)
    except NotThereError:
        return None if sight.services else True
    if not sight.includes_service(entry.service):
        return None
    return not withheld(parts, [entry], sight)


def settle(
    parts: ReviewParts, store: Store, conflict_id: str, form: Mapping[str, str], who: Actor
) -> Fate:
    """Choose a value for a field, on both sides, in one transaction.

    Args:
        parts: how it is settled, and the clock.
        store: where the conflict is.
        conflict_id: of which conflict.
        form: `choice` is one of `itsm.pushed.Choice`; `value` is the third one, `reason` says why.
        who: chooses.

    Raises:
        NotThereError: there is no such conflict for this reader.
        MappingError: the form makes no sense.
        TransitionError, RoleError: it was settled already, or the register refuses the value.
    """
    by = _resolution(conflict_id, form, who, parts)
    with store.begin() as uow:
        if not shown(parts, uow, uow.conflicts.get(conflict_id), who.sight):
            raise NotThereError(f"there is no conflict {conflict_id!r} for you")
        fate = parts.works.settle(uow, conflict_id, by, who.person)
        uow.commit()
    return fate


def _resolution(
    conflict_id: str, form: Mapping[str, str], who: Actor, parts: ReviewParts
) -> Resolution:
    said = form.get("choice", "")
    if said not in set(Choice):
        known = ", ".join(Choice)
        raise MappingError(conflict_id, "choice", f"{said[:40]!r}", f"choose from {known}")
    choice, value = Choice(said), readable(form.get("value", "")).replace("\r\n", "\n")
    if len(value) > MAX_TEXT:
        raise MappingError(
            conflict_id, "value", f"{len(value):,} characters", f"write at most {MAX_TEXT:,}"
        )
    return Resolution(
        choice=choice,
        actor=who.name,
        at=parts.works.clock(),
        reason=readable(form.get("reason", ""))[:MAX_TEXT],
        value=value.strip() if choice is Choice.WRITE_OTHER else None,
    )
