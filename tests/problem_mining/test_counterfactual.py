"""What candidates would be without their main reason: foretold, and as it then is."""

import numpy as np
import pandas as pd
import pytest

from flows.minable import prepared
from itsm.candidates import CostModel
from itsm.clocks import ReportingWeek
from problem_mining.counterfactual import PHRASE, Without
from problem_mining.doubts_told import doubts_of
from problem_mining.explain import MemberFacts
from problem_mining.held_by_told import lefts_without
from problem_mining.looked_for import Few, Looks, looked_at
from problem_mining.nodes import collapse, subset
from problem_mining.pipeline import Grouping, Known, mine, mine_beside
from problem_mining.proposals import propose
from problem_mining.spelling import NO_SPELLING, Spelling
from problem_mining.unworded import cut_out
from tests.eval.estate_corpora import estate
from tests.eval.why_eval import (
    compared,
    foretold_of,
    half_changing,
    overlap,
    taken_away,
    what_is,
)
from tests.problem_mining.small_incidents import small_incidents

WEEK = ReportingWeek.parse("2026-W34")


@pytest.fixture(scope="module")
def mined() -> tuple[pd.DataFrame, Grouping, Known]:
    incidents = prepared(estate(500, 201).incidents)
    return incidents, *mine_beside(incidents, None)


def spelling_of(grouping: Grouping) -> Spelling:
    return collapse(subset(grouping.rows, np.flatnonzero(grouping.rows.has_word))).spelling


def test_without_its_main_reason_a_group_becomes_what_was_foretold(
    mined: tuple[pd.DataFrame, Grouping, Known],
) -> None:
    incidents, grouping, known = mined
    sample = half_changing(foretold_of(grouping), 4, seed=1)
    assert [one.should_change for one in sample].count(True) == 2
    spelling = spelling_of(grouping)
    told = [compared(incidents, one, spelling, "the next night", known) for one in sample]
    assert told == [1.0] * 4


def test_that_half_of_a_sample_should_change_is_more_than_words(
    mined: tuple[pd.DataFrame, Grouping, Known],
) -> None:
    """Saying of every group that it stays, or that it goes, would be wrong half of the time."""
    incidents, grouping, known = mined
    changing = next(one for one in foretold_of(grouping) if one.should_change)
    assert what_is(grouping, changing.keys) == frozenset([changing.keys])
    again, _ = mine_beside(taken_away(incidents, changing, spelling_of(grouping)), known)
    assert what_is(again, changing.keys) != frozenset([changing.keys])


def test_the_main_reason_of_a_group_costs_it_more_than_its_fields(
    mined: tuple[pd.DataFrame, Grouping, Known],
) -> None:
    _, grouping, _ = mined
    assert grouping.reasons is not None
    members = grouping.members()[:24]
    answers = grouping.reasons.of(members)
    told = [each for each in answers if each]
    assert len(told) > 15
    assert {each[0].reason for each in told} > {PHRASE}
    assert all(one.falls >= other.falls > 0 for one, other in (e for e in told if len(e) == 2))
    assert all(each[1].reason != PHRASE for each in told if len(each) == 2)
    for rows, each in zip(members, answers, strict=True):
        left = [row for one in each[:1] for part in one.parts for row in part.tolist()]
        assert len(left) == len(set(left))
        assert set(left) <= set(rows.tolist())


def test_some_groups_are_asked_as_well_as_all(
    mined: tuple[pd.DataFrame, Grouping, Known],
) -> None:
    _, grouping, _ = mined
    assert grouping.reasons is not None
    members = grouping.members()[:10]
    everywhere = grouping.reasons.of(members)
    for group in (0, 5):
        (alone,) = grouping.reasons.of([members[group]])
        assert [one.reason for one in alone] == [one.reason for one in everywhere[group]]
        for one, other in zip(alone, everywhere[group], strict=True):
            assert [p.tolist() for p in one.parts] == [p.tolist() for p in other.parts]


