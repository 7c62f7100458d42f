"""What a field that nobody fills costs: the figures that are not available without it, or weaker.

`field_costs.toml` tells what was found out by measuring a practice estate with and without each
field that the contract of a figure names (`python -m tests.flows.field_costs`). Of figures that
such an estate does not tell, as of the register, the contract's word is taken.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flows.minable import MINED_FIELDS
from itsm.states import RecordKind

MINING = "problem_candidates"
"""What is told of the fields that mining groups incidents by."""
_TEXTS = ("title", "description")


@dataclass(frozen=True, slots=True)
class Cost:
    """The figures that a field costs.

    Attributes:
        gone: those that are not available without it.
        other: those that are told otherwise without it: of fewer records, or as nothing at all.
    """

    gone: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


def cost_of(kind: RecordKind, field: str = "") -> Cost:
    """What it costs that no record of a kind holds a field, or that there is no such record.

    Of history: that no event tells of the field.
    """
    known = _costs().get((kind, field), Cost())
    if kind is RecordKind.INCIDENT and field in (*_TEXTS, *MINED_FIELDS):
        return Cost(known.gone, (*known.other, MINING))
    return known


@cache
def _costs() -> Mapping[tuple[str, str], Cost]:
    told = tomllib.loads(resources.files("flows").joinpath("field_costs.toml").read_text("utf-8"))
    whole = {(kind, ""): one for kind, one in told.items()}
    fields = {
        (kind, name): one
        for kind, inner in told.items()
        for name, one in inner.items()
        if isinstance(one, dict)
    }
    return {
        key: Cost(tuple(one.get("gone", ())), tuple(one.get("other", ())))
        for key, one in (whole | fields).items()
    }
