"""What is asked of a group before it is proposed, and which model weighs how many incidents."""

import numpy as np
import pytest

from problem_mining.bars import bar_of
from problem_mining.nodes import CODE_FIELDS
from problem_mining.settings import DEFAULT
from problem_mining.weights import shipped_model, shipped_models, teacher_of

MODEL = shipped_models()["fields"]


def test_up_to_five_thousand_incidents_bars_are_as_set() -> None:
    assert bar_of(2, 5_000, DEFAULT, MODEL) == DEFAULT.bar_two
    assert bar_of(3, 100, DEFAULT, MODEL) == DEFAULT.bar_three
    assert bar_of(9, 100, DEFAULT, MODEL) == DEFAULT.bar


def test_of_more_incidents_more_is_asked_of_small_groups_only() -> None:
    bars = [bar_of(2, n, DEFAULT, MODEL) for n in (5_000, 20_000, 100_000, 1_000_000)]
    assert bars == sorted(set(bars))
    assert bars[-1] < 1
    assert bar_of(5, 100_000, DEFAULT, MODEL) > DEFAULT.bar
    assert bar_of(6, 100_000, DEFAULT, MODEL) == DEFAULT.bar


def test_a_plain_model_asks_more_of_two() -> None:
    assert bar_of(2, 200, DEFAULT, shipped_models()["text_plain"]) == DEFAULT.plain_bar_two


@pytest.mark.parametrize(
    ("n", "name"),
    [(200, "fields_plain"), (5_000, "fields"), (10_000, "fields_large")],
)
def test_the_number_of_incidents_chooses_the_model(n: int, name: str) -> None:
    codes = {field: np.zeros(n, dtype=np.int64) for field in CODE_FIELDS}
    model = shipped_model(codes, np.arange(n))
    assert model.name == name
    teacher = teacher_of(model)
    assert (teacher is None) == name.endswith("_plain")
    assert teacher is None or teacher.name == f"{name}_plain"
