"""The most alike by wording, with and without a language model, and themes of dense texts."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from problem_mining import wording as wording_module
from problem_mining.grouping import link
from problem_mining.nodes import read_rows
from problem_mining.pipeline import mine
from problem_mining.themes import are_bare, closedness, companies, themes
from problem_mining.wording import Spoken, nearest, spoken, stem, wording

TOPICS = {
    "holiday": "book request approve balance leave calendar days carry".split(),
    "salary": "payslip payroll transfer bonus amount tax statement bank".split(),
    "parking": "garage badge space car gate visitor level permit".split(),
    "canteen": "menu lunch card queue vegetarian coffee kitchen table".split(),
}


def of(*titles: str, descriptions: Sequence[str] = ()) -> Spoken:
    return Spoken(titles, tuple(descriptions) or ("",) * len(titles))


def dense_texts(n: int, seed: int = 3) -> pd.DataFrame:
    """Short texts in few words, each on one of four topics."""
    rng = np.random.default_rng(seed)
    names = sorted(TOPICS)
    topic = [names[at] for at in rng.integers(0, len(names), n)]
    texts = [f"{name} {' '.join(rng.choice(TOPICS[name], 4, replace=False))}" for name in topic]
    return pd.DataFrame({"key": [f"T{at:04d}" for at in range(n)], "title": texts, "topic": topic})


def scattered_texts(n: int, seed: int = 3) -> pd.DataFrame:
    """Texts of words that are drawn from a large vocabulary: none belongs to another."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(f"w{word}" for word in rng.integers(0, 3000, 6)) for _ in range(n)]
    return pd.DataFrame({"key": [f"T{at:04d}" for at in range(n)], "title": texts})


def test_endings_go_and_names_stay() -> None:
    told = {"installing": "install", "printers": "printer", "web01s": "web01s", "does": "does"}
    assert {word: stem(word) for word in told} == told | {"printers": stem("printers")}
    assert stem("printers") == stem("printer")


def test_what_is_worded_most_alike_comes_first_and_not_the_text_itself() -> None:
    texts = of("Printing fails on floor 2", "Cannot print on floor 2", "VPN drops", "VPN dropping")
    ids, scores = nearest(wording(texts), 3)
    assert ids[:, 0].tolist() == [1, 0, 3, 2]
    assert (np.diff(scores, axis=1) <= 0).all()
    assert not (ids == np.arange(4)[:, None]).any()


def test_a_text_is_wholly_like_itself_with_title_and_description() -> None:
    texts = of(*["Printer jam", "VPN"] * 2, descriptions=["Paper is stuck in tray two", ""] * 2)
    likeness = wording(texts).likeness(slice(0, 4))
    np.testing.assert_allclose(np.diag(likeness), 1, atol=1e-5)
    np.testing.assert_allclose(likeness[0], [1, 0, 1, 0], atol=1e-5)


def test_the_language_model_counts_for_more_in_a_short_text() -> None:
    def same(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), dtype=np.float32)

    def words(letters: str) -> str:
        return " ".join("".join(word) for word in permutations(letters, 4))

    short = wording(of("printer jam", "vpn down"), same).likeness(slice(0, 1))[0, 1]
    long = wording(of(words("aceg"), words("bdfh")), same).likeness(slice(0, 1))[0, 1]
    assert short > 0.9
    assert long < 0.6


def test_texts_come_in_order_of_key_without_greetings() -> None:
    frame = pd.DataFrame({"key": ["b", "a"], "title": ["Hello, VPN 2.1 is down", None]})
    assert spoken(frame).titles == ("", "VPN 2.1 is down")


def test_of_two_worded_alike_the_one_nearer_in_time_comes_first() -> None:
    texts = wording(of("VPN drops", "VPN drops", "VPN drops", "Printer jam"))
    ids, _ = nearest(texts, 3, days=np.array([0.0, 300.0, 290.0, 1.0]))
    assert ids[:, 0].tolist() == [2, 2, 1, 0]
    assert nearest(texts, 3)[0][0].tolist() == [1, 2, 3]
    unknown = nearest(texts, 3, days=np.array([0.0, 300.0, np.nan, 1.0]))[0]
    assert unknown[0].tolist() == [2, 1, 3]


def test_what_is_worded_otherwise_does_not_come_first_for_being_near_in_time() -> None:
    texts = wording(of("VPN drops at home", "VPN drops", "Printer jam"))
    ids, _ = nearest(texts, 2, days=np.array([0.0, 400.0, 0.0]))
    assert ids[0].tolist() == [1, 2]


def test_near_cells_find_what_comparing_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = wording(spoken(dense_texts(1200)))
    whole, _ = nearest(texts, 5)
    monkeypatch.setattr(wording_module, "EXACT_UP_TO", 100)
    near, scores = nearest(texts, 5)
    exact = texts.likeness(slice(0, len(texts)))
    best = np.sort(np.where(np.eye(len(texts)) > 0, -2, exact), axis=1)[:, -1]
    found = np.take_along_axis(exact, near[:, :1], axis=1)[:, 0]
    assert (found >= best - 0.15).mean() > 0.9
    assert near.shape == whole.shape == scores.shape


def test_the_nearest_of_the_nearest_are_counted() -> None:
    closed = np.array([[1, 2], [0, 2], [0, 1]])
    ring = np.array([[1], [2], [3], [0]])
    assert closedness(closed) == pytest.approx(0.5)
    assert closedness(ring) == 0


def test_company_is_the_cosine_of_rows_of_scores() -> None:
    ids = np.array([[1, 2], [0, 2], [1, 0], [2, 1]])
    scores = np.array([[0.9, 0.5], [0.9, 0.4], [0.4, 0.3], [0.2, 0.1]])
    rows = np.eye(4)
    for at in range(4):
        rows[at, ids[at]] = scores[at]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pairs, company = companies(ids, scores)
    expected = (rows @ rows.T)[pairs[:, 0], pairs[:, 1]]
    np.testing.assert_allclose(company, expected, atol=1e-5)
    assert len(link(4, pairs, company, threshold=0.1, link_cap=10)) == 4


def test_bare_texts_that_belong_together_become_themes() -> None:
    frame = dense_texts(600)
    grouping = mine(frame[["key", "title"]])
    topics = [set(frame["topic"].iloc[rows]) for rows in grouping.members()]
    assert (grouping.labels >= 0).mean() > 0.95
    assert all(len(topic) == 1 for topic in topics)
    assert len(topics) < 30
    shuffled = mine(frame[["key", "title"]].sample(frac=1, random_state=1))
    np.testing.assert_array_equal(grouping.labels, shuffled.labels)
    np.testing.assert_array_equal(grouping.scores, shuffled.scores)


def test_texts_that_belong_to_nothing_have_no_themes() -> None:
    assert themes(wording(spoken(scattered_texts(600)))) is None


def test_incidents_with_a_time_or_a_service_are_never_put_into_themes() -> None:
    frame = dense_texts(600)[["key", "title"]]
    assert are_bare(read_rows(frame))
    assert not are_bare(read_rows(frame.assign(opened_at="2026-01-05T08:00:00Z")))
    assert not are_bare(read_rows(frame.assign(service="mail")))
    assert not are_bare(read_rows(frame.head(50)))
