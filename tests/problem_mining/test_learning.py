"""What a company's evidence says, and what is learned from it."""

from dataclasses import replace
from random import Random

import numpy as np
import pandas as pd
import pytest

from itsm.candidates import ProblemCandidate
from itsm.codec import from_bytes, to_bytes
from itsm.deciding import merge, split, verdict
from itsm.decisions import Action, IncidentRef, RejectedAs
from problem_mining.correction import Correction, corrected
from problem_mining.labels import MAX_GROUP, Labels, labels_of
from problem_mining.learning import Lesson, Quality, judged, learn
from problem_mining.measured import NAMES
from problem_mining.model import own_odds
from problem_mining.weights import shipped_models
from tests.eval.estate_corpora import estate
from tests.problem_mining.decided_incidents import by, candidate, refs


def key_of(ref: IncidentRef) -> str:
    return ref.number


def linked(**columns: list[str | None]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"key": [f"INC{k:04d}" for k in range(n)], **columns})


def test_links_name_causes_and_the_surest_counts() -> None:
    frame = linked(
        problem=["P1", "P1", "P2", None, None, None],
        parent_incident=[None, "INC9", "INC9", "INC9", "INC9", None],
    )
    labels = labels_of(frame, (), key_of)
    assert labels.cause_of == {
        "INC0000": "problem:P1",
        "INC0001": "problem:P1",
        "INC0002": "parent_incident:INC9",
        "INC0003": "parent_incident:INC9",
        "INC0004": "parent_incident:INC9",
    }, "a problem with one incident says nothing of pairs"
    assert labels.counts == {"linked to one problem": 2, "children of one incident": 3}


def test_what_is_known_to_differ() -> None:
    labels = Labels({}, frozenset({frozenset({"strand:a", "strand:b"})}), {})
    assert labels.are_apart("problem:P1", "problem:P2")
    assert labels.are_apart("strand:b", "strand:a")
    assert not labels.are_apart("problem:P1", "parent_incident:INC1"), "the same, perhaps"
    assert not labels.are_apart("strand:a", "strand:c")


def test_a_rejection_is_no_word_against_the_grouping_but_a_wrong_group_is() -> None:
    frame = linked(problem=[None] * 6)
    one: ProblemCandidate = candidate("A", 0, 1, 2)
    accepted = verdict(Action.ACCEPT, one, by(0))
    demand = verdict(Action.REJECT, one, by(1), rejected_as=RejectedAs.EXPECTED_DEMAND)
    wrong = verdict(Action.REJECT, one, by(1), rejected_as=RejectedAs.WRONG_GROUP)
    assert len(labels_of(frame, [accepted, demand], key_of)) == 3
    assert len(labels_of(frame, [accepted, wrong], key_of)) == 0
    assert len(labels_of(frame, [demand], key_of)) == 0


def test_a_word_on_very_many_incidents_tells_no_more_than_a_link_of_as_many() -> None:
    n = MAX_GROUP + 50
    whole = candidate("A", *range(n))
    frame = linked(problem=[None] * n)
    told = labels_of(frame, [verdict(Action.ACCEPT, whole, by(0))], key_of)
    assert len(told) == MAX_GROUP == len(labels_of(linked(problem=["P1"] * n), (), key_of))
    wrong = verdict(Action.REJECT, whole, by(1), rejected_as=RejectedAs.WRONG_GROUP)
    both = [verdict(Action.ACCEPT, whole, by(0)), wrong]
    assert len(labels_of(frame, both, key_of)) == 0


def test_merges_and_splits_are_labels() -> None:
    frame = linked(problem=["P1", "P1", "P2", "P2", None, None])
    merged = merge(candidate("A", 0, 1), candidate("B", 4, 5), by(0))
    labels = labels_of(frame, [merged], key_of)
    assert len({labels.cause_of[f"INC{k:04d}"] for k in (0, 1, 4, 5)}) == 1
    parted = split(candidate("A", 0, 1, 4, 5), [refs(0, 1), refs(4, 5)], by(1))
    after = labels_of(frame, [merged, parted], key_of)
    assert after.are_apart(after.cause_of["INC0000"], after.cause_of["INC0004"])


