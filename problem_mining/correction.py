"""What a company's own evidence adds to the weights of a shipped model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from problem_mining.measured import NAMES
from problem_mining.model import PairModel


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the weights of a shipped model: per feature, in log-odds per unit of it."""

    base: str
    bias: float
    weights: Mapping[str, float]


def corrected(model: PairModel, correction: Correction | None) -> PairModel:
    """A shipped model with a company's correction; unchanged where it is for another model."""
    if correction is None or correction.base != model.name:
        return model
    extra = np.array([correction.weights.get(name, 0.0) for name in NAMES])
    # The first step weighs features in standard deviations of its own training.
    return replace(
        model,
        bias=model.bias + correction.bias + float(extra @ model.centre),
        linear=model.linear + extra * model.scale,
        provenance=f"{model.provenance}; corrected by the company's own evidence",
    )
