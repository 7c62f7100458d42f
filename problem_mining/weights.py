"""The shipped pair models: used where a company has no labels of its own."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from problem_mining.model import PairModel, from_plain
from problem_mining.nodes import MIN_KNOWN_SHARE, IntArray

PLAIN = "_plain"
MIN_ROWS = 300
"""Fewer incidents are scored by the plain model."""
LARGE = "_large"
LARGE_ROWS = 10_000
"""From so many on a model is used that was trained on more incidents too: chance is another."""


@cache
def shipped_models() -> Mapping[str, PairModel]:
    """The shipped models by name; `python -m tests.eval.train_weights` writes them."""
    text = files("problem_mining").joinpath("shipped.json").read_text(encoding="utf-8")
    return {name: from_plain(plain) for name, plain in json.loads(text).items()}


def shipped_model(codes: Mapping[str, IntArray], rows: IntArray) -> PairModel:
    """The shipped model for what rows have: with CI, with other fields, or text alone.

    Few rows get the plain one: what is learned from thousands of incidents about products of
    features does not hold for a handful. Text alone always gets it: products of text features
    are the words of the records they were learned from, and do not carry over to others.
    """
    suffix = "" if len(rows) >= MIN_ROWS else PLAIN
    suffix_with_ci = LARGE if len(rows) >= LARGE_ROWS else suffix
    known = {field: float(np.mean(values[rows] >= 0)) for field, values in codes.items()}
    if known["ci"] >= MIN_KNOWN_SHARE:
        return shipped_models()[f"fields{suffix_with_ci}"]
    if max(known["service"], known["category"], known["team"]) >= MIN_KNOWN_SHARE:
        return shipped_models()[f"no_ci{suffix}"]
    return shipped_models()[f"text{PLAIN}"]


def teacher_of(model: PairModel) -> PairModel | None:
    """The plain model whose likely pairs teach which words say the same; None for a plain model."""
    return None if model.name.endswith(PLAIN) else shipped_models().get(f"{model.name}{PLAIN}")
