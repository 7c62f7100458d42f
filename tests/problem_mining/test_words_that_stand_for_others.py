"""Misspelt words are repaired, and words that say the same are learned from the run."""

import numpy as np
import pandas as pd

from problem_mining.features import TextFeatures, text_features
from problem_mining.meaning import meaning_of, plain_meaning
from problem_mining.nodes import Nodes, collapse, read_rows
from problem_mining.spelling import spelling_of
from problem_mining.term_rows import in_texts, term_rows
from problem_mining.translation import learn_lexicon

NOUNS = ["kettle", "carpet", "fridge", "bicycle", "umbrella", "whistle"]
IN_GERMAN = ["wasserkocher", "teppich", "kühlschrank", "fahrrad", "regenschirm", "pfeife"]
"""Words that no file of service-desk words has: they have to be learned."""


def repaired(texts: list[list[str]]) -> tuple[list[str], ...]:
    """Texts as their own spelling mends them."""
    terms = term_rows(texts)
    spelling = spelling_of(terms.vocabulary, in_texts(terms))
    return tuple(spelling.right(text) for text in texts)


def test_a_slip_of_a_letter_is_repaired() -> None:
    common = [["printer", "jams"] for _ in range(6)]
    slips = [["pritner"], ["prnter"], ["printter"], ["prynter"]]
    assert repaired([*common, *slips])[6:] == (["printer"],) * 4


def test_names_short_words_and_common_words_stay() -> None:
    common = [["web-01", "disk", "form", "host"] for _ in range(20)]
    others = [["web-02"], ["disc"], ["fom"], *[["most"] for _ in range(5)]]
    assert repaired([*common, *others])[20:] == (["web-02"], ["disk"], ["fom"], *[["most"]] * 5)


def test_a_word_never_seen_before_is_compared_with_those_that_were() -> None:
    spelling = spelling_of(("printer", "rare"), np.array([20, 1]))
    assert spelling.right(["printre", "rarer", "printer"]) == ["printer", "rarer", "printer"]


def two_languages() -> tuple[Nodes, TextFeatures, np.ndarray]:
    """Reports of six things in English and German, and which two tell of the same."""
    words = [noun for noun in NOUNS for _ in range(4)]
    other = [noun for noun in IN_GERMAN for _ in range(4)]
    titles = [f"{w} wobbly room{k}x" for k, w in enumerate(words)]
    titles += [f"{w} wackelt room{k}y" for k, w in enumerate(other)]
    keys = [f"K{k:03d}" for k in range(len(titles))]
    nodes = collapse(read_rows(pd.DataFrame({"key": keys, "title": titles})))
    pairs = np.array([(i, 24 + j) for i in range(24) for j in range(24) if i // 4 == j // 4])
    return nodes, text_features(nodes.terms, 32), pairs


def test_translations_are_learned_from_likely_repeats() -> None:
    nodes, text, pairs = two_languages()
    lexicon = learn_lexicon(text, nodes, pairs, np.full(len(pairs), 0.9))
    number = {term: column for column, term in enumerate(text.vocabulary)}
    for english, german in zip(NOUNS, IN_GERMAN, strict=True):
        row = lexicon.lifts[[number[english]]].toarray()[0]
        assert int(row.argmax()) == number[german]
        assert lexicon.lifts[number[german], number[english]] > 0


def test_unlikely_pairs_teach_nothing() -> None:
    nodes, text, pairs = two_languages()
    lexicon = learn_lexicon(text, nodes, pairs, np.full(len(pairs), 0.3))
    assert lexicon.lifts.nnz == 0
    assert (lexicon.weight == 1).all()


def test_a_title_and_its_description_teach_synonyms_and_what_is_mere_talk() -> None:
    synonyms = [("sluggish", "slow"), ("crashes", "dies"), ("blank", "empty"), ("locked", "denied")]
    titles = [f"{one} {noun}" for noun in NOUNS for one, _ in synonyms]
    told = [f"{noun} {two} monday" for noun in NOUNS for _, two in synonyms]
    frame = pd.DataFrame(
        {"key": [f"K{k:03d}" for k in range(len(titles))], "title": titles, "description": told}
    )
    nodes = collapse(read_rows(frame))
    text = text_features(nodes.terms, 32)
    lexicon = learn_lexicon(text, nodes, np.empty((0, 2), dtype=np.int64), np.empty(0))
    number = {term: column for column, term in enumerate(text.vocabulary)}
    for one, two in synonyms:
        row = lexicon.lifts[[number[one]]].toarray()[0]
        assert int(row.argmax()) == number[two]
    assert lexicon.weight[number["monday"]] < 0.5 * lexicon.weight[number["slow"]]


def test_a_text_says_what_its_words_stand_for() -> None:
    nodes, text, pairs = two_languages()
    lexicon = learn_lexicon(text, nodes, pairs, np.full(len(pairs), 0.9))
    plain, meant = plain_meaning(text), meaning_of(text, lexicon, has_vectors=True)
    kocher = text.vocabulary.index("wasserkocher")
    kettle = text.vocabulary.index(nodes.words[0][0])
    assert plain.lifts[kettle, kocher] == 0
    assert meant.lifts[kettle, kocher] > 0
    assert plain.vectors is None
    assert meant.vectors is not None
    other = int(np.flatnonzero([words[0] == "fahrrad" for words in nodes.words])[0])
    same = int(np.flatnonzero([words[0] == "wasserkocher" for words in nodes.words])[0])
    assert meant.vectors[0] @ meant.vectors[same] > meant.vectors[0] @ meant.vectors[other] + 0.1


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
