"""The catalogue: every figure a pack may hold, by id."""

from collections.abc import Mapping
from types import MappingProxyType

from reports.measures import (
    availability,
    backlog,
    changes,
    contact,
    durations,
    experience,
    handling,
    handoffs,
    reopening,
    repeats,
    requests,
    sla,
    vendors,
)
from reports.measures.contract import Contract

_ALL = (
    *handling.CONTRACTS,
    *backlog.CONTRACTS,
    *durations.CONTRACTS,
    *contact.CONTRACTS,
    *sla.CONTRACTS,
    *reopening.CONTRACTS,
    *repeats.CONTRACTS,
    *handoffs.CONTRACTS,
    *availability.CONTRACTS,
    *changes.CONTRACTS,
    *vendors.CONTRACTS,
    *experience.CONTRACTS,
    *requests.CONTRACTS,
)

CATALOGUE: Mapping[str, Contract] = MappingProxyType({one.figure_id: one for one in _ALL})
"""One contract per figure id, in the order in which they are computed."""

__all__ = ["CATALOGUE", "Contract"]
