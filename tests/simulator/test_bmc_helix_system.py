"""The practice BMC Helix ITSM: logins, qualifications, errors, what writes leave behind."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import requests

from itsm.states import RecordKind
from simulator.bmc_helix.server import ROOT, BmcHelixServer
from simulator.desk.records import Held
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=300, n_weeks=8, seed=5, dirt=0.0)
HELP_DESK = "HPD:Help Desk"
MIDDLE = 1_792_454_400


@pytest.fixture(scope="module")
def server() -> Iterator[BmcHelixServer]:
    with BmcHelixServer(SETTINGS) as running:
        yield running
        assert running.errors == []


@pytest.fixture
def session(server: BmcHelixServer) -> requests.Session:
    form = {"username": server.user, "password": server.password}
    answer = requests.post(f"{server.url}/api/jwt/login", data=form, timeout=10)
    assert answer.headers["Content-Type"] == "text/plain"
    found = requests.Session()
    found.headers["Authorization"] = f"AR-JWT {answer.text}"
    return found


def listed(
    server: BmcHelixServer, session: requests.Session, form: str = HELP_DESK, **asked: str
) -> requests.Response:
    return session.get(f"{server.url}{ROOT}/{quote(form)}", params=asked, timeout=10)


def test_only_a_token_of_its_own_scheme_is_let_in(
    server: BmcHelixServer, session: requests.Session
) -> None:
    form = {"username": server.user, "password": "wrong"}
    refused = requests.post(f"{server.url}/api/jwt/login", data=form, timeout=10)
    assert refused.status_code == 401
    assert refused.json()[0]["messageNumber"] == 623
    token = str(session.headers["Authorization"]).removeprefix("AR-JWT ")
    session.headers["Authorization"] = f"Bearer {token}"
    assert listed(server, session).status_code == 401
    session.headers["Authorization"] = f"AR-JWT {token}"
    assert listed(server, session, limit="1").status_code == 200
    assert session.post(f"{server.url}/api/jwt/logout", timeout=10).status_code == 204
    assert listed(server, session).status_code == 401


QUALIFICATIONS: tuple[tuple[str, Callable[[Held], bool]], ...] = (
    ("'Status' = \"Closed\"", lambda one: one.text("state") == "closed"),
    ("'7' < \"Pending\"", lambda one: one.text("state") in {"new", "assigned", "in_progress"}),
    (f"'6' >= {MIDDLE}", lambda one: one.updated >= MIDDLE),
    (f"NOT '6' >= {MIDDLE}", lambda one: one.updated < MIDDLE),
    ("'Description' LIKE \"%VPN%\"", lambda one: "vpn" in one.text("title").lower()),
    ("'Vendor Name' = $NULL$", lambda one: not one.text("vendor")),
    (
        "('Assigned Group' = \"Network\" OR 'Assigned Group' = \"Linux\") AND "
        "'Priority' != \"Low\"",
        lambda one: (
            one.text("team") in {"Network", "Linux"} and one.values["priority"] not in {4, 5}
        ),
    ),
)


@pytest.mark.parametrize(("where", "is_meant"), QUALIFICATIONS)
def test_a_qualification_finds_what_plain_python_finds(
    server: BmcHelixServer, session: requests.Session, where: str, is_meant: Callable[[Held], bool]
) -> None:
    answer = listed(server, session, q=where, fields="values(Entry ID)", limit="1000").json()
    found = {one["values"]["Entry ID"] for one in answer["entries"]}
    key = server.key
    wanted = {key(HELP_DESK, one.id) for one in server.truth(RecordKind.INCIDENT) if is_meant(one)}
    assert found == wanted
    assert 0 < len(wanted) < SETTINGS.n_incidents


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"fields": "values(Nothing)"}, 314),
        ({"q": "'Nothing' = 1"}, 314),
        ({"sort": "Nothing.asc"}, 314),
        ({"q": "'Status' ="}, 1587),
        ({"q": "'6' >= \"yesterday\""}, 311),
    ],
)
def test_errors_are_lists_with_numbers(
    server: BmcHelixServer, session: requests.Session, asked: dict[str, str], number: int
) -> None:
    answer = listed(server, session, **asked)
    assert answer.status_code == 400
    assert [one["messageNumber"] for one in answer.json()] == [number]


def test_pages_end_where_no_next_link_is(server: BmcHelixServer, session: requests.Session) -> None:
    keys: list[str] = []
    while True:
        asked = {"offset": str(len(keys)), "limit": "70", "fields": "values(Entry ID)"}
        page = listed(server, session, **asked).json()
        keys += [one["values"]["Entry ID"] for one in page["entries"]]
        if "next" not in page["_links"]:
            break
    assert len(set(keys)) == len(keys) == SETTINGS.n_incidents


def test_a_change_is_audited_and_a_deleted_entry_is_forgotten(
    server: BmcHelixServer, session: requests.Session
) -> None:
    body = {"values": {"z1D_Action": "PROBLEM", "Description": "VPN drops", "Status": "Draft"}}
    path = f"{server.url}{ROOT}/PBM:ProblemInterface_Create"
    made = session.post(
        path, json=body, params={"fields": "values(Problem Investigation ID)"}, timeout=10
    )
    assert made.status_code == 201
    key = made.headers["Location"].rpartition("/")[2]
    one = f"{server.url}{ROOT}/PBM:ProblemInterface/{quote(f'{key}|{key}', safe='')}"
    changed = {"values": {"Investigation Status": "Under Review"}}
    assert session.put(one, json=changed, timeout=10).status_code == 204
    where = f"'Original Request ID' = \"{key}\""
    told = listed(server, session, "PBM:Investigation_AuditLogSystem", q=where).json()["entries"]
    changes = [(e["values"]["Field"], e["values"]["New Value"]) for e in told]
    assert changes == [("Status", "Under Review")]
    entry = f"{server.url}{ROOT}/{quote('PBM:Problem Investigation')}/{key}"
    assert session.get(entry, timeout=10).json()["values"]["Description"] == "VPN drops"
    assert session.delete(entry, timeout=10).status_code == 204
    gone = session.get(entry, timeout=10)
    assert (gone.status_code, gone.json()[0]["messageNumber"]) == (404, 302)
