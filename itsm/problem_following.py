"""An improvement and the problem it is about: which one, and what each tells the other; pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from itsm.pushing import Intent, PushAction, PushKind, identified, key_of
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import ProblemState

SOLVED = frozenset({ProblemState.RESOLVED.value, ProblemState.CLOSED.value})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LinkedProblem:
    """A problem record; `state` as `itsm.states` names it.

    `by` is whoever brought it there, where its system's history tells it: a name, or a pseudonym of
    the store.
    """

    source: str
    number: str
    state: str
    resolved_at: datetime | None = None
    by: str = ""

    @property
    def name(self) -> str:
        """Source and number."""
        return f"{self.source}/{self.number}"

    @property
    def told(self) -> str:
        """The state with the day it was reached."""
        on = f" since {self.resolved_at:%Y-%m-%d}" if self.resolved_at else ""
        return f"{self.name} is {self.state}{on}"


def linked_problems(
    entry: RegisterEntry, problems: Iterable[LinkedProblem], created: Collection[str] = ()
) -> tuple[LinkedProblem, ...]:
    """The problems an entry is about.

    It names them with their source, or by number alone; then it is the one of that number in a
    source that the evidence of the entry comes from. `created` are further ones, with their source.
    """
    named = {*created, *(entry.pattern.problems if entry.pattern else ())}
    if entry.origin is Origin.PROBLEM and entry.origin_record:
        named.add(entry.origin_record)
    sources = {one.partition("/")[0] for one in entry.evidence if "/" in one}
    return tuple(
        sorted(
            one
            for one in problems
            if one.name in named or (one.number in named and one.source in sources)
        )
    )


def proposes_review(
    entry: RegisterEntry, problems: Iterable[LinkedProblem], created: Collection[str] = ()
) -> tuple[LinkedProblem, ...]:
    """The problems of an entry in progress, if all of them are solved; then it may be reviewed."""
    if entry.state is not RegisterState.IN_PROGRESS:
        return ()
    found = linked_problems(entry, problems, created)
    return found if all(one.state in SOLVED for one in found) else ()


def status_note(
    before: RegisterEntry,
    after: RegisterEntry,
    problem: LinkedProblem,
    link: str,
    *,
    actor: str,
    at: datetime,
) -> Intent:
    """The internal note that tells a problem where its improvement stands; one per version.

    Args:
        before: the entry as it was.
        after: as it is now.
        problem: whose record is told.
        link: where people open the entry, "" where nowhere.
        actor: who moved the entry.
        at: when.
    """
    was, now = (one.state.value.replace("_", " ") for one in (before, after))
    where = f" {link}" if link else ""
    text = f"Improvement {after.number} ({after.title}) went from {was} to {now}.{where}"
    made = Intent(
        source=problem.source,
        action=PushAction.NOTE,
        kind=PushKind.PROBLEM,
        subject=after.number,
        key=key_of(PushKind.PROBLEM, f"{after.number}/{problem.name}"),
        number=problem.number,
        text=text,
        actor=actor,
        at=at,
        decision_id=f"{after.number}/{after.version}",
    )
    return identified(made)


def note_on_created(note: Intent, key: str, created: str) -> Intent:
    """The same note on a problem that the pipeline creates: by its key, after its creation."""
    return identified(replace(note, key=key, number="", needs=created))
