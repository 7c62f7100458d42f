"""The weekly session, whose queue is whose, and views that people save."""

from dataclasses import replace

import pytest

from itsm.candidates import (
    Decision,
    EvidenceLink,
    Life,
    Movement,
    ProblemCandidate,
    Standing,
)
from review_app.session import Budget
from store import Store
from tests.review_app.deciders import Decider, form_fields
from tests.review_app.desk import candidate, mine
from tests.review_app.test_review_queue import shown

WEEK, BEFORE = "2026-W46", "2026-W45"
ONE = candidate("PC-1")
NINE = Budget(minutes=9, minutes_each=3)


def five() -> list[ProblemCandidate]:
    return [candidate(f"PC-{n}", 3, hours=50 - n) for n in range(5)]


def test_the_session_holds_the_worthiest_that_fit_and_says_what_is_left(store: Store) -> None:
    mine(store, WEEK, five())
    page = Decider(store, budget=NINE).read("/")
    assert shown(page) == ["PC-0", "PC-1", "PC-2"]
    assert "0 of 3 decided, about 9 minutes left" in page
    assert "Below the line: 2 candidates with 93 avoidable hours in 90 days." in page
    assert shown(Decider(store, budget=NINE).read("/?show=open")) == [f"PC-{n}" for n in range(5)]


def test_nothing_moves_up_while_somebody_decides_and_the_week_has_an_end(store: Store) -> None:
    mine(store, WEEK, five())
    ann = Decider(store, budget=NINE)
    for name in ("PC-1", "PC-0", "PC-2"):
        assert len(shown(ann.read("/"))) <= 3
        ann.send(f"/decide?action=snooze&on={name}&then=queue")
    page = ann.read("/")
    assert shown(page) == [] and "Done for this week." in page
    assert "2 candidates with 93 avoidable hours" in page
    assert shown(ann.read("/?show=open")) == ["PC-3", "PC-4"]
    ann.send("/decide?action=reject&on=PC-3&then=queue", kind="noise")
    assert "3 of 3 decided" in ann.read("/"), "what is below the line does not count"


@pytest.mark.parametrize(
    "over",
    [
        replace(ONE, life=Life.RESOLVED),
        replace(ONE, life=Life.STALE),
        replace(ONE, decision=Decision.LINKED),
        replace(ONE, decision=Decision.REJECTED),
        replace(ONE, decision=Decision.SNOOZED),
    ],
)
def test_what_is_over_covered_or_decided_is_not_in_it(store: Store, over: ProblemCandidate) -> None:
    mine(store, WEEK, [over, candidate("PC-2")])
    assert shown(Decider(store).read("/")) == ["PC-2"]


def test_a_backfill_of_two_years_does_not_flood_the_first_day(store: Store) -> None:
    mine(store, WEEK, [candidate(f"PC-{n}", 2, hours=n) for n in range(400)])
    page = Decider(store).read("/")
    assert "0 of 30 decided, about 90 minutes left" in page
    assert "Below the line: 370 candidates" in page


def test_an_earlier_week_has_no_session_and_no_action(store: Store) -> None:
    mine(store, BEFORE, [candidate("PC-9")])
    mine(store, WEEK, [candidate("PC-1")])
    page = Decider(store).read(f"/?week={BEFORE}")
    assert shown(page) == ["PC-9"] and "decided, about" not in page
    assert "/decide" not in page
    assert "/decide" not in Decider(store).read(f"/candidates/PC-9?week={BEFORE}")


def test_a_decision_of_mining_that_is_taken_back_comes_into_the_queue_again(store: Store) -> None:
    mine(store, BEFORE, [candidate("PC-1")])
    ann = Decider(store)
    ann.send("/decide?action=reject&on=PC-1", kind="noise")
    with store.begin() as uow:
        made = uow.decisions.list()[0]
    standing = Standing(decision_id=made.decision_id, text="rejected by ann")
    ruled = candidate("PC-1", decision=Decision.REJECTED, standing=standing)
    mine(store, WEEK, [ruled])
    later = Decider(store)
    page = later.read("/candidates/PC-1")
    assert shown(later.read("/")) == [] and "rejected by ann" in page
    later.follow(later.ask("/undo", form_fields(page, 'method="post" action="/undo"')))
    assert shown(later.read("/")) == ["PC-1"]


def test_my_queue_is_what_was_assigned_to_me_and_what_nobody_has_of_mine(store: Store) -> None:
    mine(
        store,
        WEEK,
        [
            candidate("PC-1"),
            candidate("PC-2"),
            candidate("PC-3", purity=()),
            candidate("PC-4", purity=()),
        ],
    )
    ann = Decider(store, team="Network")
    assert shown(ann.read("/?show=mine")) == ["PC-1", "PC-2"]
    ann.send("/decide?action=assign&on=PC-2", other="bob")
    ann.send("/decide?action=assign&on=PC-3", other="ann")
    assert shown(ann.read("/?show=mine")) == ["PC-1", "PC-3"]
    bob = Decider(store, name="bob")
    assert shown(bob.read("/?show=mine")) == ["PC-2"]
    assert "assigned to <bdi>bob</bdi>" in bob.read("/candidates/PC-2")


def test_flags_say_what_sets_a_candidate_apart(store: Store) -> None:
    rejected = EvidenceLink(kind="rejected", record="PC-0", text="resembles 'x', rejected by bob")
    back = Standing(decision_id="D-1", text="back", is_back=True)
    mine(
        store,
        WEEK,
        [
            candidate("PC-1", movement=Movement.NEW),
            candidate("PC-2", movement=Movement.GROWN),
            candidate("PC-3", life=Life.RECURRED),
            candidate("PC-4", movement=Movement.UNCHANGED, links=(rejected,)),
            replace(candidate("PC-5", movement=Movement.UNCHANGED), standing=back),
        ],
    )
    ann = Decider(store)
    page = ann.read("/")
    flags = [
        page.split(f'id="c-PC-{n}"')[1].split("c-members")[0].count('class="tag')
        for n in range(1, 6)
    ]
    assert flags == [2, 2, 1, 2, 1]
    for word in (">new<", ">grown<", ">recurred<", ">was rejected<"):
        assert word in page


def test_filters_by_team_and_source_leave_out_the_rest(store: Store) -> None:
    one = candidate("PC-1")
    other = replace(one, candidate_id="PC-2", purity=(), members=one.members[:0])
    mine(store, WEEK, [one, other])
    ann = Decider(store)
    assert shown(ann.read("/?team=Network")) == ["PC-1"]
    assert shown(ann.read("/?source=desk")) == ["PC-1"]
    assert shown(ann.read("/?source=elsewhere")) == []


def test_a_saved_view_is_there_for_its_person_alone(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1"), candidate("PC-2")])
    ann = Decider(store)
    form = [
        *form_fields(ann.read("/?q=pc-2"), 'method="post" action="/views"'),
        ("name", "<b>mine</b>"),
    ]
    kept = ann.follow(ann.ask("/views", form))
    assert '<a href="/?q=pc-2" aria-current="true"><bdi>&lt;b&gt;mine&lt;/b&gt;</bdi></a>' in kept
    assert "mine&lt;" not in Decider(store, name="bob").read("/")
    gone = ann.follow(ann.ask("/views", [*form, ("remove", "1")]))
    assert "mine&lt;" not in gone