def test_candidates_are_told_with_what_would_be_left_of_them() -> None:
    frame = small_incidents()
    grouping = mine(frame)
    candidates = propose(
        frame, grouping, source_of=lambda key: ("desk", key), week=WEEK, cost=CostModel()
    )
    doubts = doubts_of(
        frame, grouping, candidates, source_of=lambda key: ("desk", key), n_reasons=1
    )
    first, *rest = doubts
    assert first.without is not None
    assert first.without[0].text.startswith("Main reason: ")
    assert "without it " in first.without[0].text
    assert all(one.without is None for one in rest)


def facts(title: str, **fields: str) -> MemberFacts:
    return MemberFacts(title, title.casefold(), fields, None, 0.9)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([], "without it none of the 5 would be proposed together"),
        ([[0, 1, 2, 3, 4]], "without it all 5 would still be one candidate"),
        ([[0, 1, 2, 3]], "without it 4 of the 5 would stay together, one would leave (INC4)"),
        ([[0, 1], [2, 3]], "without it 2 groups would remain, of 2 and 2 incidents; 1 would leave"),
    ],
)
def test_what_would_be_left_in_words(parts: list[list[int]], told: str) -> None:
    members = [facts("Printer jams", ci="lon-prn-03") for _ in range(5)]
    refs = [f"desk/INC{n}" for n in range(5)]
    without = Without("ci", 1.0, tuple(np.array(part) for part in parts))
    (left,) = lefts_without((without,), np.arange(5), members, refs)
    assert left.text.startswith("Main reason: the same configuration item lon-prn-03; ")
    assert told in left.text
    assert left.parts == tuple(len(part) for part in parts)


def test_what_texts_share_is_said_in_the_order_of_a_text() -> None:
    members = [facts("Label printer jams again"), facts("Printer of labels jams")]
    without = Without(PHRASE, 1.0, (), ("jams", "printer"))
    (left,) = lefts_without((without,), np.arange(2), members, ["desk/A", "desk/B"])
    assert left.text == (
        "Main reason: they say the same (printer, jams); "
        "without it none of the 2 would be proposed together."
    )


def test_words_are_cut_out_whole_and_rightly_spelt_or_not() -> None:
    spelling = Spelling({"printer": 9, "pritner": 1}, {"pritner": "printer"})
    assert cut_out("The pritner, or PRINTER 7 jams", {"printer"}, spelling).split() == [
        "The",
        "or",
        "7",
        "jams",
    ]
    assert cut_out("Nothing of it", {"printer"}, NO_SPELLING) == "Nothing of it"


def test_pairs_are_looked_at_as_the_search_would() -> None:
    """Of four texts on two CIs, told apart by vectors alone; each list has room for one."""
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    codes = {"service": np.full(4, -1), "team": np.full(4, -1), "ci": np.array([5, 6, 6, 5])}
    least = np.array([1, 1, 0, 0], dtype=np.float32)
    none = np.full(4, 2, dtype=np.float32)
    lists = {"meaning": none, "service": none, "team": none, "rare_terms": none, "words": least}
    sizes = dict.fromkeys(lists, 1)
    looks = Looks(vectors, vectors, codes, np.arange(4.0), lists, sizes, n_next=1)
    few = Few(np.arange(4), 4, vectors, vectors, np.zeros((4, 4)), codes, is_reworded=False)
    found, density = looked_at(looks, few)
    assert density is None
    assert found[0, 1], "the nearest by words"
    assert found[1, 2], "on one CI"
    assert found[0, 3], "on one CI"
    assert not found[0, 2]
    elsewhere = {**codes, "ci": np.full(4, -1)}
    found, _ = looked_at(looks, Few(few.at, 4, vectors, vectors, few.rare, elsewhere, False))
    assert found[0, 1]
    assert not found[1, 2]


def test_overlap_counts_pairs_that_are_together() -> None:
    one = frozenset([frozenset("abc")])
    assert overlap(one, one) == 1
    assert overlap(one, frozenset()) == 0
    assert overlap(frozenset(), frozenset()) == 1
    assert overlap(one, frozenset([frozenset("ab")])) == pytest.approx(1 / 3)
