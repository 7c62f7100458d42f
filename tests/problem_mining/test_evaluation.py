"""The measures of a grouping equal those of plain loops over pairs and items."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score

from problem_mining.evaluate import evaluate

LABELS = st.lists(st.sampled_from([None, None, "a", "b", "c"]), min_size=2, max_size=14)


def as_groups(labels: dict[str, str | None]) -> list[set[str]]:
    named = {name for name in labels.values() if name is not None}
    groups = [{item for item, label in labels.items() if label == name} for name in sorted(named)]
    return groups + [{item} for item, label in labels.items() if label is None]


def pairs_of(groups: list[set[str]]) -> set[tuple[str, str]]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


@given(LABELS, LABELS)
def test_measures_equal_brute_force(true: list[str | None], guess: list[str | None]) -> None:
    n = min(len(true), len(guess))
    truth = {f"i{k}": true[k] for k in range(n)}
    predicted = {f"i{k}": guess[k] for k in range(n)}
    found = evaluate(truth, predicted)
    causes, groups = as_groups(truth), as_groups(predicted)
    wanted, together = pairs_of(causes), pairs_of(groups)
    cause_of = {item: cause for cause in causes for item in cause}
    group_of = {item: group for group in groups for item in group}
    real = [group for group in groups if len(group) > 1]
    known = [cause for cause in causes if len(cause) > 1]
    hits = sum(len(cause_of[i]) > 1 and len(group_of[i]) > 1 for i in truth)
    plain = (
        ratio(len(wanted & together), len(together)),
        ratio(len(wanted & together), len(wanted)),
        sum(len(cause_of[i] & group_of[i]) / len(group_of[i]) for i in truth) / n,
        sum(len(cause_of[i] & group_of[i]) / len(cause_of[i]) for i in truth) / n,
        ratio(hits, sum(map(len, real))),
        ratio(hits, sum(map(len, known))),
        ratio(sum(max(len(g & c) for c in causes) >= 0.8 * len(g) for g in real), len(real)),
        ratio(sum(any(len(c & g) >= 0.5 * len(c | g) for g in real) for c in known), len(known)),
    )
    assert (
        found.pair_precision,
        found.pair_recall,
        found.bcubed_precision,
        found.bcubed_recall,
        found.member_precision,
        found.member_recall,
        found.pure,
        found.found,
    ) == pytest.approx(plain, nan_ok=True)


def test_a_perfect_grouping_scores_one_everywhere() -> None:
    truth = {"a": "x", "b": "x", "c": None, "d": "y", "e": "y"}
    found = evaluate(truth, truth)
    assert (found.pair_f1, found.bcubed_f1, found.pure, found.found, found.ami) == (1,) * 5


def test_everything_single_finds_nothing() -> None:
    found = evaluate({"a": "x", "b": "x"}, {})
    assert found.pair_recall == 0
    assert found.found == 0
    assert math.isnan(found.pair_precision)


def test_nothing_to_measure_is_no_error() -> None:
    assert math.isnan(evaluate({}, {}).pair_f1)


@given(LABELS, LABELS)
def test_mutual_information_equals_that_of_scikit_learn(
    true: list[str | None], guess: list[str | None]
) -> None:
    n = min(len(true), len(guess))
    truth, groups = ({f"i{k}": name for k, name in enumerate(some[:n])} for some in (true, guess))
    found = evaluate(truth, groups)
    alone = [[name or item for item, name in some.items()] for some in (truth, groups)]
    assert found.ami == pytest.approx(adjusted_mutual_info_score(*alone), abs=1e-9)