@pytest.fixture(scope="module")
def lesson() -> tuple[pd.DataFrame, Labels, Lesson]:
    """A company of which half of the causes are linked to problems, with CIs half of which lie."""
    corpus = estate(1_500, 205)
    draw = np.random.default_rng(3)
    ci = corpus.incidents["ci"].to_numpy(copy=True)
    bad = np.flatnonzero(draw.random(len(ci)) < 0.5)
    ci[bad] = draw.permutation(ci[bad])
    incidents = corpus.incidents.assign(ci=ci)
    causes = sorted({cause for cause in corpus.causes.values() if cause})
    known = set(Random(1).sample(causes, len(causes) // 2))
    of = {key: f"problem:{cause}" for key, cause in corpus.causes.items() if cause in known}
    labels = Labels(of, frozenset(), {"linked to one problem": len(of)})
    return incidents, labels, learn(incidents, labels)


def test_it_says_what_it_learned_from_and_how_well_it_tells_what_it_has_not_seen(
    lesson: tuple[pd.DataFrame, Labels, Lesson],
) -> None:
    _, labels, found = lesson
    assert found.n_labels == len(labels)
    assert min(found.n_same, found.n_different) >= 20
    assert found.shipped is not None
    assert found.learned is not None
    assert sum(n for _, _, n in found.learned.bins) == found.n_same + found.n_different
    assert set(found.effects) == set(NAMES)
    assert f"{found.learned.log_loss:.3f} on labels not seen" in found.reason
    assert found.is_adopted == (found.learned.log_loss < found.shipped.log_loss - 0.002)


def test_it_learns_the_same_again_and_keeps_as_plain_numbers(
    lesson: tuple[pd.DataFrame, Labels, Lesson],
) -> None:
    incidents, labels, found = lesson
    assert learn(incidents.sample(frac=1, random_state=4), labels) == found
    assert from_bytes(Lesson, to_bytes(found)) == found


def test_few_labels_change_nothing(lesson: tuple[pd.DataFrame, Labels, Lesson]) -> None:
    incidents, labels, _ = lesson
    few = Labels(dict(list(labels.cause_of.items())[:6]), frozenset(), labels.counts)
    found = learn(incidents, few)
    assert (found.correction, found.is_adopted) == (None, False)
    assert "are needed" in found.reason or "alike enough" in found.reason


def quality(log_loss: float) -> Quality:
    return Quality(log_loss, 0.9, ())


def test_a_worse_model_is_not_adopted() -> None:
    assert judged(quality(0.3), quality(0.2), None)[0]
    assert not judged(quality(0.3), quality(0.2999), None)[0]
    assert judged(quality(0.3), quality(0.2), quality(0.199))[0]
    is_adopted, reason = judged(quality(0.3), quality(0.2), quality(0.15))
    assert not is_adopted
    assert reason.startswith("worse than the last model (0.150)")


@pytest.mark.parametrize("name", ["fields", "text_plain"])
def test_a_correction_is_what_is_added_per_unit_of_a_feature(name: str) -> None:
    model = shipped_models()[name]
    features = np.tile(model.centre, (2, 1)).astype(np.float32)
    column = NAMES.index("term_overlap")
    features[1, column] += np.float32(0.5 * min(model.scale[column], 1))
    correction = Correction(model.name, 0.25, {"term_overlap": 2.0})
    before = own_odds(features, model, 5_000, corrects_prior=True)
    after = own_odds(features, corrected(model, correction), 5_000, corrects_prior=True)
    expected = 0.25 + 2.0 * features[:, column]
    assert np.allclose(after - before, expected, atol=1e-4)
    other = replace(model, name="another")
    assert corrected(other, correction) is other
