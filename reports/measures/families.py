"""The families of figures, in the order of a pack: the one list of what is computed."""

from collections.abc import Iterator
from typing import Protocol

from itsm.figures import FigureResult
from reports.measures import (
    availability,
    backlog,
    changes,
    contact,
    durations,
    experience,
    handling,
    handoffs,
    induced,
    reopening,
    repeats,
    requests,
    sla,
    vendors,
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
    sla,
    reopening,
    repeats,
    handoffs,
    availability,
    changes,
    induced,
    vendors,
    experience,
    requests,
)
"""Every family; a new one is added here and nowhere else."""
