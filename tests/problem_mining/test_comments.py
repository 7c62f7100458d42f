"""Comments that say the same, by wording alone."""

import numpy as np
import pytest

from problem_mining.comments import alike

TEXTS = [
    "I had to explain it three times.",
    "Had to explain my problem three times to different people",
    "The same problem came back.",
    "Problem came back after two days",
    "nobody called back",
    "No one called me back",
    "No parking space near the office",
]


def test_one_theme_is_told_from_another() -> None:
    assert alike(TEXTS).tolist() == [0, 0, 1, 1, 2, 2, -1]


def test_one_text_that_several_wrote_is_a_theme() -> None:
    assert alike(["Too slow.", "Broken", "too  slow."]).tolist() == [0, -1, 0]


@pytest.mark.parametrize("texts", [[], ["Too slow"], ["Too slow", "Broken door"]])
def test_where_nothing_repeats_nothing_is_found(texts: list[str]) -> None:
    assert (alike(texts) == -1).all()


def test_the_order_changes_numbers_only() -> None:
    order = np.random.default_rng(3).permutation(len(TEXTS))
    shuffled = alike([TEXTS[n] for n in order])
    there = alike(TEXTS)[order]
    assert ((shuffled[:, None] == shuffled) == (there[:, None] == there)).all()


def test_many_texts_are_linked_as_few() -> None:
    many = [
        f"{text} {n}" for n in range(40) for text in ("Took far too long", "Very rude on phone")
    ]
    labels = alike(many)
    assert set(labels[0::2].tolist()) == {0}
    assert set(labels[1::2].tolist()) == {1}
