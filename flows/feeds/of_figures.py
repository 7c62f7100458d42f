"""Feeds that read figures of the week: vendors, knowledge, hand-offs."""

from collections.abc import Iterator

from flows.feeds.material import Given, Material, Missing, Proposed
from itsm.figures import Figure
from itsm.register import Origin
from itsm.register_parts import Dimension

FIGURES = ("vendor_ladder", "knowledge_gaps", "handoff_delay")
"""The figures that are asked for."""


def vendors(material: Material) -> Given:
    """A vendor that missed so many commitments by itself that a step of the ladder is due."""
    if reason := material.lacks("vendor_ladder"):
        return Missing(feed="vendor", reason=reason)
    bar = material.thresholds.vendor_step
    due = [one for one in material.slices("vendor_ladder") if one.value >= bar]
    return (_vendor(one, material) for one in sorted(due, key=_most))


def _vendor(one: Figure, material: Material) -> Proposed:
    name = one.dimensions["vendor"]
    return Proposed(
        key=(name, material.quarter),
        title=f"Commitments of {name} are missed: agree on corrective actions",
        description=(
            f"Step {one.value:.0f} of the escalation ladder is due in {material.week.label}; our "
            "own share of the delay is taken out. `csi vendor` prints the dossier."
        ),
        origin=Origin.VENDOR_REVIEW,
        origin_record=f"{name} {material.quarter}",
        evidence=one.rows,
        measure_id="vendor_net_commitments",
        dimension=Dimension.PARTNER,
    )


def knowledge(material: Material) -> Given:
    """A pattern that is fixed the same way again and again, and has no article."""
    if reason := material.lacks("knowledge_gaps"):
        return Missing(feed="knowledge", reason=reason)
    bar = material.thresholds.gap_members
    gaps = [
        one
        for one in material.slices("knowledge_gaps")
        if one.companions.get("resolved", 0.0) >= bar
    ]
    return _gaps(gaps, material)


def _gaps(gaps: list[Figure], material: Material) -> Iterator[Proposed]:
    statements = {one.candidate_id: one.statement for one in material.candidates or ()}
    for one in sorted(gaps, key=lambda gap: -gap.companions["resolved"]):
        name = one.dimensions["candidate"]
        said = statements.get(name, name)
        yield Proposed(
            key=(name,),
            title=f"Write down the fix of: {said}",
            description=(
                f"{one.companions['resolved']:.0f} incidents were resolved, "
                f"{one.companions['same fix']:.0%} of them with one close code, and no article is "
                "linked to any."
            ),
            origin=Origin.MINED_CANDIDATE,
            origin_record=name,
            evidence=one.rows,
            measure_id="knowledge_use",
            dimension=Dimension.PEOPLE,
        )


def handoffs(material: Material) -> Given:
    """A path between two teams on which incidents wait longest."""
    if reason := material.lacks("handoff_delay"):
        return Missing(feed="handoff", reason=reason)
    bar = material.thresholds.handoff_wait_h
    worst = [
        one
        for one in material.slices("handoff_delay")
        if {"from", "to"} <= one.dimensions.keys() and one.companions.get("total", 0.0) >= bar
    ]
    ordered = sorted(worst, key=lambda one: -one.companions["total"])
    return (_handoff(one, material) for one in ordered)


def _handoff(one: Figure, material: Material) -> Proposed:
    start, end = one.dimensions["from"], one.dimensions["to"]
    return Proposed(
        key=(start, end, material.quarter),
        title=f"Shorten the wait between {start} and {end}",
        description=(
            f"{one.companions['total']:.0f} hours were waited on this path in "
            f"{material.week.label}, {one.value:.1f} hours in the median of {one.n} hand-offs. It "
            "is about the path, and about nobody on it."
        ),
        origin=Origin.MANUAL,
        origin_record=f"{start} -> {end} {material.quarter}",
        evidence=one.rows,
        measure_id="handoff_delay",
        base_value=one.value,
        dimension=Dimension.PROCESS,
    )


def _most(one: Figure) -> tuple[float, str]:
    return (-one.value, str(sorted(one.dimensions.items())))
