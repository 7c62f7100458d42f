"""Words known to stand for each other: what the file holds, and how terms are matched to it."""

import numpy as np
import pytest

from problem_mining.counterparts import ORDER, counterparts, known_words, stem


def _share(vocabulary: list[str], one: str, other: str, languages: str = "") -> float:
    matrix = counterparts(vocabulary, languages.split() or [""] * len(vocabulary))
    return float(matrix[vocabulary.index(one), vocabulary.index(other)])


def test_every_thing_has_words_in_every_language() -> None:
    for language in ORDER:
        empty = [thing for thing, words in known_words()[language].items() if not words]
        assert not empty, f"lines without words in {language}: {empty}"


@pytest.mark.parametrize(
    ("one", "other"),
    [("printer", "drucker"), ("invoice", "facture"), ("slow", "lento"), ("crashes", "absturz")],
)
def test_words_of_one_thing_stand_for_each_other(one: str, other: str) -> None:
    assert _share([one, other, "elephant"], one, other) == 1.0
    assert _share([one, other, "elephant"], one, "elephant") == 0.0


def test_forms_of_one_word_stand_for_each_other_though_nobody_listed_it() -> None:
    assert _share(["elephant", "elephants"], "elephant", "elephants") == 1.0


def test_a_word_counts_only_in_its_own_language() -> None:
    # "red" is a network in Spanish and a colour in English.
    vocabulary = ["red", "network"]
    assert _share(vocabulary, "red", "network", "es en") == 1.0
    assert _share(vocabulary, "red", "network", "en en") == 0.0


def test_a_german_compound_stands_half_for_each_of_its_parts() -> None:
    vocabulary = ["druckerwarteschlange", "printer", "queue"]
    assert _share(vocabulary, "druckerwarteschlange", "printer") == 0.5
    assert _share(vocabulary, "druckerwarteschlange", "queue") == 0.5


def test_nothing_stands_for_itself_and_names_stand_for_nothing() -> None:
    matrix = counterparts(["web-01", "web-02", "drucker"], ["", "", ""])
    assert matrix.nnz == 0
    assert np.allclose(matrix.diagonal(), 0)


def test_endings_and_accents_are_taken_off() -> None:
    assert stem("drucker") == stem("druckern")
    assert stem("impresión") == stem("impresiones")[: len(stem("impresión"))]
    assert stem("pc") == "pc"
