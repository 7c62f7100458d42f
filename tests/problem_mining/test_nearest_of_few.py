"""What few rows bring to the lists of many is what all looking among them brings."""

import numpy as np
import pytest

from problem_mining.features import in_steps, unit_rows
from problem_mining.nearest import nearest, no_lists, places_of
from problem_mining.nearest_of_few import nearest_of_few


@pytest.mark.parametrize("exact_up_to", [50, 5_000])
@pytest.mark.parametrize("k", [0, 1, 6])
def test_it_is_what_looking_row_by_row_gives(exact_up_to: int, k: int) -> None:
    draw = np.random.default_rng(5)
    vectors = unit_rows(np.round(draw.normal(size=(600, 12)) * 2).astype(np.float32))
    groups = draw.integers(-1, 3, 600)
    places = places_of(vectors, groups, exact_up_to)
    few = np.sort(draw.choice(600, 40, replace=False))
    many = np.setdiff1d(np.arange(600), few)
    steps = in_steps(vectors)
    before = nearest(steps, places, no_lists(600, k), many, many)
    row_by_row = nearest(steps, places, before, many, few)
    cell_by_cell = nearest_of_few(steps, places, before, many, few)
    assert cell_by_cell.ids.tolist() == row_by_row.ids.tolist()
    assert cell_by_cell.scores.tobytes() == row_by_row.scores.tobytes()
    assert k == 0 or (cell_by_cell.ids != before.ids).any()
    nobody = nearest_of_few(steps, places, before, many, few[:0])
    assert nobody.ids.tolist() == before.ids.tolist()
