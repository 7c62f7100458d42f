"""Notes on problems in systems that keep no register: where the improvement stands now."""

from collections.abc import Iterator

from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.problem_following import LinkedProblem, linked_problems, note_on_created, status_note
from itsm.pushing import Intent, IntentState, PushAction, PushKind
from itsm.register import Origin, RegisterState
from itsm.register_roles import PIPELINE
from store.registering import Changed
from store.unit_of_work import UnitOfWork

_GONE = frozenset({IntentState.REFUSED, IntentState.UNDONE})


def queue_notes(uow: UnitOfWork, parts: Parts) -> int:
    """Put a note into the outbox for each problem whose improvement changed its state.

    Returns:
        How many were added.

    Raises:
        ConfigError: a system that is to be told is no source.
    """
    sources = parts.settings.improvement.notes
    if strange := sorted(set(sources) - set(parts.settings.sources)):
        raise ConfigError(f"improvement.notes: {strange[0]!r} is no source of the settings")
    moved = [one for one in uow.register.changed if _is_news(one)]
    if not sources or not moved:
        return 0
    problems = [one for one in uow.problems.all() if one.source in sources]
    intents = [note for one in moved for note in _notes(uow, one, sources, problems)]
    return uow.outbox.append(intents)


def _is_news(changed: Changed) -> bool:
    return changed.before.state is not changed.after.state is not RegisterState.NEW


def _notes(
    uow: UnitOfWork, changed: Changed, sources: tuple[str, ...], problems: list[LinkedProblem]
) -> Iterator[Intent]:
    entry, note = changed.after, changed.note
    link = _link(uow, entry.number)

    def told(problem: LinkedProblem) -> Intent:
        actor = note.actor or PIPELINE.name
        return status_note(changed.before, entry, problem, link, actor=actor, at=note.at)

    for problem in linked_problems(entry, problems):
        yield told(problem)
    if entry.origin is not Origin.MINED_CANDIDATE or not entry.origin_record:
        return
    for fate in uow.outbox.fates(subject=entry.origin_record):
        made = fate.intent
        is_problem = made.action is PushAction.CREATE and made.kind is PushKind.PROBLEM
        if is_problem and made.source in sources and fate.state not in _GONE:
            blank = told(LinkedProblem(source=made.source, number="new", state=""))
            yield note_on_created(blank, made.key, made.intent_id)


def _link(uow: UnitOfWork, number: str) -> str:
    """Where people open the entry: its record in the first system that mirrors it."""
    found = [
        one.remote.link
        for one in uow.outbox.known_of(number)
        if one.kind is PushKind.REGISTER_ENTRY and one.remote.link
    ]
    return next(iter(found), "")
