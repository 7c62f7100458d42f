"""Pairs looked up by parts are found as a plain look-up finds them."""

import numpy as np
import pytest

from problem_mining import pair_rows
from problem_mining.pair_rows import of_both, union_of, with_one_of
from problem_mining.pair_rows import pair_rows as rows_of


@pytest.fixture(autouse=True)
def _in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_rows, "AT_ONCE", 7)


def test_a_union_is_ordered_and_has_nothing_twice() -> None:
    draw = np.random.default_rng(1)
    n = 40
    codes = [draw.integers(0, n * n, size) for size in (0, 3, 90, 500)]
    found = union_of(iter(codes), 1_000, n)
    wanted = sorted({int(code) for some in codes for code in some})
    assert found.tolist() == [[code // n, code % n] for code in wanted]
    assert found.dtype == np.int32
    assert len(union_of([], 10, n)) == 0


@pytest.mark.parametrize("is_ordered", [True, False])
def test_every_pair_is_found_in_its_place_or_not_at_all(is_ordered: bool) -> None:
    draw = np.random.default_rng(2)
    n = 30
    pairs = union_of([np.unique(draw.integers(0, n * n, 200))], 200, n)
    place = {tuple(pair): at for at, pair in enumerate(pairs.tolist())}
    wanted = draw.integers(0, n, (100, 2))
    if is_ordered:
        wanted = wanted[np.lexsort((wanted[:, 1], wanted[:, 0]))]
    rows = rows_of(pairs, n)
    found = rows.places(wanted).tolist()
    assert found == [place.get(tuple(pair), -1) for pair in wanted.tolist()]
    assert rows.places(pairs).tolist() == list(range(len(pairs)))
    assert rows_of(pairs[:0], n).places(wanted).tolist() == [-1] * 100


def test_pairs_with_some_texts() -> None:
    pairs = np.array([[0, 1], [0, 2], [1, 3], [2, 3]] * 5, dtype=np.int32)
    is_one = np.array([True, True, False, False])
    assert with_one_of(pairs, is_one).tolist() == [True, True, True, False] * 5
    assert of_both(pairs, is_one).tolist() == [True, False, False, False] * 5
