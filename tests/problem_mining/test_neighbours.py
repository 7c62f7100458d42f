"""The search finds the nearest, by cells nearly as well as by looking at all."""

import numpy as np
import pytest

from problem_mining.features import text_features
from problem_mining.neighbours import dense_neighbours, lexical_neighbours, next_in_group
from problem_mining.term_rows import term_rows


def vectors(n: int, seed: int) -> np.ndarray:
    """Vectors around 60 centres, of length 1."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(60, 24))
    points = centres[draw.integers(0, 60, n)] + 0.4 * draw.normal(size=(n, 24))
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / lengths, dtype=np.float32)


def test_exact_search_equals_sorting_all() -> None:
    dense = vectors(300, 1)
    ids, cosines = dense_neighbours(dense, 5, exact_up_to=1000)
    every = dense @ dense.T
    np.fill_diagonal(every, -2)
    assert ids.tolist() == np.argsort(-every, axis=1, kind="stable")[:, :5].tolist()
    assert np.allclose(cosines, np.sort(every, axis=1)[:, ::-1][:, :5], atol=1e-5)


def test_search_by_cells_finds_most_of_what_exact_search_finds() -> None:
    dense = vectors(3000, 2)
    exact, _ = dense_neighbours(dense, 10, exact_up_to=10_000)
    near, _ = dense_neighbours(dense, 10, exact_up_to=100)
    common = sum(len(set(a) & set(b)) for a, b in zip(exact.tolist(), near.tolist(), strict=True))
    assert common / exact.size > 0.9
    assert not any(row in found for row, found in enumerate(near.tolist()))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_vectors_have_few_neighbours(n: int) -> None:
    ids, cosines = dense_neighbours(vectors(n, 3), 5, exact_up_to=100)
    assert ids.shape == cosines.shape == (n, max(n - 1, 0))


def test_rare_shared_terms_make_a_pair_and_lone_terms_do_not() -> None:
    texts = [["vpn", "drops"], ["printer", "jam"], ["vpn", "slow"], ["mouse"]]
    found = lexical_neighbours(text_features(term_rows(texts), 16), 4)
    assert found.ids[:, 0].tolist() == [2, -1, 0, -1]
    assert (found.ids[:, 1:] == -1).all()


def test_next_on_the_same_ci_are_the_next_in_time() -> None:
    groups = np.array([0, 1, 0, 0, -1, -1])
    days = np.array([5.0, 1.0, 1.0, 3.0, 1.0, 1.0])
    assert next_in_group(groups, days, 1).tolist() == [[-1], [-1], [3], [0], [-1], [-1]]
    assert next_in_group(groups, days, 2)[2].tolist() == [3, 0]


def test_texts_of_one_kind_are_near_and_lengths_are_one() -> None:
    texts = [["outlook", "password", "prompt"]] * 2 + [["printer", f"jam{k}"] for k in range(30)]
    found = text_features(term_rows(texts), 16)
    assert np.allclose(np.linalg.norm(found.dense, axis=1), 1, atol=1e-3)
    assert float(found.dense[0] @ found.dense[1]) > 0.99
    assert float(found.dense[0] @ found.dense[5]) < 0.3
