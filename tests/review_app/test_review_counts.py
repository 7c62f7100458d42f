"""What waits for a person, counted beside the queue: the same after every decision and undo."""

import re

import pytest

from itsm.candidates import Life
from store import Store
from store.standing import Watching
from tests.review_app.deciders import NOW, Decider
from tests.review_app.desk import candidate, land, members_of, mine

WEEK = "2026-W46"


@pytest.fixture
def ann(store: Store) -> Decider:
    several = [candidate(f"PC-{n}", 4, hours=90 - n, known_problems=()) for n in range(6)]
    over = [candidate("PC-8", 4, life=Life.STALE), candidate("PC-9", 4, life=Life.RESOLVED)]
    mine(store, WEEK, [*several, *over])
    land(store, members_of(*several, *over))
    return Decider(store)


def counted(ann: Decider, store: Store) -> int:
    """What waits, which has to be what the queue, the mail and the figures say alike."""
    page = ann.read("/")
    told = re.search(r'All open\s*<span class="n">(\d+)</span>', page)
    assert told is not None
    with store.begin() as uow:
        waits = uow.waiting().candidates
    assert Watching.of(store).standing().waiting["candidates"] == waits
    assert int(told[1]) == waits
    return waits


def test_what_is_over_asks_for_nothing(ann: Decider, store: Store) -> None:
    assert counted(ann, store) == 6


@pytest.mark.parametrize(
    ("path", "fields", "left"),
    [
        ("action=reject&on=PC-1&on=PC-2", {}, 4),
        ("action=merge&on=PC-1&on=PC-2", {"into": "PC-1"}, 5),
        ("action=snooze&on=PC-3", {"until_new": "5"}, 5),
        ("action=comment&on=PC-3", {"reason": "hm"}, 6),
        ("action=accept-risk&on=PC-3", {"until": "2027-01-01", "reason": "dear"}, 5),
        ("action=rename&on=PC-3", {"statement": "Another"}, 6),
    ],
)
def test_a_decision_counts_at_once_and_so_does_its_undo(
    ann: Decider, store: Store, path: str, fields: dict[str, str], left: int
) -> None:
    answer = ann.send(f"/decide?{path}&then=queue", **fields)
    page = ann.follow(answer)
    assert counted(ann, store) == left
    undo = page.partition('action="/undo"')[2].partition("</form>")[0]
    sent = re.findall(r'name="(\w+)" value="([^"]*)"', undo)
    assert ann.ask("/undo", sent).status_code == 303
    assert counted(ann, store) == 6


def test_an_older_decision_that_is_taken_back_asks_again(ann: Decider, store: Store) -> None:
    ann.send("/decide?action=reject&on=PC-1")
    with store.begin() as uow:
        (decision,) = uow.decisions.list()
    ann.now = NOW.replace(day=24)
    assert counted(ann, store) == 5
    story = ann.read("/candidates/PC-1").partition('action="/undo"')[2].partition("</form>")[0]
    sent = re.findall(r'name="(\w+)" value="([^"]*)"', story)
    assert ("decision", decision.decision_id) in sent
    ann.ask("/undo", sent)
    assert counted(ann, store) == 6
