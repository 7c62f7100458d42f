"""Feeds that read decisions and the register: accepted candidates, pilots, guard measures."""

from collections.abc import Iterator
from datetime import timedelta

from flows.feeds.material import Given, Material, Missing, Proposed
from flows.feeds.thresholds import Pilot
from itsm.register import Origin
from itsm.register_parts import Dimension


def pilots(material: Material) -> Given:
    """A pilot that has no entry yet, so that it gets a baseline and a result."""
    if not material.pilots:
        reason = "no pilot is declared under [[improvement.pilots]]"
        return Missing(feed="pilot", reason=reason)
    return (_pilot(one, material) for one in material.pilots if one.started_on < material.today)


def _pilot(one: Pilot, material: Material) -> Proposed:
    due_on = one.started_on + timedelta(weeks=material.thresholds.pilot_weeks)
    state = "is due" if due_on <= material.today else "will be due"
    return Proposed(
        key=(one.name,),
        title=f"Pilot: {one.name}",
        description=(
            f"A pilot of {one.kind} since {one.started_on}. It needs a baseline from before that "
            f"day; its result {state} on {due_on}."
        ),
        origin=Origin.MANUAL,
        origin_record=one.name,
        evidence=(f"pilot/{one.name}",),
        measure_id=one.measure or "deflection",
        dimension=Dimension.TECHNOLOGY,
    )


def guards(material: Material) -> Given:
    """A guard measure of an improvement that got worse: the pain has perhaps only moved."""
    proven = [one for one in material.register if one.proof is not None]
    if not proven:
        return Missing(feed="guard", reason="no entry has a proof yet")
    return _guards(material)


def _guards(material: Material) -> Iterator[Proposed]:
    for entry in material.register:
        for guard in entry.proof.guards if entry.proof else ():
            if guard.is_breached:
                yield Proposed(
                    key=(entry.number, guard.name),
                    title=f"{guard.name} got worse after: {entry.title}",
                    description=f"{entry.number} names it as a guard. {guard.text}",
                    origin=Origin.MANUAL,
                    origin_record=entry.number,
                    evidence=(entry.number, f"figure/{guard.name}"),
                    service=entry.service,
                    measure_id=guard.name,
                    dimension=entry.dimension,
                )
