"""Taking back what one has just done to an entry of the register."""

from dataclasses import dataclass

from itsm.journal import JournalKind
from itsm.register import RegisterEntry
from itsm.register_rules import Act, taken_back
from store.improving import change
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest change of an entry.

    Attributes:
        entry: as it is.
        before: as it was; None where it has just been proposed.
        by: who has changed it, "" for the pipeline.
    """

    entry: RegisterEntry
    before: RegisterEntry | None
    by: str


def take_back(uow: UnitOfWork, number: str, act: Act, seen: int | None = None) -> RegisterEntry:
    """Take back the newest change of an entry, as whoever made it.

    Raises:
        TransitionError, RoleError: the rules refuse it.
        StaleDecisionError: somebody has changed it since it was looked at.
    """
    newest = newest_change(uow, number)
    before = newest.before
    is_moved = before is not None and before.state is not newest.entry.state
    return change(
        uow,
        number,
        act,
        JournalKind.TRANSITION if is_moved else JournalKind.EDIT,
        lambda one, by: taken_back(one, before, newest.by, by),
        seen,
        {"takes_back": str(newest.entry.version)},
    )


def newest_change(uow: UnitOfWork, number: str) -> Newest:
    """The newest change of an entry, and who has made it."""
    versions = [entry for _, entry in uow.register.versions(number)]
    entry = uow.register.get(number)
    rows = uow.journal.rows(subject=number)
    made = [row for row in rows if row.facts.get("version") == str(entry.version)]
    by = uow.journal.names().get(made[-1].actor, "") if made else ""
    before = versions[-2] if len(versions) > 1 else None
    return Newest(entry=entry, before=before, by=by)
