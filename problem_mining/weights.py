"""The pair models that are shipped: used where a company has no labels of its own."""

from collections.abc import Mapping

import numpy as np

from problem_mining.nodes import IntArray
from problem_mining.similarity import NAMES, Weights

MIN_KNOWN_SHARE = 0.2


def _weights(name: str, n_train: int, provenance: str, bias: float, **values: float) -> Weights:
    return Weights(name, bias, tuple(values.get(n, 0.0) for n in NAMES), n_train, provenance)


FIELDS = _weights(
    "fields",
    5000,
    "hand-set",
    -6.0,
    dense_cosine=2,
    word_cosine=2,
    term_overlap=3,
    char_cosine=2,
    rarest_shared_term=1,
    unshared_terms=-1,
    names_differ=-0.5,
    names_shared=1,
    service_same=0.5,
    service_differs=-2,
    ci_same=1.5,
    ci_rarity=2,
    ci_differs=-2,
    category_same=0.5,
    category_differs=-1,
    team_same=0.3,
    team_differs=-1,
)
NO_CI = _weights(
    "no_ci",
    5000,
    "hand-set",
    -6.0,
    dense_cosine=2,
    word_cosine=2,
    term_overlap=3,
    char_cosine=2,
    rarest_shared_term=1,
    unshared_terms=-1,
    names_differ=-0.5,
    names_shared=1,
    service_same=0.5,
    service_differs=-2,
    category_same=0.5,
    category_differs=-1,
    team_same=0.3,
    team_differs=-1,
)
TEXT = _weights(
    "text",
    5000,
    "hand-set",
    -5.5,
    dense_cosine=2,
    word_cosine=2,
    term_overlap=3,
    char_cosine=2,
    rarest_shared_term=1,
    unshared_terms=-1,
    names_differ=-0.5,
    names_shared=1,
)


def weights_for(codes: Mapping[str, IntArray], rows: IntArray) -> Weights:
    """The shipped pair model for what rows have: with CI, with other fields, or text alone."""
    known = {field: float(np.mean(values[rows] >= 0)) for field, values in codes.items()}
    if known["ci"] >= MIN_KNOWN_SHARE:
        return FIELDS
    if max(known["service"], known["category"], known["team"]) >= MIN_KNOWN_SHARE:
        return NO_CI
    return TEXT
