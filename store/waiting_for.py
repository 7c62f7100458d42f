"""What waits for one person: counted and listed from everything that is kept."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from itsm.access import Sight
from itsm.packs import ReleaseState
from itsm.register_roles import MAY, Deed, Person
from itsm.waiting import WaitItem, in_order, of_meetings, of_register
from store.publishing import PackLine
from store.unit_of_work import UnitOfWork
from store.waiting import Waiting

MAX_PACKS = 8
"""So many packs that wait for release are named one by one."""


def waits_for(uow: UnitOfWork, person: Person, sight: Sight, today: date) -> tuple[WaitItem, ...]:
    """What waits for a person, what is late first.

    Args:
        uow: a unit of work that reads.
        person: by the name they act under, with their roles in the register.
        sight: what they are shown.
        today: the day in their zone.
    """
    items = [
        *of_register(uow.register.list(), person, sight, today),
        *of_meetings(uow.meetings.actions(), person, today),
    ]
    if person.roles & MAY[Deed.ACCEPT] and not sight.services:
        items += [*_of_manager(uow.waiting()), *_packs(uow)]
    return in_order(items)


def _of_manager(found: Waiting) -> Iterator[WaitItem]:
    """What waits for whoever keeps the register and decides on candidates."""
    counted = (
        ("Candidates to decide on", found.candidates, "/"),
        ("Proposals to accept or drop", found.proposals, "/register?state=new"),
        ("Conflicts to settle", found.conflicts, "/conflicts"),
        ("Pairs that look like one incident", found.pairs, "/pairs"),
        ("Writes that a tool refused", found.refused, "/runs#pushes"),
        ("Deliveries nobody knows the end of", found.deliveries, "/packs"),
        ("Records set aside", found.quarantine, "/quality"),
    )
    for what, n, path in counted:
        if n:
            yield WaitItem(what=what, about=f"{n:,}", path=path, n=n)


def _packs(uow: UnitOfWork) -> Iterator[WaitItem]:
    """The packs of the newest week that nobody has released."""
    lines = uow.packs.lines()
    week = max((line.week for line in lines), default="")
    newest: dict[str, PackLine] = {}
    for line in lines:
        if line.week == week and line.version >= newest.get(line.edition, line).version:
            newest[line.edition] = line
    waiting = [one for one in newest.values() if one.state is ReleaseState.WAITING]
    for one in waiting[:MAX_PACKS]:
        path = f"/packs/{quote(one.pack_id, safe='')}#release"
        yield WaitItem(what="Pack to release", about=one.pack_id, path=path)
    if (left := len(waiting) - MAX_PACKS) > 0:
        yield WaitItem(what="More packs to release", about=f"{left}", path="/packs", n=left)
