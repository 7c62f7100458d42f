"""Which shipped pair model is used: where a company has no labels of its own, these stand in."""

from collections.abc import Mapping

import numpy as np

from problem_mining.nodes import IntArray
from problem_mining.shipped import FIELDS, NO_CI, TEXT
from problem_mining.similarity import Weights

MIN_KNOWN_SHARE = 0.2
"""A field counts as there when at least this share of the incidents has it."""


def weights_for(codes: Mapping[str, IntArray], rows: IntArray) -> Weights:
    """The shipped pair model for what rows have: with CI, with other fields, or text alone."""
    known = {field: float(np.mean(values[rows] >= 0)) for field, values in codes.items()}
    if known["ci"] >= MIN_KNOWN_SHARE:
        return FIELDS
    if max(known["service"], known["category"], known["team"]) >= MIN_KNOWN_SHARE:
        return NO_CI
    return TEXT
