"""What people have changed in records that the pipeline writes: for whoever mirrors them here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors.core.writing import Writer
from itsm.errors import ForbiddenError
from itsm.pushed import Difference, Known, Remote
from itsm.pushing import STATE


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A record as it is there now, and what differs from how it was last seen here.

    Attributes:
        known: as it was last seen.
        remote: as it is; None where it is not there any more, or may not be seen.
        changes: field by field: `seen` and `theirs`; `ours` is what was seen.
    """

    known: Known
    remote: Remote | None
    changes: tuple[Difference, ...]


def read_back(writer: Writer, records: Iterable[Known]) -> Iterator[ReadBack]:
    """Read records again.

    Whoever takes a change over notes it with `uow.outbox.note(taken_over(...))`, in the transaction
    in which it is taken over; until then it counts as not looked at, and is never written over.

    Raises:
        SourceError: the system cannot be asked.
    """
    for known in records:
        remote = writer.read(known.kind, known.remote.key)
        yield ReadBack(known, remote, () if remote is None else _changes(known, remote))


def authors(writer: Writer, back: ReadBack) -> dict[str, str]:
    """Who gave the fields that differ what they hold, as far as the system tells.

    Raises:
        SourceError: the system cannot be asked.
    """
    if not back.changes:
        return {}
    try:
        edits = writer.edits(back.known.remote) or ()
    except ForbiddenError:
        return {}
    now = {one.field: one.theirs for one in back.changes}
    return {e.field: e.by for e in edits if e.by and not e.is_ours and now.get(e.field) == e.after}


def _changes(known: Known, remote: Remote) -> tuple[Difference, ...]:
    names = [STATE, *sorted(remote.fields.keys() & known.remote.fields.keys())]
    return tuple(
        Difference(field=name, seen=seen, theirs=remote.value(name), ours=seen)
        for name in names
        if (seen := known.remote.value(name)) != remote.value(name)
    )
