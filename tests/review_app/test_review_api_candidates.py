"""Candidates and decisions over the API: the same as on the pages, refused in the same words."""

import asyncio
from typing import Any

import httpx
import pytest

from itsm.access import AppRole
from review_app.identity.actors import Known, acting_as
from store import Store
from tests.review_app.deciders import Decider, decisions, waiting
from tests.review_app.desk import HOME, candidate, incident, land, members_of, mine

WEEK = "2026-W46"


class Script:
    """Asks the API with a token, as a program would."""

    def __init__(self, store: Store, *roles: AppRole) -> None:
        actor = acting_as("bot", "Bot", roles or (AppRole.PROBLEM_MANAGER,))
        known = Known(actor=actor, by_token=True)
        self.decider = Decider(store)
        self.decider.app._identify = lambda _: known

    def ask(self, method: str, path: str, body: object = None, seen: str = "") -> httpx.Response:
        """One call; `seen` is sent as If-Match."""
        return asyncio.run(self._ask(method, path, body, seen))

    def get(self, path: str) -> Any:
        """What is answered, which is there."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def decide(self, name: str, **given: object) -> httpx.Response:
        """Decide on a candidate as it is now."""
        path = f"/candidates/{name}"
        seen = self.ask("GET", path).headers["etag"]
        return self.ask("POST", f"{path}/decisions", given, seen)

    async def _ask(self, method: str, path: str, body: object, seen: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.decider.app, raise_app_exceptions=False)
        headers = {"if-match": seen} if seen else {}
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.request(method, f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture
def script(store: Store) -> Script:
    several = [candidate(f"PC-{n}", 3, hours=50 - n, known_problems=()) for n in range(4)]
    mine(store, WEEK, several)
    land(store, members_of(*several))
    return Script(store)


def test_lists_come_as_the_queue_has_them_part_by_part(script: Script) -> None:
    first = script.get("/candidates?limit=3")
    assert [one["candidate_id"] for one in first["items"]] == ["PC-0", "PC-1", "PC-2"]
    assert first["total"] == 4 and first["items"][0]["suggested"] == "accept"
    rest = script.get(first["next"].removeprefix("/api/v1"))
    assert [one["candidate_id"] for one in rest["items"]] == ["PC-3"] and rest["next"] is None
    assert script.get("/candidates?q=pc-2")["total"] == 1
    assert script.get("/candidates?show=decided")["total"] == 0
    assert script.get("/candidates?week=1999-W01")["items"] == []


def test_members_are_listed_and_hidden_ones_show_their_fit_alone(
    script: Script, store: Store
) -> None:
    land(store, [incident("PC-0-1", restricted=True, title="Board pay leaked")])
    found = script.get("/candidates/PC-0/members?offset=1&limit=1")
    assert found["total"] == 3
    assert found["items"] == [
        {
            "source": "desk",
            "number": None,
            "score": 0.989,
            "title": None,
            "opened_at": None,
            "state": None,
        }
    ]
    assert "Not shown" in script.get("/candidates/PC-0")["statement"]


def test_a_decision_is_kept_with_what_it_causes_and_taken_back(
    script: Script, store: Store
) -> None:
    assert script.get("/candidates/PC-1/record")["n_writes"] == 4
    record = {"title": "RADIUS certificate expired"}
    made = script.decide("PC-1", action="accept", record=record, with_entry=True)
    assert made.status_code == 201, made.text
    assert made.json()["n_writes"] == 4 and made.json()["entry"] == "CSI-PC-1"
    assert decisions(store) == [("accept", "PC-1", "bot", "")]
    kept = script.get("/candidates/PC-1/decisions")["items"][0]
    assert kept["pushes"][0]["state"] == "waiting"
    assert script.get("/candidates/PC-1")["decision"] == "accepted"
    undone = script.ask("POST", f"/decisions/{kept['decision_id']}/undo?reason=oops")
    assert undone.status_code == 201
    assert script.get("/candidates/PC-1")["decision"] == "undecided"
    assert decisions(store)[1] == ("withdraw", "PC-1", "bot", "oops")


@pytest.mark.parametrize(
    "given",
    [
        {"action": "reject", "rejected_as": "noise"},
        {"action": "snooze", "until_new": 4},
        {"action": "merge", "others": ["PC-2", "PC-3"]},
        {"action": "duplicate", "others": ["PC-2"]},
        {"action": "split", "incidents": ["desk/PC-1-0"]},
        {"action": "pin", "incidents": ["desk/PC-2-0"]},
        {"action": "remove", "incidents": ["desk/PC-1-0"]},
        {"action": "link", "others": ["PRB7"]},
        {"action": "accept_risk", "until": "2030-01-01", "reason": "dear"},
        {"action": "assign", "others": ["bob"]},
        {"action": "ask_vendor", "others": ["Acme"], "reason": "why?"},
        {"action": "open_entry"},
        {"action": "open_knowledge_task", "reason": "write"},
        {"action": "comment", "reason": "hm"},
        {"action": "rename", "statement": "RADIUS"},
        {"action": "resolve"},
        {"action": "reopen"},
    ],
)
def test_every_action_can_be_scripted(script: Script, given: dict[str, object]) -> None:
    answer = script.decide("PC-1", **given)
    assert answer.status_code == 201, answer.text
    assert {one["action"] for one in answer.json()["decisions"]} == {given["action"]}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"action": "reject"}, 422),
        ({"action": "withdraw"}, 422),
        ({"action": "nonsense"}, 422),
        ({"action": "comment"}, 422),
        ({"action": "pin", "incidents": ["x"]}, 422),
        ({"action": "remove", "incidents": ["desk/none"]}, 422),
        ({"action": "merge", "others": ["PC-99"]}, 404),
        ({"action": "merge", "others": ["PC-1"]}, 422),
        ({"action": "accept", "record": {"color": "red"}}, 422),
        ({"action": "comment", "reason": "x", "surprise": 1}, 422),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    script: Script, store: Store, given: dict[str, object], status: int
) -> None:
    answer = script.decide("PC-1", **given)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert decisions(store) == [] and waiting(store) == []


def test_a_decision_says_what_it_has_looked_at(script: Script, store: Store) -> None:
    path = "/candidates/PC-1"
    old = script.ask("GET", path).headers["etag"]
    assert script.ask("POST", f"{path}/decisions", {"action": "open_entry"}).status_code == 428
    assert script.decide("PC-1", action="reject", rejected_as="noise").status_code == 201
    late = script.ask("POST", f"{path}/decisions", {"action": "accept"}, old)
    assert late.status_code == 409 and "decided on in the meantime" in late.json()["detail"]
    again = script.ask("POST", f"{path}/decisions", {"action": "accept"}, "*")
    assert again.status_code == 201
    mine(store, WEEK, [candidate("PC-1")], "M-later")
    assert script.ask("POST", f"{path}/decisions", {"action": "accept"}, old).status_code == 409


def test_a_viewer_reads_and_does_not_decide(script: Script, store: Store) -> None:
    viewer = Script(store, AppRole.VIEWER)
    assert viewer.get("/candidates")["total"] == 4
    assert viewer.decide("PC-1", action="open_entry").status_code == 403
    assert viewer.ask("GET", "/candidates/PC-1/record").status_code == 403
    assert viewer.ask("POST", "/decisions/D-1/undo").status_code == 403
    assert decisions(store) == []


def test_what_is_not_there_is_told_as_such(script: Script) -> None:
    for path in ("/candidates/PC-99", "/candidates/PC-99/members", "/candidates/PC-99/decisions"):
        assert script.ask("GET", path).status_code == 404
    assert script.ask("POST", "/decisions/D-99/undo").status_code == 404
