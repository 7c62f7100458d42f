"""Pairs looked up by parts are found as a plain look-up finds them."""

import numpy as np
import pytest

from problem_mining import pair_rows
from problem_mining.pair_rows import of_both, union_of, with_one_of
from problem_mining.pair_rows import pair_rows as rows_of


@pytest.fixture(autouse=True)
def _in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_rows, "AT_ONCE", 7)
    monkeypatch.setattr(pair_rows, "ROWS_AT_ONCE", 7)


def lists_of(draw: np.random.Generator, n: int) -> list[np.ndarray]:
    """Lists with gaps, with a row in its own, and with one row in very many."""
    drawn = [draw.integers(-1, n, (n, k)).astype(np.int32) for k in (0, 1, 5)]
    return [*drawn, np.full((n, 1), n // 2, dtype=np.int32)]


def test_a_union_is_ordered_and_has_nothing_twice() -> None:
    for n in (1, 2, 40):
        lists = lists_of(np.random.default_rng(n), n)
        found = union_of(lists, n)
        every = [(row, int(other)) for ids in lists for row in range(n) for other in ids[row]]
        wanted = {(min(pair), max(pair)) for pair in every if min(pair) >= 0}
        assert found.tolist() == sorted([a, b] for a, b in wanted if a != b)
        assert found.dtype == np.int32
    assert len(union_of([], 10)) == 0


@pytest.mark.parametrize("is_ordered", [True, False])
def test_every_pair_is_found_in_its_place_or_not_at_all(is_ordered: bool) -> None:
    draw = np.random.default_rng(2)
    n = 30
    pairs = union_of(lists_of(draw, n), n)
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
