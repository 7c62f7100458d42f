"""Work in chunks keeps its order, and shared terms are what a plain look at the words gives."""

import time

import numpy as np

from problem_mining.chunks import in_order, parts_of
from problem_mining.features import text_features
from problem_mining.overlap import shared_terms, terms_of
from problem_mining.term_rows import term_rows

TEXTS = [
    ["printer", "jams", "floor", "web-01"],
    ["printer", "jams", "again", "web-02"],
    ["invoice", "empty"],
    ["printer", "printer", "web-01"],
    [],
]


def test_parts_cover_every_number_once() -> None:
    numbers = [list(range(10))[part] for part in parts_of(10, 4)]
    assert numbers == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert parts_of(0) == []


def test_results_keep_the_order_of_the_parts_whichever_is_done_first() -> None:
    def work(part: slice) -> int:
        time.sleep(0.02 if part.start == 0 else 0)
        return int(part.start)

    assert in_order(work, parts_of(8, 2)) == [0, 2, 4, 6]


def test_shared_terms_are_those_of_both_texts() -> None:
    text = text_features(term_rows(TEXTS), 32)
    terms = terms_of(text)
    idf = {term: float(value) for term, value in zip(text.vocabulary, text.idf, strict=True)}
    every = [(i, j) for i in range(len(TEXTS)) for j in range(len(TEXTS))]
    i, j = np.array(every).T
    shared = shared_terms(terms, i, j)
    total = shared.total(terms.idf[shared.left])
    rarest = shared.largest(terms.idf[shared.left])
    rarest_left = terms.rarest_but(i, shared.total(terms.bit[shared.left]))
    for pair, (a, b) in enumerate(every):
        both, mine = set(TEXTS[a]) & set(TEXTS[b]), set(TEXTS[a]) - set(TEXTS[b])
        assert np.isclose(total[pair], sum(idf[term] for term in both))
        assert np.isclose(rarest[pair], max((idf[term] for term in both), default=0))
        assert np.isclose(rarest_left[pair], max((idf[term] for term in mine), default=0))
