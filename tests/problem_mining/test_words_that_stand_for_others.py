"""Misspelt words are repaired, and counterparts of words are learned from likely repeats."""

import numpy as np
import pandas as pd

from problem_mining.counterparts import learn_counterparts, spread
from problem_mining.features import TextFeatures, text_features
from problem_mining.nodes import Nodes, collapse, read_rows
from problem_mining.spelling import repaired

NOUNS = ["printer", "scanner", "laptop", "portal", "mailbox", "calendar"]
IN_GERMAN = ["drucker", "lesegerät", "notebook", "kundenseite", "postfach", "kalender"]


def test_a_slip_of_a_letter_is_repaired() -> None:
    common = [["printer", "jams"] for _ in range(6)]
    slips = [["pritner"], ["prnter"], ["printter"], ["prynter"]]
    assert repaired([*common, *slips])[6:] == (["printer"],) * 4


def test_names_short_words_and_common_words_stay() -> None:
    common = [["web-01", "disk", "form", "host"] for _ in range(20)]
    others = [["web-02"], ["disc"], ["fom"], *[["most"] for _ in range(5)]]
    assert repaired([*common, *others])[20:] == (["web-02"], ["disk"], ["fom"], *[["most"]] * 5)


def two_languages() -> tuple[Nodes, TextFeatures, np.ndarray]:
    """Reports of six things in English and German, and which two tell of the same."""
    words = [noun for noun in NOUNS for _ in range(4)]
    other = [noun for noun in IN_GERMAN for _ in range(4)]
    titles = [f"{w} broken room{k}x" for k, w in enumerate(words)]
    titles += [f"{w} kaputt room{k}y" for k, w in enumerate(other)]
    keys = [f"K{k:03d}" for k in range(len(titles))]
    nodes = collapse(read_rows(pd.DataFrame({"key": keys, "title": titles})))
    pairs = np.array([(i, 24 + j) for i in range(24) for j in range(24) if i // 4 == j // 4])
    return nodes, text_features(nodes.words, 32), pairs


def test_translations_are_learned_from_likely_repeats() -> None:
    nodes, text, pairs = two_languages()
    strength = learn_counterparts(text, nodes, pairs, np.full(len(pairs), 0.9))
    number = {term: column for column, term in enumerate(text.vocabulary)}
    for english, german in zip(NOUNS, IN_GERMAN, strict=True):
        row = strength[[number[english]]].toarray()[0]
        assert int(row.argmax()) == number[german]
        assert strength[number[german], number[english]] > 0


def test_unlikely_pairs_teach_nothing() -> None:
    nodes, text, pairs = two_languages()
    assert learn_counterparts(text, nodes, pairs, np.full(len(pairs), 0.3)).nnz == 0


def test_a_text_covers_what_its_words_stand_for() -> None:
    nodes, text, pairs = two_languages()
    strength = learn_counterparts(text, nodes, pairs, np.full(len(pairs), 0.9))
    plain, meant = spread(text), spread(text, strength)
    drucker = text.vocabulary.index("drucker")
    assert plain.covered[0, drucker] == 0
    assert 0 < meant.covered[0, drucker] <= 1
    own = meant.weighed.multiply(text.words).sum(axis=1) / meant.length**2
    assert np.allclose(own, 1)


def test_a_ci_named_in_the_text_is_a_place_and_no_wording() -> None:
    frame = pd.DataFrame(
        {
            "key": ["A", "B"],
            "title": ["web-01:9100 disk full", "slow page on web-01.corp.example"],
            "ci": ["web-01", None],
        }
    )
    nodes = collapse(read_rows(frame))
    assert nodes.named_ci.tolist() == [0, 0]
    assert nodes.codes["ci"].tolist() == [0, 0]
    assert nodes.words == (["disk", "full"], ["slow", "page"])
