"""How the weeks stand, for `csi status`: missed, made late, and made with what was not let in."""

from collections.abc import Iterator
from datetime import datetime

from flows.catching_up import missed, told_left
from flows.used_configuration import not_applied, told
from flows.weeks import reporting_week
from flows.wiring import Parts
from store.week_runs import How

SHOWN = 8
"""So many of the newest weeks that were made late are named."""


def told_weeks(parts: Parts, now: datetime) -> Iterator[str]:
    """A line for each thing there is to say; nothing where every week was made in its time."""
    found = missed(parts, reporting_week(parts, None), now)
    if found.weeks:
        names = ", ".join(one.label for one in found.weeks)
        yield f"missed: {names}; the next weekly run makes them first"
    if found.left:
        yield told_left(found)
    with parts.store.look() as uow:
        runs = uow.week_runs.list()
    late = [one.week for one in runs if one.how is How.LATE and one.is_done(now)]
    if late:
        yield f"made late: {', '.join(late[-SHOWN:])}"
    if changes := not_applied(parts):
        yield f"the configuration is not the one that was applied: {told(changes)}"
