"""What people see who may not see everything: every page and every answer is walked."""

import asyncio
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from flows.settings import load_settings
from flows.web import review_parts
from flows.wiring import build
from itsm.access import AppRole
from itsm.candidates import Purity
from review_app.app import review_app
from review_app.identity.actors import Actor, Known, acting_as
from tests.review_app.desk import HOME, PORT, candidate, incident, land, mine

SECRET = "merger with Initech"
HIDDEN = "INC-HUSH-1"
QUOTED = "Initech papers are late"
"""A statement that quotes the restricted incident."""
ELSEWHERE = "payroll runs twice"
LINK = re.compile(r'href="(/[^"#]*)')
MOST = 120


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a restricted incident, and candidates of two services."""
    folder = tmp_path_factory.mktemp("sight")
    parts = build(load_settings(given={"zone": "Europe/London"}), folder)
    of_mail = candidate(
        "PC-MAIL", 4, purity=(Purity(field="service", value="E-mail", share=1, n=4),)
    )
    first, *others = of_mail.members
    hushed = (replace(first, number=HIDDEN), *others)
    of_mail = replace(of_mail, members=hushed, statement=QUOTED)
    of_pay = candidate(
        "PC-PAY", 3, purity=(Purity(field="service", value="Payroll", share=1, n=3),)
    )
    of_pay = replace(of_pay, statement=ELSEWHERE)
    land(
        parts.store,
        [
            incident(HIDDEN, title=SECRET, service="E-mail", restricted=True),
            *(incident(one.number, service="E-mail", title="mail is late") for one in others),
            *(incident(one.number, service="Payroll", title=ELSEWHERE) for one in of_pay.members),
        ],
    )
    mine(parts.store, "2026-W46", [of_mail, of_pay])
    return folder


def walked(folder: Path, actor: Actor) -> dict[str, str]:
    """Every page that can be reached from the first one and the API, with its text."""
    parts = build(load_settings(given={"zone": "Europe/London"}), folder)
    known = Known(actor=actor, csrf="x", account_id="x")
    served = replace(review_parts(parts, Path("csi.toml")), identify=lambda _: known)
    app = review_app(served, port=PORT)
    api = [
        "/api/v1/candidates",
        *(f"/api/v1/candidates/{name}{part}" for name in ("PC-MAIL", "PC-PAY") for part in PARTS),
    ]

    async def walk() -> dict[str, str]:
        found: dict[str, str] = {}
        acts = [f"/decide?action={one}&on=PC-MAIL" for one in ACTIONS]
        waiting = ["/", "/candidates/PC-PAY", "/candidates/PC-MAIL", *acts, *api]
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            while waiting and len(found) < MOST:
                path = waiting.pop(0)
                if path in found or path.startswith(("/static", "/log", "/account", "/users")):
                    continue
                answer = await client.get(path)
                assert answer.status_code in {200, 303, 403, 404}, (path, answer.status_code)
                found[path] = unescape(answer.text)
                waiting += [unescape(link) for link in LINK.findall(answer.text)]
        return found

    return asyncio.run(walk())


PARTS = ("", "/members", "/decisions", "/record")
ACTIONS = "accept link reject merge split remove pin snooze comment rename".split()


def where(pages: dict[str, str], text: str) -> list[str]:
    return [path for path, said in pages.items() if text in said]


@pytest.mark.parametrize("role", [AppRole.VIEWER, AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR])
def test_a_restricted_record_counts_and_is_shown_nowhere(house: Path, role: AppRole) -> None:
    pages = walked(house, acting_as("vic", "Vic", [role]))
    assert len(pages) > 20
    assert where(pages, SECRET) == [] and where(pages, HIDDEN) == []
    assert where(pages, QUOTED) == []
    assert pages["/api/v1/candidates/PC-MAIL"].count('"n_members":4') == 1


def test_who_has_the_right_is_shown_it(house: Path) -> None:
    roles = [AppRole.PROBLEM_MANAGER, AppRole.RESTRICTED_READER]
    pages = walked(house, acting_as("rex", "Rex", roles))
    assert "/candidates/PC-MAIL" in where(pages, HIDDEN)
    assert "/api/v1/candidates/PC-MAIL/members" in where(pages, HIDDEN)


def test_a_service_owner_sees_their_own_service_alone(house: Path) -> None:
    pages = walked(house, acting_as("mia", "Mia", [AppRole.VIEWER], ["E-mail"]))
    assert where(pages, ELSEWHERE) == [] and where(pages, SECRET) == []
    assert where(pages, "mail is late")
    everybody = walked(house, acting_as("vic", "Vic", [AppRole.VIEWER]))
    assert where(everybody, ELSEWHERE)
