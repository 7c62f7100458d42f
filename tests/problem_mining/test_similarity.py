"""What is measured of pairs whose fields are left out is what it is where there were none."""

from dataclasses import replace

import numpy as np
import pytest

from flows.minable import prepared
from problem_mining.nodes import IntArray, collapse, read_rows, subset
from problem_mining.search import search
from problem_mining.settings import DEFAULT
from problem_mining.similarity import PairSpace, pair_features, with_fields_of
from tests.eval.estate_corpora import estate


@pytest.fixture(scope="module")
def measured() -> tuple[PairSpace, IntArray]:
    rows = read_rows(prepared(estate(300, 201).incidents))
    nodes = collapse(subset(rows, np.flatnonzero(rows.has_word)))
    return search(nodes, DEFAULT, lambda step, share: None)


@pytest.mark.parametrize("field", ["service", "ci", "category", "location", "team"])
def test_a_field_left_out_is_measured_as_if_texts_were_read_again(
    measured: tuple[PairSpace, IntArray], field: str
) -> None:
    space, pairs = measured
    codes = {**space.nodes.codes, field: np.full_like(space.nodes.codes[field], -1)}
    left = replace(space, nodes=replace(space.nodes, codes=codes))
    before = pair_features(space, pairs)
    kept = before.copy()
    found = with_fields_of(left, pairs, before)
    assert (before == kept).all()
    assert (found == pair_features(left, pairs)).all()
    assert (found != before).any()
