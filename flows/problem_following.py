"""An entry follows its problem: once that is solved in its system, a review is proposed here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.core.delivering import Delivery
from connectors.core.reading_back import ReadBack, authors, read_back
from flows.mirroring import queue_mirrors
from flows.registering import act_of
from flows.stages.deliver import Door
from flows.wiring import Parts
from itsm.errors import ConfigError, RoleError, SourceError, TransitionError
from itsm.journal import JournalKind
from itsm.problem_following import LinkedProblem, proposes_review
from itsm.pushed import Known
from itsm.pushing import STATE, PushKind
from itsm.register import RegisterEntry, RegisterState
from itsm.register_mirroring import editor
from itsm.register_rules import Act, moved
from store.improving import change, note_of
from store.unit_of_work import UnitOfWork

PROPOSES = "proposes"
"""The fact of a row that proposes another state."""


def follow_problems(
    parts: Parts, at: datetime, asked: Sequence[LinkedProblem] = (), *, dry: bool = False
) -> list[str]:
    """Propose a review, or move to it, for entries in progress whose problems are solved; once.

    Each entry is a transaction of its own.

    Args:
        parts: settings and store.
        at: now.
        asked: problems that are not pulled, from `ask_for`.
        dry: whether only to say what would be done.

    Returns:
        What was proposed or moved, a line an entry.
    """
    mode = parts.settings.improvement.follow_problem
    if mode == "off":
        return []
    with parts.store.begin() as uow:
        problems = (*uow.problems.all(), *asked)
        numbers = [one.number for one in uow.register.list() if _news(uow, one, problems)]
    lines = []
    for number in numbers:
        with parts.store.begin() as uow:
            entry = uow.register.get(number)
            if found := _news(uow, entry, problems):
                lines.append(_followed(uow, parts, entry, found, at, is_move=mode == "move"))
                if not dry:
                    uow.commit()
    return [f"would: {line}" for line in lines] if dry else lines


def ask_for(
    parts: Parts, doors: Mapping[str, Door], troubles: dict[str, str]
) -> tuple[LinkedProblem, ...]:
    """The problems that were created for entries in progress, where their source pulls none.

    Args:
        parts: settings and store.
        doors: the sources that may be written to.
        troubles: why a source could not be read, by source; added to.
    """
    with parts.store.begin() as uow:
        pulled = {one.name for one in uow.problems.all()}
        known = [
            one
            for entry in uow.register.list()
            if entry.state is RegisterState.IN_PROGRESS
            for one in _known(uow, entry)
            if one.source in doors and _name(one) not in pulled
        ]
    found: list[LinkedProblem] = []
    for source in sorted({one.source for one in known} - troubles.keys()):
        door = doors[source]
        try:
            Delivery(door.writer, door.rules).require_instance()
            backs = read_back(door.writer, [one for one in known if one.source == source])
            found += [made for back in backs if (made := _asked(door, back)) is not None]
        except (SourceError, ConfigError) as error:
            troubles[source] = str(error)
    return tuple(found)


def _asked(door: Door, back: ReadBack) -> LinkedProblem | None:
    """A problem as its record tells; None where it is gone."""
    remote = back.remote
    if remote is None:
        return None
    by = authors(door.writer, back).get(STATE, "")
    source, number = back.known.source, remote.number
    return LinkedProblem(source=source, number=number, state=remote.state, by=by)


def review_lines(uow: UnitOfWork) -> Iterator[str]:
    """The entries for which a review was proposed, and that are in progress still."""
    rows = uow.journal.rows(kinds=[JournalKind.MIRROR])
    proposed: Mapping[str, tuple[datetime, str]] = {
        row.subject: (row.at, row.facts["problems"]) for row in rows if PROPOSES in row.facts
    }
    for entry in uow.register.list():
        at, problems = proposed.get(entry.number, (None, ""))
        since = entry.state_since_at or entry.raised_at
        if entry.state is RegisterState.IN_PROGRESS and at is not None and at >= since:
            names = ", ".join(one.partition("@")[0] for one in problems.split(","))
            yield f"{entry.number}: {names} is solved; move it to review, or say what is left"


def _news(
    uow: UnitOfWork, entry: RegisterEntry, problems: Sequence[LinkedProblem]
) -> tuple[LinkedProblem, ...]:
    """The solved problems of an entry, if nobody was told of them yet."""
    found = proposes_review(entry, problems, _created(uow, entry))
    if not found:
        return ()
    rows = uow.journal.rows(subject=entry.number, kinds=[JournalKind.MIRROR])
    told = {row.facts.get("problems") for row in rows}
    return () if _key(found) in told else found


def _created(uow: UnitOfWork, entry: RegisterEntry) -> tuple[str, ...]:
    """The problems that the pipeline made for the candidate of an entry."""
    return tuple(map(_name, _known(uow, entry)))


def _known(uow: UnitOfWork, entry: RegisterEntry) -> list[Known]:
    known = uow.outbox.known_of(entry.origin_record) if entry.origin_record else ()
    return [one for one in known if one.kind is PushKind.PROBLEM]


def _name(known: Known) -> str:
    return f"{known.source}/{known.remote.number}"


def _followed(
    uow: UnitOfWork,
    parts: Parts,
    entry: RegisterEntry,
    found: tuple[LinkedProblem, ...],
    at: datetime,
    *,
    is_move: bool,
) -> str:
    told = "; ".join(one.told for one in found)
    act = act_of(parts, editor(found[0].source), told, at)
    act = replace(act, beside=_solvers(uow, parts, found))
    if is_move and _is_moved(uow, parts, entry, act, {"problems": _key(found)}):
        return f"{entry.number}: moved to review: {told}"
    facts = {PROPOSES: RegisterState.REVIEW.value, "problems": _key(found)}
    uow.journal.append(note_of(act, JournalKind.MIRROR, entry.number, facts))
    return f"{entry.number}: review is proposed: {told}"


def _solvers(uow: UnitOfWork, parts: Parts, found: tuple[LinkedProblem, ...]) -> Mapping[str, str]:
    """Who solved the problems, where that is told, for the journal: one person, or one each."""
    by = {one.number: one.by or uow.problems.brought_by(one) for one in found}
    names = {
        name: next(iter(parts.store.people.names([who])), "") for name, who in by.items() if who
    }
    if len(set(names.values())) == 1 and len(names) == len(found):
        return {"solver": next(iter(names.values()))}
    return {f"solver_{number}": name for number, name in names.items()}


def _is_moved(
    uow: UnitOfWork, parts: Parts, entry: RegisterEntry, act: Act, facts: Mapping[str, str]
) -> bool:
    """Move to review, as far as the rules let it."""

    def to_review(one: RegisterEntry, by: Act) -> RegisterEntry:
        return moved(one, RegisterState.REVIEW, by)

    try:
        change(uow, entry.number, act, JournalKind.MIRROR, to_review, facts=facts)
    except (TransitionError, RoleError):
        return False
    queue_mirrors(uow, parts)
    return True


def _key(found: tuple[LinkedProblem, ...]) -> str:
    """Which problems, and when each was solved: solved again is news again."""
    return ",".join(
        f"{one.name}@{one.resolved_at.isoformat() if one.resolved_at else one.state}"
        for one in found
    )
