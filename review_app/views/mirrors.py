"""Where an entry is mirrored: the record in each tool, and how the newest write to it stands."""

from dataclasses import dataclass

from itsm.pushing import PushKind
from itsm.register import RegisterEntry
from reports.lookup import words
from reports.text import clean
from review_app.addresses import safe_address
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorLine:
    """The record of another system that stands for an entry."""

    source: str
    number: str
    address: str | None
    state: str
    said: str
    n_conflicts: int


def mirror_lines(uow: UnitOfWork, entry: RegisterEntry) -> tuple[MirrorLine, ...]:
    """Where it is mirrored, with how the newest write stands and what waits for a choice."""
    known = {one.source: one for one in uow.outbox.known_of(entry.number)}
    fates = uow.outbox.fates(subject=entry.number)
    own = [fate for fate in fates if fate.intent.kind is PushKind.REGISTER_ENTRY]
    newest = {fate.intent.source: fate for fate in own}
    conflicts = uow.conflicts.list(subject=entry.number)
    lines = []
    for source in sorted(known.keys() | newest.keys()):
        record, fate = known.get(source), newest.get(source)
        link = (record.remote.link if record else "") or (fate.link if fate else "")
        named = (record.remote.number if record else "") or (fate.number if fate else "")
        lines.append(
            MirrorLine(
                source=clean(source, 60),
                number=clean(named, 60),
                address=safe_address(link),
                state=words(fate.state) if fate else "seen there",
                said=clean(fate.said, 300) if fate else "",
                n_conflicts=sum(one.fate.intent.source == source for one in conflicts),
            )
        )
    return tuple(lines)
