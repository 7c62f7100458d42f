"""The catalogue: every figure a pack may hold, by id."""

from collections.abc import Mapping
from types import MappingProxyType

from reports.measures.contract import Contract
from reports.measures.families import FAMILIES

CATALOGUE: Mapping[str, Contract] = MappingProxyType(
    {one.figure_id: one for family in FAMILIES for one in family.CONTRACTS}
)
"""One contract per figure id, in the order in which they are computed."""

__all__ = ["CATALOGUE", "Contract"]
