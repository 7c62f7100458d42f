"""Candidates: statements that read, evidence in words, ids that stay, order by avoidable hours."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from itsm.candidates import CostModel, Decision, Life, Movement, ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.codec import to_bytes
from itsm.ready_json import to_bytes_beside
from problem_mining.explain import (
    MemberFacts,
    central_title,
    gist_of,
    shared_terms,
    statements_of,
)
from problem_mining.lineage import Remembered
from problem_mining.measured import INDEX, NAMES
from problem_mining.pipeline import mine
from problem_mining.proposals import propose
from problem_mining.reasons import evidence_of
from problem_mining.rhythm import asks_what_is_usual
from problem_mining.scoring import GroupTerms
from problem_mining.tellings import Tellings
from tests.problem_mining.small_incidents import small_incidents
from tests.problem_mining.test_codes_mining import burst, traffic

WEEK = ReportingWeek.parse("2026-W34")


def proposed(
    frame: pd.DataFrame,
    memory: Sequence[Remembered] = (),
    tellings: Tellings | None = None,
    week: ReportingWeek = WEEK,
) -> tuple[ProblemCandidate, ...]:
    return propose(
        frame,
        mine(frame),
        source_of=lambda key: ("desk", key),
        week=week,
        cost=CostModel(),
        memory=memory,
        tellings=tellings,
    )


def of(candidates: tuple[ProblemCandidate, ...], word: str) -> ProblemCandidate:
    (found,) = [c for c in candidates if word in c.statement.casefold()]
    return found


def test_a_candidate_says_what_happens_and_where() -> None:
    candidate = of(proposed(small_incidents()), "outlook")
    assert candidate.statement.startswith("Outlook")
    assert "after vpn reconnect" in candidate.statement.casefold()
    assert candidate.statement.endswith("— Exchange Online")
    assert candidate.n_members == 4
    assert candidate.life is Life.EMERGING
    assert (candidate.movement, candidate.decision) == (Movement.NEW, Decision.UNDECIDED)
    assert sum(candidate.weekly_counts) == 4
    assert candidate.score == pytest.approx(sum(m.score for m in candidate.members) / 4, abs=1e-6)


def test_evidence_names_what_is_shared() -> None:
    evidence = of(proposed(small_incidents()), "outlook").evidence
    texts = {item.kind: item.text for item in evidence if item.contributes}
    assert texts["ci"] == "same configuration item: mail-gw-01 (100% of 4)"
    assert all(item.weight > 0 for item in evidence if item.contributes)
    assert all(item.weight <= 0 for item in evidence if not item.contributes)


@pytest.mark.parametrize(
    ("alerts", "mixed", "weight", "told"),
    [
        (1.0, 0.0, 1.0, ["all read like machine alerts"]),
        (0.0, 0.0, 1.0, ["all read like people's words"]),
        (0.5, 0.5, 1.0, []),
        (0.5, 0.5, -1.0, ["a machine alert and a person's words in 50% of the pairs"]),
        (0.0, 0.0, -1.0, []),
    ],
)
def test_of_alerts_only_what_holds_is_said(
    alerts: float, mixed: float, weight: float, told: list[str]
) -> None:
    weights, values = np.zeros(len(NAMES)), np.zeros(len(NAMES))
    weights[INDEX["both_alerts"]] = weight
    values[INDEX["both_alerts"]], values[INDEX["alert_and_person"]] = alerts, mixed
    members = [MemberFacts("disk full", "disk full", {}, None, 0.9) for _ in range(2)]
    terms = GroupTerms(np.full(2, 0.9), contributions=weights, features=values)
    assert [item.text for item in evidence_of(members, (), terms, shared_terms(members))] == told


def test_purity_counts_those_that_have_a_value() -> None:
    frame = small_incidents()
    frame.loc[0, "service"] = None
    frame.loc[1, "service"] = "Network"
    purity = {p.field: p for p in of(proposed(frame), "outlook").purity}
    assert (purity["service"].value, purity["service"].n) == ("Exchange Online", 3)
    assert purity["service"].share == pytest.approx(2 / 3)


def test_statements_are_unique_and_candidates_are_ranked() -> None:
    candidates = proposed(small_incidents())
    assert max(Counter(c.statement.casefold() for c in candidates).values()) == 1
    hours = [c.avoidable_hours.value for c in candidates]
    assert hours == sorted(hours, reverse=True)


def test_order_of_rows_changes_no_candidate() -> None:
    frame = small_incidents()
    assert proposed(frame.sample(frac=1, random_state=5)) == proposed(frame)


def test_ids_stay_while_a_candidate_grows() -> None:
    frame = small_incidents()
    before = proposed(frame[frame["key"] != "INC0003"])
    memory = [
        Remembered(
            candidate_id=c.candidate_id,
            members=frozenset((m.source, m.number) for m in c.members),
            week="2026-W33",
            until_at=WEEK.start_at,
        )
        for c in before
    ]
    after = proposed(frame, memory)
    assert {c.candidate_id for c in after} == {c.candidate_id for c in before}
    assert of(after, "outlook").movement is Movement.GROWN
    assert of(after, "label").movement is Movement.UNCHANGED


def test_a_problem_the_members_are_linked_to_is_named() -> None:
    frame = small_incidents()
    frame["problem"] = None
    frame.loc[[0, 1], "problem"] = "PRB001"
    assert of(proposed(frame), "outlook").known_problems == ("PRB001",)


def test_codes_alone_are_told_as_codes() -> None:
    frame = pd.concat([traffic(2000, 1), burst(12, 40, "B")])
    best = max(proposed(frame), key=lambda c: sum(m.number.startswith("B") for m in c.members))
    assert best.statement.startswith("Category 7 / Subcategory 99")
    assert "in Group 3" in best.statement
    assert "burst on 2026-02-14" in best.statement
    event = [item for item in best.evidence if item.kind == "time_pattern"]
    assert event and not event[0].contributes


def test_no_group_is_no_candidate() -> None:
    assert proposed(small_incidents().tail(3)) == ()


def test_text_without_title_is_told_by_its_description() -> None:
    frame = small_incidents().rename(columns={"title": "description"})
    assert of(proposed(frame), "outlook").statement.casefold().startswith("outlook")


def facts(title: str, **fields: str) -> MemberFacts:
    return MemberFacts(
        title=title, cleaned=title.casefold(), fields=fields, opened_at=None, score=1
    )


def test_statements_alike_are_told_apart_by_what_differs() -> None:
    from problem_mining.explain import purity_of

    groups = []
    for team in ("Network", "Identity", "Identity"):
        members = [facts("Login fails", service="VPN", team=team)] * 2
        groups.append((members, purity_of(members), GroupTerms(None, None, None)))  # type: ignore[arg-type]
    found = statements_of([gist_of(*each) for each in groups])
    assert found == (
        "Login fails — VPN, Network",
        "Login fails — VPN, Identity",
        "Login fails — VPN, Identity (2)",
    )


def test_central_title_is_the_typical_one_of_the_best_members() -> None:
    titles = ["Login fails after reset", "Login fails after reset", "Help", "HELP!!! urgent"]
    assert central_title([facts(title) for title in titles]) == "Login fails after reset"


def again(frame: pd.DataFrame, before: Tellings, week: ReportingWeek = WEEK) -> tuple[int, int]:
    """How many groups were told as they were before, of how many; all of them as if told anew."""
    kept = {mark: memoryview(bytes(text)) for mark, text in before.now.items()}
    tellings = Tellings(kept)
    found = proposed(frame, tellings=tellings, week=week)
    plain = Tellings()
    assert found == proposed(frame, tellings=plain, week=week)
    assert {m: bytes(text) for m, text in tellings.now.items()} == plain.now
    for one in found:
        ready = tellings.ready(one.candidate_id, one)
        assert to_bytes_beside(one, ready) == to_bytes(one)
        assert {"evidence", "purity", "terms"} <= ready.keys()
        assert not {"candidate_id", "statement", "members"} & ready.keys()
    return len(tellings.now.keys() & kept.keys()), len(found)


def test_what_is_as_it_was_is_told_as_it_was_and_anything_else_anew() -> None:
    frame = small_incidents()
    before = Tellings()
    n = len(proposed(frame, tellings=before))
    assert n > 2
    assert again(frame, before) == (n, n)
    assert again(frame.iloc[::-1], before) == (n, n)
    assert again(frame, before, ReportingWeek.parse("2026-W35")) == (0, n)
    outlook = {m.number for m in of(proposed(frame), "outlook").members}
    inside = frame["key"].isin(outlook)
    for name, value in {"handling_h": 9.0, "affected_users": 7, "problem": "PRB1"}.items():
        other = frame.assign(**{name: pd.Series(value, frame.index).where(inside)})
        assert again(other, before) == (n - 1, n), name


def test_a_rhythm_that_hangs_on_what_is_usual_is_told_each_night() -> None:
    mondays = [datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(weeks=k) for k in range(9)]
    assert asks_what_is_usual(mondays, "UTC")
    assert not asks_what_is_usual(mondays[:4], "UTC")
    spread = [at + timedelta(days=k) for k, at in enumerate(mondays)]
    assert not asks_what_is_usual(spread[:7], "UTC")
