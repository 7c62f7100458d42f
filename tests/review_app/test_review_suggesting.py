"""What is suggested and why, what would part a candidate, and what stands since the run."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.candidates import Decision, EvidenceLink, Life, ProblemCandidate, Rhythm, Standing
from itsm.deciding import Reviewer, verdict, withdraw
from itsm.decisions import Action, IncidentRef, RejectedAs, ReviewDecision
from review_app.decided import UNTOUCHED, in_force, standing
from review_app.parting import by_field, partings, parts_of
from review_app.suggesting import suggested
from store import MiningRun
from store.reviewed import MemberFact
from tests.review_app.desk import NOW, candidate


def link(kind: str, text: str, record: str = "") -> EvidenceLink:
    return EvidenceLink(kind=kind, record=record, text=text)


ONE_EVENT = Rhythm(trend="", n_episodes=1, is_one_event=True)
CASES = [
    ({}, Action.ACCEPT, "No open problem covers it"),
    ({"life": Life.RECURRED}, Action.ACCEPT, "It has come back"),
    ({"links": (link("problem", "PRB7 (open) has 4", "PRB7"),)}, Action.LINK, "PRB7 (open)"),
    ({"links": (link("problem", "PRB7 (closed) has 4", "PRB7"),)}, Action.ACCEPT, "could be"),
    ({"links": (link("rejected", "resembles 'x'"),)}, Action.REJECT, "It resembles 'x'."),
    ({"rhythm": ONE_EVENT}, Action.SNOOZE, "one outage"),
    ({"score": 0.4}, Action.SPLIT, "probability of 40% only"),
    ({"life": Life.QUIET}, Action.SNOOZE, "None of it was seen"),
    (
        {"links": (link("knowledge_gap", "the same fix in 7 of 9 cases"),)},
        Action.OPEN_KNOWLEDGE_TASK,
        "There is the same fix",
    ),
]


@pytest.mark.parametrize(("fields", "action", "why"), CASES)
def test_the_suggestion_follows_from_what_is_known(
    fields: dict[str, object], action: Action, why: str
) -> None:
    one = replace(candidate("PC-1", 9), **fields)  # type: ignore[arg-type]  # each field fits
    found = suggested(one, 9)
    assert found.action is action and why in found.why


def test_what_came_back_past_the_bar_is_not_rejected_again_by_habit() -> None:
    back = Standing(decision_id="D-1", text="back", is_back=True)
    one = candidate("PC-1", 9, links=(link("rejected", "resembles"),), standing=back)
    assert suggested(one, 9).action is Action.ACCEPT


def fact(n: int, **fields: str) -> MemberFact:
    opened = NOW - timedelta(days=int(fields.pop("ago", "1")))
    ref = IncidentRef(source="desk", number=f"INC{n}")
    return MemberFact(ref=ref, opened_at=opened, fields=fields)


def test_the_field_that_parts_most_evenly_comes_first() -> None:
    facts = [
        fact(n, ci="a" if n < 5 else "b", team="x" if n < 8 else "y", location=f"l{n}")
        for n in range(10)
    ]
    found = partings(facts)
    assert [one.field for one in found] == ["ci", "team"]
    assert found[0].sides == (("a", 5), ("b", 5))


def test_a_long_pause_parts_a_candidate_and_a_short_one_does_not() -> None:
    assert [p.field for p in partings([fact(n, ago=str(5 * n)) for n in range(6)])] == []
    facts = [fact(n, ago=str(n if n < 3 else 60 + n)) for n in range(6)]
    (found,) = partings(facts)
    assert found.field == "opened" and [n for _, n in found.sides] == [3, 3]


@given(
    st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=30),
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.sets(st.integers(0, 29)),
)
def test_the_parts_of_a_split_hold_every_member_once(
    values: list[str], apart: set[str], singles: set[int]
) -> None:
    facts = [fact(n, **({"ci": value} if value else {})) for n, value in enumerate(values)]
    refs = [facts[n].ref for n in singles if n < len(facts)]
    parts = parts_of(facts, "ci", sorted(apart), refs)
    assert sorted(ref for part in parts for ref in part) == sorted(f.ref for f in facts)
    assert all(parts)
    sides = by_field(facts, "ci")
    assert sum(side.n for side in sides) == len(facts)


RUN = MiningRun(
    run_id="M-1",
    week="2026-W46",
    cutoff_at=NOW,
    mining_version="1",
    n_incidents=9,
    input_hash="x",
    started_at=NOW,
    finished_at=NOW,
)
PC = candidate("PC-1", 3)


def made(action: Action, hours: int, run_id: str = "M-1", **fields: object) -> ReviewDecision:
    at = NOW + timedelta(hours=hours)
    by = Reviewer(actor="ann", at=at, run_id=run_id, reason="why")
    kind = RejectedAs.NOISE if action is Action.REJECT else None
    return replace(verdict(action, PC, by, rejected_as=kind), **fields)  # type: ignore[arg-type]


def taken_back(one: ReviewDecision, hours: int) -> ReviewDecision:
    at = NOW + timedelta(hours=hours)
    return withdraw(one, Reviewer(actor="ann", at=at, run_id="M-1"))


def numbered(*decisions: ReviewDecision) -> list[tuple[int, ReviewDecision]]:
    return list(enumerate(decisions, 1))


def stands(candidate_: ProblemCandidate, *decisions: ReviewDecision) -> Decision:
    now = standing(RUN, numbered(*decisions), {}).get("PC-1", UNTOUCHED)
    return now.of(candidate_)


def test_the_newest_decision_since_the_run_counts() -> None:
    accept, reject = made(Action.ACCEPT, 1), made(Action.REJECT, 2)
    assert stands(PC) is Decision.UNDECIDED
    assert stands(PC, accept) is Decision.ACCEPTED
    assert stands(PC, accept, reject) is Decision.REJECTED
    assert stands(PC, accept, reject, taken_back(reject, 3)) is Decision.ACCEPTED


def test_a_taking_back_can_be_taken_back() -> None:
    accept = made(Action.ACCEPT, 1)
    back = taken_back(accept, 2)
    assert stands(PC, accept, back) is Decision.UNDECIDED
    assert stands(PC, accept, back, taken_back(back, 3)) is Decision.ACCEPTED
    kept = in_force(numbered(accept, back, taken_back(back, 3)))
    assert [one for _, one in kept] == [accept]


def test_what_was_decided_before_the_run_is_mining_s_to_apply() -> None:
    old = made(Action.REJECT, -5, "M-0")
    now = standing(RUN, numbered(old), {})["PC-1"]
    assert now.of(PC) is Decision.UNDECIDED
    assert now.was_rejected and len(now.history) == 1


def test_what_ruled_the_run_and_was_taken_back_is_open_again() -> None:
    old = made(Action.REJECT, -5, "M-0")
    ruled = replace(PC, decision=Decision.REJECTED)
    ruling = {"PC-1": old.decision_id}
    kept = standing(RUN, numbered(old), ruling)["PC-1"]
    assert kept.of(ruled) is Decision.REJECTED
    gone = standing(RUN, numbered(old, taken_back(old, 1)), ruling)["PC-1"]
    assert gone.of(ruled) is Decision.UNDECIDED


def test_what_is_decided_asks_for_nothing() -> None:
    told = suggested(PC, 3, Decision.ACCEPTED)
    assert (told.action, told.title) == (Action.REOPEN, "Nothing is asked")
    assert told.why == "It is accepted. Open it again to decide anew."
    ruled = replace(
        PC, decision=Decision.REJECTED, standing=Standing(decision_id="D", text="as noise in W40")
    )
    assert "It is rejected: as noise in W40." in suggested(ruled, 3, Decision.REJECTED).why
    assert suggested(ruled, 3).action is not Action.REOPEN
