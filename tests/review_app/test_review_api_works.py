"""The register and the other pages over the API: the same answers, refused in the same words."""

import asyncio
from typing import Any

import httpx
import pytest

from itsm.register import RegisterState
from review_app.identity.actors import Actor, Known
from store import Store
from tests.review_app.desk import HOME, candidate, incident, land, members_of, mine
from tests.review_app.office import (
    ADA,
    ANNA,
    OTTO,
    SVEN,
    VERA,
    Office,
    improvement,
    owned,
    register,
)
from tests.review_app.test_review_conflicts import disputed
from tests.review_app.test_review_packs import keep, pack
from tests.review_app.test_review_quality import ACCEPTING, set_aside
from tests.review_app.test_review_subscriptions import FORM

ALL = (
    "/register", "/register/CSI-0001", "/register/CSI-0001/history", "/packs", "/conflicts",
    "/quality/reasons", "/meetings/actions", "/meetings/decisions", "/runs", "/waiting",
)  # fmt: skip


class Script:
    """Asks the API with a token, as a program would."""

    def __init__(self, store: Store, who: Actor = ANNA) -> None:
        office = Office(store, who, ACCEPTING)
        office.app._identify = lambda _: Known(actor=who, by_token=True)
        self._app = office.app

    def ask(self, method: str, path: str, body: object = None, seen: str = "") -> httpx.Response:
        """One call; `seen` is sent as If-Match."""
        return asyncio.run(self._ask(method, path, body, seen))

    def get(self, path: str) -> Any:
        """What is answered, which is there."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _ask(self, method: str, path: str, body: object, seen: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
        headers = {"if-match": seen} if seen else {}
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.request(method, f"/api/v1{path}", json=body, headers=headers)


def test_entries_are_listed_as_the_table_has_them(store: Store) -> None:
    register(store, [improvement(f"CSI-000{n}") for n in range(1, 5)])
    first = Script(store).get("/register?limit=3")
    assert [one["entry"]["number"] for one in first["items"]] == [
        "CSI-0001", "CSI-0002", "CSI-0003",
    ]  # fmt: skip
    assert first["total"] == 4
    assert Script(store).get("/register?q=csi-0004")["total"] == 1
    assert Script(store, SVEN).get("/register")["total"] == 0


def test_an_entry_is_changed_with_the_version_that_was_looked_at(store: Store) -> None:
    register(store, [owned()])
    script = Script(store)
    seen = script.ask("GET", "/register/CSI-0001").headers["etag"]
    body = {"fields": {"title": "Another"}, "reason": "plainer"}
    assert script.ask("PATCH", "/register/CSI-0001", body).status_code == 428
    done = script.ask("PATCH", "/register/CSI-0001", body, seen)
    assert done.status_code == 200
    assert done.json()["entry"]["title"] == "Another"
    stale = script.ask("PATCH", "/register/CSI-0001", body | {"fields": {"title": "Third"}}, seen)
    assert stale.status_code == 409
    assert "changed in the meantime" in stale.json()["detail"]


def test_deeds_follow_the_rules_of_the_register(store: Store) -> None:
    register(store, [owned()])
    refused = Script(store).ask("POST", "/register/CSI-0001/move", {"to": "approved"}, "*")
    assert refused.status_code == 422
    moves = {one["to"]: one["refused"] for one in Script(store).get("/register/CSI-0001")["moves"]}
    assert "approval is missing" in moves["approved"]
    assert moves["canceled"] == ""
    said = {"said": "approved", "reason": "fine"}
    assert Script(store, OTTO).ask("POST", "/register/CSI-0001/answer", said, "*").is_success
    moved = {"to": "approved", "reason": "all agree"}
    assert Script(store).ask("POST", "/register/CSI-0001/move", moved, "*").is_success
    assert Office(store).entry().state is RegisterState.APPROVED
    history = Script(store).get("/register/CSI-0001/history")
    assert history["items"][0]["what"] == "assess → approved"
    for deed in ("edit", "erase"):
        assert Script(store).ask("POST", f"/register/CSI-0001/{deed}", {}, "*").status_code == 404


def test_a_request_is_added_with_its_gaps_and_what_is_wrong_is_named(store: Store) -> None:
    added = Script(store).ask("POST", "/register", {"fields": {"title": "Faster onboarding"}})
    assert added.status_code == 201
    assert added.json()["entry"]["raised_by"] == "anna"
    wrong = Script(store).ask("POST", "/register", {"fields": {"title": "x", "impact": "9"}})
    assert wrong.status_code == 422
    assert "impact" in wrong.json()["detail"]


def test_texts_that_may_quote_a_restricted_record_are_withheld(store: Store) -> None:
    one = candidate("PC-aa")
    mine(store, "2026-W46", [one])
    land(store, [*members_of(one)[1:], incident("PC-aa-0", restricted=True)])
    given = {"origin_record": "PC-aa", "number": "CSI-PC-aa", "title": "Quotes a secret"}
    register(store, [improvement(**given)])
    for path in ("/register", "/register/CSI-PC-aa", "/register/CSI-PC-aa/history"):
        assert "Quotes a secret" not in Script(store).ask("GET", path).text


def test_a_conflict_is_settled(store: Store) -> None:
    register(store, [improvement()])
    name = disputed(store)
    (one,) = Script(store).get("/conflicts")["items"]
    assert (one["theirs"], one["ours"], one["before"]) == ("theirs", "ours", "before")
    body = {"choice": "write_other", "value": "a third"}
    done = Script(store).ask("POST", f"/conflicts/{name}", body)
    assert done.json()["choice"] == "write_other"
    assert Script(store).get("/conflicts")["total"] == 0
    assert Script(store).get("/conflicts?settled=true")["total"] == 1
    assert Script(store).ask("POST", f"/conflicts/{name}", {"choice": "both"}).status_code == 422


def test_packs_figures_and_release(store: Store) -> None:
    name = keep(store, pack())
    assert Script(store).get("/packs")["items"][0]["pack_id"] == name
    whole = Script(store).get(f"/packs/{name}")
    assert whole["figures"][0]["n_records"] == 3
    rows = Script(store).get(f"/packs/{name}/rows/rows-opened")
    assert [row["note"][:14] for row in rows] == ["No longer held"] * 3
    done = Script(store).ask("POST", f"/packs/{name}/release", {"state": "released"})
    assert done.json() == {"done": "released"}
    said = {"section": "brief", "text": "One storm made most of it."}
    assert Script(store).ask("POST", f"/packs/{name}/remarks", said).status_code == 201
    assert Script(store).get(f"/packs/{name}")["remarks"][0]["text"] == said["text"]
    assert Script(store, SVEN).ask("GET", f"/packs/{name}").status_code == 404


def test_subscriptions(store: Store) -> None:
    made = Script(store).ask("POST", "/subscriptions", {"fields": FORM})
    assert made.status_code == 201
    seen = made.headers["etag"]
    body = {"fields": {"hour": "9"}}
    assert Script(store).ask("PATCH", "/subscriptions/SUB-0001", body, seen).json()["hour"] == 9
    assert Script(store).ask("PATCH", "/subscriptions/SUB-0001", body, seen).status_code == 409
    assert Script(store, ADA).get("/subscriptions")["total"] == 1
    assert Script(store, VERA).ask("GET", "/subscriptions").status_code == 403


def test_data_quality(store: Store) -> None:
    set_aside(store)
    assert Script(store).get("/quality/reasons")["items"][0]["examples"] == ["INC1"]
    assert Script(store, VERA).get("/quality/reasons")["items"][0]["examples"] == []
    (one,) = Script(store).get("/quality/records")["items"]
    body = {name: one[name] for name in ("source", "kind", "key", "rule")}
    assert Script(store).ask("POST", "/quality/accept", body).status_code == 422
    done = Script(store).ask("POST", "/quality/accept", body | {"reason": "so it was"})
    assert done.json() == {"done": "accepted"}
    assert Script(store).ask("POST", "/quality/retry", body).json() == {"landed": 0, "left": 1}
    assert Script(store).ask("POST", "/quality/withdraw", body).is_success


def test_reviews_and_what_waits(store: Store) -> None:
    body = {"text": "Ask the vendor", "owner": "vera", "due_on": "2026-11-30", "section": "x"}
    assert Script(store).ask("POST", "/meetings/2026-W46/actions", body).status_code == 201
    text = {"text": "We stop the job on Fridays."}
    assert Script(store).ask("POST", "/meetings/2026-W46/decisions", text).status_code == 201
    assert Script(store).get("/meetings/decisions?week=2026-W46")["total"] == 1
    (item,) = Script(store, VERA).get("/waiting")["items"]
    assert item["about"] == "A1"
    closed = {"status": "done", "said": "they answered"}
    refused = Script(store, OTTO).ask("POST", "/meetings/actions/A1", closed, "1")
    assert refused.status_code == 403
    assert Script(store, VERA).ask("POST", "/meetings/actions/A1", closed, "1").is_success
    assert Script(store, VERA).ask("POST", "/meetings/actions/A1", closed, "1").status_code == 409
    assert Script(store, VERA).get("/waiting")["items"] == []


@pytest.mark.parametrize("path", ALL)
def test_a_viewer_reads_all_of_it(store: Store, path: str) -> None:
    register(store, [owned()])
    assert Script(store, VERA).ask("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/register/CSI-9999"),
        ("PATCH", "/register/CSI-9999"),
        ("POST", "/register/CSI-9999/move"),
        ("GET", "/packs/none"),
        ("POST", "/packs/none/release"),
        ("GET", "/packs/none/rows/x"),
        ("POST", "/conflicts/none"),
        ("PATCH", "/subscriptions/none"),
        ("POST", "/meetings/actions/A9"),
        ("POST", "/quality/accept"),
        ("POST", "/quality/retry"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [None, {}, [], "x", {"fields": {"title": "x" * 9_000}}, {"choice": "keep_theirs"},
     {"state": "held", "status": "done", "source": "a", "kind": "b", "fields": {}}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(
    store: Store, method: str, path: str, body: object
) -> None:
    answer = Script(store).ask(method, path, body, "1")
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
