"""The pair model: learned from known causes, kept as plain numbers, explained term by term."""

import json
from dataclasses import replace

import numpy as np
import pytest

from itsm.errors import MiningError
from problem_mining.company import MIN_PROBABILITY, OWN, SUPPORT, company_of, support_features
from problem_mining.measured import INDEX, NAMES
from problem_mining.model import (
    PRIOR_SHARE,
    PairModel,
    as_plain,
    contributions,
    doubt,
    from_plain,
    own_odds,
    prior_shift,
    probability,
)
from problem_mining.training import AGAINST, KnownPairs, fit, fit_plain
from problem_mining.weights import shipped_models


def known(seed: int, n: int = 400) -> KnownPairs:
    """Pairs where one cause means the same CI together with like wording."""
    draw = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(n) for j in range(i + 1, min(i + 8, n))])
    features = np.zeros((len(pairs), len(NAMES)))
    features[:, INDEX["ci_same"]] = draw.integers(0, 2, len(pairs))
    features[:, INDEX["dense_cosine"]] = draw.uniform(0, 1, len(pairs))
    both = features[:, INDEX["ci_same"]] * (features[:, INDEX["dense_cosine"]] > 0.6)
    same = np.where(draw.uniform(size=len(pairs)) < 0.05, 1 - both, both)
    return KnownPairs(pairs, features, same, n)


@pytest.fixture(scope="module")
def model() -> PairModel:
    return fit([known(1), known(2)], "practice", "drawn pairs")


def test_a_model_learns_that_two_features_must_come_together(model: PairModel) -> None:
    table = np.zeros((3, len(NAMES)), dtype=np.float32)
    table[:, INDEX["ci_same"]] = [1, 1, 0]
    table[:, INDEX["dense_cosine"]] = [0.95, 0.05, 0.95]
    p = probability(own_odds(table, model, model.n_train, corrects_prior=True))
    assert p[0] > 0.7
    assert p[1] < 0.2
    assert p[2] < 0.2


def test_contributions_and_bias_add_up_to_the_log_odds(model: PairModel) -> None:
    features = known(3).features[:50].astype(np.float32)
    odds = own_odds(features, model, model.n_train, corrects_prior=False)
    assert np.allclose(contributions(features, model).sum(axis=1) + model.bias, odds, atol=1e-4)


def test_chance_grows_with_the_number_of_texts(model: PairModel) -> None:
    features = known(3).features[:5].astype(np.float32)
    few = own_odds(features, model, 10_000, corrects_prior=True)
    many = own_odds(features, model, 100_000, corrects_prior=True)
    assert np.allclose(few - many, PRIOR_SHARE * np.log(10), atol=1e-3)
    assert prior_shift(1, 5000) == prior_shift(100, 5000) < 0


def test_a_model_survives_json_and_gives_the_same(model: PairModel) -> None:
    read = from_plain(json.loads(json.dumps(as_plain(model))))
    features = known(3).features[:50].astype(np.float32)
    before = own_odds(features, model, 400, corrects_prior=False)
    after = own_odds(features, read, 400, corrects_prior=False)
    assert np.allclose(before, after, atol=0.01)
    assert as_plain(read) == as_plain(model)


def test_a_model_of_other_features_is_refused(model: PairModel) -> None:
    with pytest.raises(MiningError, match="train it again"):
        from_plain(as_plain(model) | {"features": ["something"]})


def test_nothing_is_learned_from_one_kind_of_pair() -> None:
    one = known(1)
    with pytest.raises(MiningError, match="pairs of one cause and pairs of two"):
        fit([KnownPairs(one.pairs, one.features, np.zeros(len(one.pairs)), one.n)], "none", "")


def test_shipped_models_say_where_they_come_from() -> None:
    plain = {f"{kind}_plain" for kind in ("fields", "fields_large", "no_ci", "text")}
    assert set(shipped_models()) == plain | {"fields", "fields_large", "no_ci"}
    for name, shipped in shipped_models().items():
        assert shipped.name == name
        assert "practice estates" in shipped.provenance


def test_company_counts_what_two_share_and_what_speaks_against() -> None:
    pairs = np.array([[0, 1], [0, 2], [1, 2], [3, 4]])
    p = np.array([0.5, 0.8, 0.5, 0.9])
    own = np.zeros((4, len(OWN)), dtype=np.float32)
    found = support_features(company_of(5, pairs, p), pairs, np.log(p / (1 - p)), p, own)
    column = {name: found[:, place] for place, name in enumerate(SUPPORT)}
    cosine = (2 * 0.5 + 0.8 * 0.5) / np.sqrt((1 + 0.25 + 0.64) * (1 + 0.25 + 0.25))
    assert column["shared_company"][0] == pytest.approx(cosine, abs=1e-4)
    assert column["shared_company"][3] == pytest.approx(2 * 0.9 / 1.81, abs=1e-4)
    assert column["shared_count"][[0, 3]] == pytest.approx([np.log1p(0.4), 0], abs=1e-4)
    assert column["closest_shared"][[0, 3]] == pytest.approx([0.4, 0], abs=1e-4)
    assert column["least_company"][0] == pytest.approx(np.log1p(1.0), abs=1e-4)
    assert column["most_company"][0] == pytest.approx(np.log1p(1.3), abs=1e-4)
    # 0 resembles 2 (.8), which is unlike 1 (.5); 1 resembles 2 (.5), which is unlike 0 (.2).
    assert column["least_contradicted"][0] == pytest.approx(np.log1p(0.1), abs=1e-4)
    assert column["most_contradicted"][0] == pytest.approx(np.log1p(0.4), abs=1e-4)


def test_what_each_keeps_of_company_is_summed_up_once_and_not_with_each_pair() -> None:
    pairs = np.array([[0, 1], [0, 2], [1, 2], [1, 3], [3, 4]])
    p = np.array([0.9, 0.5, 0.25, 0.01, 0.75])
    company, own = company_of(5, pairs, p), np.zeros((5, len(OWN)), dtype=np.float32)
    near = np.zeros((5, 5))
    for (i, j), value in zip(pairs[p >= MIN_PROBABILITY], p[p >= MIN_PROBABILITY], strict=True):
        near[i, j] = near[j, i] = value
    np.testing.assert_allclose(company.total, near.sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(company.squares, (near**2).sum(axis=1), rtol=1e-6)
    taken = replace(company, total=company.total + 1.0, squares=company.squares + 1.0)
    found, other = (support_features(each, pairs, p, p, own) for each in (company, taken))
    is_other = {name for name, some in zip(SUPPORT, (found != other).T, strict=True) if some.any()}
    assert is_other == {"shared_company", "least_company", "most_company"}


def test_where_hardly_anything_repeats_all_is_doubted() -> None:
    pairs = np.column_stack([np.arange(0, 200, 2), np.arange(1, 200, 2)])
    often = np.where(np.arange(100) < 40, 4.0, -4.0)
    seldom = np.where(np.arange(100) < 4, 1.0, -4.0)
    assert doubt(200, pairs, often, 0.4) == 0
    assert doubt(200, pairs, seldom, 0.4) > 2
    assert doubt(200, pairs, seldom, 0.0) == 0


def test_the_plain_model_keeps_the_sign_of_every_feature() -> None:
    plain = fit_plain([known(1)], "plain", "drawn pairs")
    against = [name in AGAINST or name.endswith("_differs") for name in NAMES]
    for weight, minus in zip(plain.linear, against, strict=True):
        assert weight <= 0 if minus else weight >= 0
    assert not plain.products.any()
    assert plain.linear[INDEX["ci_same"]] > 0
