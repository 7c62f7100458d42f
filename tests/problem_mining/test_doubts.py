"""What speaks against a candidate: near misses, the seam, stability, the terms of scores."""

import numpy as np
import pandas as pd
import pytest

from itsm.candidates import CostModel, ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.doubts import TOPICS, Doubts
from problem_mining import topics
from problem_mining.doubts_told import doubts_of
from problem_mining.pipeline import Grouping, mine
from problem_mining.proposals import propose
from problem_mining.settings import MiningSettings
from problem_mining.steadiness import Linked, rounds_of, stability
from tests.problem_mining.small_incidents import small_incidents

WEEK = ReportingWeek.parse("2026-W34")


def source_of(key: str) -> tuple[str, str]:
    return "desk", key


def doubted(
    frame: pd.DataFrame,
) -> tuple[Grouping, tuple[ProblemCandidate, ...], dict[str, Doubts]]:
    grouping = mine(frame)
    candidates = propose(frame, grouping, source_of=source_of, week=WEEK, cost=CostModel())
    found = doubts_of(frame, grouping, candidates, source_of=source_of)
    return grouping, candidates, {one.candidate_id: one for one in found}


def of(candidates: tuple[ProblemCandidate, ...], word: str) -> ProblemCandidate:
    (found,) = [c for c in candidates if word in c.statement.casefold()]
    return found


def near_miss(**changed: str) -> pd.DataFrame:
    """The small incidents and one more label printer, in another place."""
    frame = small_incidents()
    other = frame[frame["title"].str.contains("Blank labels", na=False)].iloc[0].copy()
    other["key"], other["title"] = "INC999", "Label printer prints nothing"
    for field, value in changed.items():
        other[field] = value
    return pd.concat([frame, other.to_frame().T], ignore_index=True)


ELSEWHERE = {"service": "Engineering", "ci": "mun-prn-01"}


def test_what_nearly_belongs_is_named_with_what_kept_it_out() -> None:
    _, candidates, doubts = doubted(near_miss(**ELSEWHERE))
    label = of(candidates, "label")
    (near,) = [one for one in doubts[label.candidate_id].near if one.number == "INC999"]
    assert 0.1 <= near.score < 0.47
    assert near.why == (
        "configuration item mun-prn-01, not lon-prn-03; service Engineering, not Warehouse"
    )
    assert near.candidate_id == ""


def test_without_what_kept_it_out_it_belongs() -> None:
    _, candidates, doubts = doubted(near_miss())
    label = of(candidates, "label")
    assert "INC999" in {m.number for m in label.members}
    assert not [one for one in doubts[label.candidate_id].near if one.number == "INC999"]


def test_members_are_no_near_misses_of_their_own_group() -> None:
    _, candidates, doubts = doubted(near_miss(**ELSEWHERE))
    for candidate in candidates:
        inside = {(m.source, m.number) for m in candidate.members}
        assert not inside & {(n.source, n.number) for n in doubts[candidate.candidate_id].near}


def test_the_seam_parts_members_and_nobody_else() -> None:
    _, candidates, doubts = doubted(small_incidents())
    outlook = of(candidates, "outlook")
    seam = doubts[outlook.candidate_id].seam
    assert seam is not None
    assert 0 < seam.share <= 0.5
    assert set(seam.part) < {f"{m.source}/{m.number}" for m in outlook.members}
    assert seam.why


def test_terms_of_a_members_score_are_the_pair_model_s_own() -> None:
    grouping, candidates, doubts = doubted(small_incidents())
    outlook = of(candidates, "outlook")
    told = doubts[outlook.candidate_id].members
    assert [(m.source, m.number) for m in told] == sorted(
        (m.source, m.number) for m in outlook.members
    )
    group = int(grouping.labels[grouping.keys.index(told[0].number)])
    terms = grouping.terms[group]
    assert terms.by_member is not None
    assert terms.contributions is not None
    # Each member has as many pairs in a group this small: the means are those of all pairs.
    in_all = topics.by_topic(terms.contributions[None, :], np.array([terms.support]))[0]
    assert np.allclose(terms.by_member.mean(axis=0), in_all)
    heaviest = max(told[0].terms, key=lambda term: abs(term.weight))
    assert told[0].terms[0] == heaviest
    assert {term.topic for member in told for term in member.terms} <= TOPICS.keys()


def test_a_statement_for_every_topic() -> None:
    assert set(topics.TOPICS) == set(TOPICS)


def test_order_of_rows_changes_no_doubt() -> None:
    frame = near_miss(**ELSEWHERE)
    assert doubted(frame.sample(frac=1, random_state=3))[2] == doubted(frame)[2]


def test_codes_alone_leave_nothing_to_tell() -> None:
    frame = small_incidents().drop(columns=["title"])
    _, candidates, doubts = doubted(frame)
    assert all(not one.near and one.seam is None for one in doubts.values())
    assert {c.candidate_id for c in candidates} == doubts.keys()


SETTINGS = MiningSettings.model_validate({})
NAMES = np.arange(6, dtype=np.uint64)


def chain(p: float) -> Linked:
    """Six texts in two tight groups of three, joined by one pair."""
    tight = [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]
    pairs = np.array([*tight, (2, 3)], dtype=np.int64)
    return Linked(pairs, np.array([0.9] * len(tight) + [p]))


@pytest.mark.parametrize(
    ("groups", "least", "most"), [([[0, 1, 2]], 0.99, 1.0), ([[0, 3]], 0, 0.5)]
)
def test_what_holds_together_is_steady_and_what_does_not_is_not(
    groups: list[list[int]], least: float, most: float
) -> None:
    some = [np.array(g) for g in groups]
    found = stability(NAMES, chain(0.1), some, SETTINGS, rounds_of(len(chain(0.1).p)))
    assert least <= found[0] <= most


def test_very_many_pairs_get_no_rounds() -> None:
    assert rounds_of(7) == 10
    assert rounds_of(1_600_000) == 0
    assert np.isnan(stability(NAMES, chain(0.1), [np.array([0, 1])], SETTINGS, 0)[0])


def test_which_texts_are_left_out_does_not_hang_on_how_they_are_numbered() -> None:
    order = np.array([3, 4, 5, 0, 1, 2])
    place = np.argsort(order)
    plain = chain(0.1)
    moved = Linked(np.sort(place[plain.pairs], axis=1), plain.p)
    here = stability(NAMES, plain, [np.arange(2)], SETTINGS, 10)
    groups = [place[np.arange(2)]]
    assert stability(NAMES[order], moved, groups, SETTINGS, 10).tolist() == here.tolist()
