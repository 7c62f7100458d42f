"""Work in chunks keeps its order; what is compiled gives what a plain look at the words gives."""

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp

from problem_mining.chunks import in_order, parts_of
from problem_mining.company import MIN_PROBABILITY, company_of
from problem_mining.company_rows import company_among, near_among
from problem_mining.features import TextFeatures, cosines, in_steps, text_features, unit_rows
from problem_mining.model import probability
from problem_mining.overlap import Rows, products, rows_of, shared_terms, terms_of
from problem_mining.term_rows import term_rows
from problem_mining.unsaid import FULL_LIFT, UNSAID, OfTerms, unsaid

TEXTS = [
    ["printer", "jams", "floor", "web-01"],
    ["printer", "jams", "again", "web-02"],
    ["invoice", "empty"],
    ["printer", "printer", "web-01"],
    [],
]
EVERY = [(i, j) for i in range(len(TEXTS)) for j in range(len(TEXTS))]


def test_parts_cover_every_number_once() -> None:
    numbers = [list(range(10))[part] for part in parts_of(10, 4)]
    assert numbers == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert parts_of(0) == []


def test_results_keep_the_order_of_the_parts_whichever_is_done_first() -> None:
    def work(part: slice) -> int:
        time.sleep(0.02 if part.start == 0 else 0)
        return int(part.start)

    assert in_order(work, parts_of(8, 2)) == [0, 2, 4, 6]


def of_texts() -> tuple[TextFeatures, list[set[str]], dict[str, float]]:
    text = text_features(term_rows(TEXTS), 32)
    idf = {term: float(value) for term, value in zip(text.vocabulary, text.idf, strict=True)}
    return text, [set(words) for words in TEXTS], idf


def test_shared_terms_are_those_of_both_texts() -> None:
    text, words, idf = of_texts()
    is_name = np.array([term.startswith("web") for term in text.vocabulary])
    i, j = np.array(EVERY).T
    shared = shared_terms(terms_of(text), (~is_name, is_name), i, j)
    vectors = text.words.toarray()
    for pair, (a, b) in enumerate(EVERY):
        both, apart = words[a] & words[b], words[a] ^ words[b]
        assert np.isclose(shared.word[pair], vectors[a] @ vectors[b])
        assert np.isclose(shared.idf[pair], sum(idf[term] for term in both))
        for found, some in (
            (shared.rarest, both),
            (shared.rarest_apart, apart),
            (shared.name, {term for term in both if term.startswith("web")}),
            (shared.code, {term for term in both if not term.startswith("web")}),
        ):
            assert found[pair] == max((idf[term] for term in some), default=0)


def test_what_a_text_leaves_unsaid_is_what_no_word_of_the_other_stands_for() -> None:
    text, words, idf = of_texts()
    draw = np.random.default_rng(4)
    n = len(text.vocabulary)
    lifts = draw.random((n, n)) * 3
    lifts[draw.random(lifts.shape) < 0.5] = 0
    known = np.array([term != "empty" for term in text.vocabulary])
    matter = np.where(known, [idf[term] for term in text.vocabulary], 0.0)
    weight = draw.random(n)
    rows = sp.csr_array(lifts)
    turned = rows_of(sp.csr_array(rows.T))
    of_terms = OfTerms(rows_of(rows), turned, known, matter, weight)
    found = unsaid(terms_of(text).words, of_terms, *np.array(EVERY).T.copy())
    terms = [[text.vocabulary.index(term) for term in sorted(each)] for each in words]
    terms = [[term for term in each if known[term]] for each in terms]
    for pair, (i, j) in enumerate(EVERY):
        for side, mine, yours in ((found[0], terms[i], terms[j]), (found[1], terms[j], terms[i])):
            said = np.round(lifts[yours].sum(axis=0) / max(len(yours), 1), 6)
            left = [matter[term] * (1 - min(said[term] / FULL_LIFT, 1)) for term in mine]
            told = [weight[term] * np.log1p(UNSAID * said[term]) for term in mine]
            assert np.isclose(side.whole[pair], sum(matter[term] for term in mine))
            assert np.isclose(side.mass[pair], sum(left))
            assert np.isclose(side.rarest[pair], max(left, default=0))
            assert np.isclose(side.again[pair], sum(told))


def test_products_of_rows_are_those_of_full_matrices() -> None:
    draw = np.random.default_rng(5)
    full = draw.random((6, 9)) * (draw.random((6, 9)) < 0.4)
    i, j = np.array([(a, b) for a in range(6) for b in range(6)]).T
    found = products(rows_of(sp.csr_array(full)), i, j)
    assert np.allclose(found, (full[i] * full[j]).sum(axis=1))


def test_cosines_in_steps_are_those_of_the_vectors() -> None:
    vectors = unit_rows(np.random.default_rng(6).normal(size=(9, 40)).astype(np.float32))
    i, j = np.array([(a, b) for a in range(9) for b in range(9)]).T
    in_floats = cosines(vectors, i, j)
    assert (cosines(in_steps(vectors), i, j) == in_floats).all()
    assert np.allclose(in_floats, (vectors @ vectors.T)[i, j])


@pytest.mark.parametrize("some", [(), (0, 2, 3), (1,), range(6)])
def test_company_of_some_is_that_of_all(some: Sequence[int]) -> None:
    pairs = np.array([(i, j) for i in range(6) for j in range(i + 1, 6) if (i + j) % 4])
    odds = np.linspace(-6, 3, len(pairs)).astype(np.float32)
    nodes = np.array(some, dtype=np.int64)
    p = probability(odds.astype(np.float64))
    whole = full(company_of(6, pairs, p).rows)
    found = company_among(6, pairs.astype(np.int32), odds, nodes)
    assert (full(found.rows) == whole[nodes]).all()
    assert np.allclose(found.total, np.where(whole >= MIN_PROBABILITY, whole, 0).sum(axis=1)[nodes])
    for start, end in pairwise(found.rows.bounds.tolist()):
        assert (np.diff(found.rows.column[start:end]) > 0).all()
    near = full(near_among(6, pairs.astype(np.int32), odds, nodes))
    assert (near == np.where(whole >= MIN_PROBABILITY, whole, 0)[nodes]).all()


def full(rows: Rows) -> np.ndarray:
    return sp.csr_array((rows.value, rows.column, rows.bounds), (len(rows.bounds) - 1, 6)).toarray()
