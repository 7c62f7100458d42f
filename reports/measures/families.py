"""The families of figures, in the order of a pack: the one list of what is computed."""

from collections.abc import Iterator
from typing import Protocol

from itsm.figures import FigureResult
from reports.measures import (
    approvals,
    at_risk,
    availability,
    backlog,
    catalogue_health,
    change_types,
    changes,
    cmdb,
    contact,
    cost,
    deflection,
    durations,
    escalation,
    experience,
    handling,
    handoffs,
    induced,
    knowledge,
    legs,
    majors,
    mix,
    pauses,
    problems,
    process_map,
    programme,
    reconciliation,
    register,
    reopening,
    repeats,
    requests,
    root_causes,
    sla,
    spikes,
    usable_time,
    vendor_dossier,
    vendor_terms,
    vendors,
    workload,
)
from reports.measures.contract import Contract
from reports.measures.scope import Scope


class Family(Protocol):
    """A module of figures: their definitions, and what computes them for a week."""

    @property
    def CONTRACTS(self) -> tuple[Contract, ...]:  # noqa: N802  # a constant of a module
        """What it computes."""

    def figures(self, scope: Scope) -> Iterator[FigureResult]:
        """A result, or several, for each of its contracts."""


FAMILIES: tuple[Family, ...] = (
    handling,
    backlog,
    durations,
    contact,
    mix,
    spikes,
    knowledge,
    deflection,
    sla,
    legs,
    pauses,
    at_risk,
    reopening,
    repeats,
    handoffs,
    escalation,
    availability,
    majors,
    changes,
    induced,
    change_types,
    approvals,
    vendors,
    vendor_dossier,
    vendor_terms,
    reconciliation,
    experience,
    requests,
    usable_time,
    process_map,
    catalogue_health,
    cmdb,
    problems,
    root_causes,
    register,
    programme,
    cost,
    workload,
)
"""Every family; a new one is added here and nowhere else."""
