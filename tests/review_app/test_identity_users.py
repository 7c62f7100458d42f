"""Accounts and tokens: what administrators do, what is exported, what a token opens."""

import csv
import io
import json
import re

import pytest

from itsm.access import AppRole, register_person
from itsm.accounts import roles_from, short_name
from itsm.errors import AccessError, RoleError, StaleDecisionError, StoreError
from itsm.register_roles import Deed, require_role
from review_app.identity.access_review import access_review, as_csv
from review_app.identity.administering import Wanted
from review_app.identity.config import AccessConfig
from store import Store
from tests.review_app.browser import Browser, House

ADMINISTRATOR, MANAGER = AppRole.ADMINISTRATOR, AppRole.PROBLEM_MANAGER


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_the_first_start_makes_one_administrator_and_no_second(house: House) -> None:
    first = house.desk.first()
    assert first is not None and house.desk.first() is None
    assert Browser(house).ask("/").status_code == 200, "until somebody logs in, this machine looks"
    browser = Browser(house)
    assert browser.log_in("admin", first.secret).headers["location"] == "/account/password"
    assert Browser(house).ask("/").headers["location"] == "/login"


def test_an_administrator_lets_somebody_in(house: House) -> None:
    ada = house.person("ada", ADMINISTRATOR)
    form = {
        "name": "Ben",
        "display": "Ben M",
        "roles": "problem_manager",
        "services": "Mail\n\nVPN",
    }
    page = ada.send("/users", form, page="/users").text
    secret = re.search(r'class="secret">([a-z0-9-]+)<', page)
    assert secret is not None
    assert Browser(house).log_in("ben", secret[1]).status_code == 303
    with house.store.look() as uow:
        account = uow.accounts.get("ben")
    assert (account.services, account.must_change) == (frozenset({"Mail", "VPN"}), True)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"name": "a b", "roles": "viewer"}, "cannot be a short name"),
        ({"name": "ada", "roles": "viewer"}, "already"),
        ({"name": "new"}, "at least one role"),
        ({"name": "new", "roles": "root"}, "no such role"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_the_reason(
    house: House, form: dict[str, str], why: str
) -> None:
    ada = house.person("ada", ADMINISTRATOR)
    answer = ada.send("/users", form, page="/users")
    assert answer.status_code == 422 and why in answer.text


def test_roles_change_at_once_and_only_on_what_was_looked_at(house: House) -> None:
    ada, ben = house.person("ada", ADMINISTRATOR), house.person("ben", AppRole.VIEWER)
    assert ben.ask("/users").status_code == 403
    seen = {"seen": "2", "roles": "administrator"}
    assert ada.send("/users/ben", seen, page="/users/ben").status_code == 303
    assert ben.ask("/users").status_code == 200
    late = ada.send("/users/ben", seen, page="/users/ben")
    assert late.status_code == 409 and "look at it again" in late.text


def test_the_only_administrator_stays_one(house: House) -> None:
    house.person("ada", ADMINISTRATOR)
    with pytest.raises(AccessError, match="only administrator"):
        house.desk.disable("ada")
    with pytest.raises(AccessError, match="only administrator"):
        house.desk.remove("ada")
    house.person("ben", ADMINISTRATOR)
    house.desk.disable("ada")


def test_an_account_that_changed_meanwhile_is_not_overwritten(house: House) -> None:
    house.person("ada", ADMINISTRATOR)
    with pytest.raises(StaleDecisionError):
        house.desk.change("ada", Wanted(roles=frozenset({ADMINISTRATOR})), seen=1)


def test_the_journal_tells_of_roles_and_names_nobody(house: House, store: Store) -> None:
    house.person("ada", ADMINISTRATOR)
    house.person("ben", MANAGER)
    house.desk.disable("ben")
    with store.look() as uow:
        rows = [row for row in uow.journal.rows() if row.subject == "accounts"]
        assert uow.audit.verify() == ()
    assert [row.facts["what"] for row in rows] == ["created", "created", "is_disabled"]
    assert "ben" not in str([(row.subject, row.actor, dict(row.facts)) for row in rows])


def test_the_access_review_holds_who_by_whom_and_when(house: House) -> None:
    ada = house.person("ada", ADMINISTRATOR)
    house.person("ben", MANAGER, services=("Mail",))
    house.desk.disable("ben")
    told = json.loads(ada.read("/users-export.json"))
    rows = list(csv.DictReader(io.StringIO(ada.read("/users-export.csv"))))
    assert [row["name"] for row in rows] == ["ada", "ben"]
    assert [one["name"] for one in told["accounts"]] == ["ada", "ben"]
    ben = rows[1]
    assert (ben["roles"], ben["services"], ben["state"]) == ("problem_manager", "Mail", "disabled")
    assert ben["last_login_at"].startswith("2026-11-23T07:00") and ben["sessions"] == "0"
    assert "disabled by command line" in ben["changes"] and "created" in ben["changes"]


def test_a_spreadsheet_runs_nothing_of_the_access_review(house: House) -> None:
    hostile = "=HYPERLINK(1)"
    house.desk.add("ben", Wanted(roles=frozenset({MANAGER}), display=hostile, team="@x"))
    text = as_csv(access_review(house.store, house.clock()))
    assert "'=HYPERLINK" in text and "'@x" in text


def test_a_token_opens_the_api_and_nothing_else(house: House, store: Store) -> None:
    house.person("ben", MANAGER)
    _, text = house.desk.token("ben", "export", frozenset({AppRole.VIEWER}), 30)
    assert text not in store.queries.dump(volatile=True) and text.startswith("csi_")
    bearer = {"authorization": f"Bearer {text}"}
    browser = Browser(house)
    me = browser.ask("/api/v1/me", headers=bearer)
    assert me.json() | {"display": ""} == {
        "name": "ben", "display": "", "roles": ["viewer"], "services": [], "team": "",
    }  # fmt: skip
    for path in ("/", "/account", "/users"):
        assert browser.ask(path, headers=bearer).status_code == 303, path
    assert "set-cookie" not in me.headers
    house.clock.move(days=29, hours=23)
    assert browser.ask("/api/v1/me", headers=bearer).status_code == 200
    house.clock.move(hours=2)
    assert browser.ask("/api/v1/me", headers=bearer).status_code == 401


@pytest.mark.parametrize("end", ["revoke", "disable", "reset", "remove"])
def test_a_token_ends_with_its_account_or_by_hand(house: House, end: str) -> None:
    house.person("ada", ADMINISTRATOR)
    ben = house.person("ben", MANAGER)
    made, text = house.desk.token("ben", "export", frozenset({MANAGER}), 30)
    bearer = {"authorization": f"Bearer {text}"}
    assert Browser(house).ask("/api/v1/me", headers=bearer).status_code == 200
    if end == "revoke":
        path = f"/account/tokens/{made.token_id}/revoke"
        assert ben.send(path, {}, page="/account").status_code == 303
    else:
        getattr(house.desk, end)("ben")
    refused = Browser(house).ask("/api/v1/me", headers=bearer)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"] == "Bearer"


def test_a_token_never_does_more_than_its_person(house: House) -> None:
    ben = house.person("ben", AppRole.VIEWER)
    form = {"label": "x", "days": "30", "roles": "administrator"}
    answer = ben.send("/account/tokens", form, page="/account")
    assert answer.status_code == 422 and "these roles only" in answer.text
    house.person("ada", ADMINISTRATOR)
    cleo = house.person("cleo", MANAGER, AppRole.RESTRICTED_READER)
    both = frozenset({MANAGER, AppRole.RESTRICTED_READER})
    _, text = house.desk.token("cleo", "x", both, 30)
    house.desk.change("cleo", Wanted(roles=frozenset({AppRole.RESTRICTED_READER})), seen=2)
    me = cleo.ask("/api/v1/me", headers={"authorization": f"Bearer {text}"}).json()
    assert me["roles"] == ["restricted_reader", "viewer"]


def test_nobody_revokes_the_token_of_somebody_else(house: House) -> None:
    house.person("ben", MANAGER)
    made, _ = house.desk.token("ben", "export", frozenset({MANAGER}), 30)
    eve = house.person("eve", AppRole.VIEWER)
    path = f"/account/tokens/{made.token_id}/revoke"
    assert eve.send(path, {}, page="/account").status_code == 422


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_is_good_for_a_year_at_most(house: House, days: int) -> None:
    house.person("ben", MANAGER)
    with pytest.raises(AccessError, match="1 to 365 days"):
        house.desk.token("ben", "export", frozenset({MANAGER}), days)


@pytest.mark.parametrize("text", ["", "x", "csi_" + "a" * 43, "csi_x\u00e9"])
def test_a_token_that_we_did_not_make_opens_nothing(house: House, text: str) -> None:
    house.person("ben", MANAGER)
    header = {"authorization": f"Bearer {text}".encode().decode("latin-1")}
    for path in ("/api/v1/me", "/api/v1/openapi.json"):
        headers = {name: value.encode("latin-1") for name, value in header.items()}
        assert Browser(house).ask(path, headers=headers).status_code == 401  # type: ignore[arg-type]  # bytes are headers, too


def test_four_eyes_hold_for_the_roles_of_the_pages() -> None:
    manager = register_person("ben", "Ben", [MANAGER])
    require_role(manager, Deed.ACCEPT)
    for role, deed in (
        (AppRole.VIEWER, Deed.PROPOSE),
        (MANAGER, Deed.ANSWER),
        (AppRole.REGISTER_APPROVER, Deed.ACCEPT),
        (ADMINISTRATOR, Deed.PROPOSE),
        (AppRole.RESTRICTED_READER, Deed.EDIT),
    ):
        with pytest.raises(RoleError):
            require_role(register_person("ben", "Ben", [role]), deed)


def test_health_tells_strangers_nothing_and_people_the_state(house: House) -> None:
    ben = house.person("ben", MANAGER)
    assert Browser(house).ask("/healthz").json() == {"status": "ok"}
    assert ben.ask("/healthz").json() == {
        "status": "ok", "store": "answers", "migrations": "current",
    }  # fmt: skip


def test_health_says_when_the_database_is_older(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.standing.revisions", lambda: ["9999"])
    answer = Browser(house).ask("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


def test_figures_are_for_this_machine_or_a_token(store: Store) -> None:
    public = "https://csi.example.com"
    house = House(store, AccessConfig(address=public))
    house.person("ben", MANAGER)
    here = Browser(house).read("/metrics")
    assert 'csi_waiting{queue="candidates"} 0.0' in here
    assert Browser(house, public).ask("/metrics").status_code == 403
    assert Browser(house, client="192.0.2.1").ask("/metrics").status_code == 403
    _, text = house.desk.token("ben", "prometheus", frozenset({AppRole.VIEWER}), 30)
    headers = {"authorization": f"Bearer {text}"}
    told = Browser(house, public).ask("/metrics", headers=headers).text
    assert 'csi_review_requests_total{method="GET",route="/metrics",status="403"} 2.0' in told


def test_figures_count_by_route_and_never_by_what_was_typed(house: House) -> None:
    browser = Browser(house)
    for path in ("/candidates/PC-1", "/candidates/secret", "/nothing/secret"):
        browser.ask(path)
    told = browser.read("/metrics")
    assert "secret" not in told
    assert 'route="/candidates/{candidate_id}",status="404"} 2.0' in told
    assert 'route="none",status="404"} 1.0' in told


@pytest.mark.parametrize("name", ["Ben", " ben ", "b.e-n_1", "ben@example.com"])
def test_short_names_are_small(name: str) -> None:
    assert short_name(name) == name.strip().lower()


@pytest.mark.parametrize("name", ["", "a b", "../x", "é", "-x", "x" * 65, "a/b", "<b>"])
def test_what_is_no_short_name_is_refused(name: str) -> None:
    with pytest.raises(AccessError, match="cannot be a short name"):
        short_name(name)


def test_a_role_that_is_none_is_named_with_those_there_are() -> None:
    with pytest.raises(AccessError, match=r"root: no such role; there are viewer"):
        roles_from(["viewer", "root"])


def test_the_api_document_names_its_operations_and_who_may(house: House) -> None:
    ben = house.person("ben", MANAGER)
    said = ben.ask("/api/v1/openapi.json").json()
    assert said["openapi"] == "3.1.0"
    me = said["paths"]["/api/v1/me"]["get"]
    assert me["x-roles"] == ["viewer"] and me["security"] == [{"token": []}]
    assert "application/problem+json" in me["responses"]["401"]["content"]
    assert not [path for path in said["paths"] if not path.startswith("/api/v1/")]
    page = ben.read("/api/v1")
    assert "/api/v1/me" in page and not re.findall(r'(?:src|href)="(?!/|#)', page)


def test_errors_of_the_api_are_problem_details(house: House) -> None:
    ben = house.person("ben", MANAGER)
    for path, status in (("/api/v1/nothing", 404), ("/api/v1/me", 401)):
        asker = Browser(house) if status == 401 else ben
        house.access._is_claimed = True
        answer = asker.ask(path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code == status
        assert answer.json()["title"] and answer.json()["detail"]


def test_health_tells_strangers_not_why_the_database_does_not_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = house.person("ben", MANAGER)

    def gone(_: object) -> bool:
        raise StoreError("database x: host does not answer; start it")

    monkeypatch.setattr("store.standing.Watching.is_current", gone)
    stranger, known = Browser(house).ask("/healthz"), ben.ask("/healthz")
    assert (stranger.status_code, stranger.json()) == (503, {"status": "not ready"})
    assert "start it" in known.json()["store"]
