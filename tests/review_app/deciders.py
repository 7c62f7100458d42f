"""Somebody who decides: a visitor with a desk, who sends the forms of the pages."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import httpx

from itsm.access import AppRole
from itsm.candidates import CostModel, ProblemCandidate
from itsm.push_planning import Homes
from itsm.pushing import PushMode
from itsm.register import Origin, RegisterEntry
from itsm.register_roles import Person
from review_app.app import review_app
from review_app.desk import Desk
from review_app.identity.actors import Known, acting_as
from review_app.parts import RecordLink, ReviewParts
from review_app.session import Budget
from store import MiningRun, Store, UnitOfWork
from store.reviewing import Reviewing
from tests.review_app.desk import HOME, PORT

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
CSRF = "token-of-the-session"
MANAGER = (AppRole.PROBLEM_MANAGER,)


def open_entry(
    uow: UnitOfWork, candidate: ProblemCandidate, run: MiningRun, person: Person, at: datetime
) -> tuple[str, bool]:
    """Puts a candidate into the register, as the settings of nobody in particular would."""
    entry = RegisterEntry(
        number=f"CSI-{candidate.candidate_id}",
        title=candidate.statement,
        description=run.week,
        origin=Origin.MINED_CANDIDATE,
        origin_record=candidate.candidate_id,
        evidence_hash=None,
        raised_at=at,
        raised_by=person.name,
    )
    return entry.number, uow.register.save([entry]) > 0


class Decider:
    """Looks at pages and sends their forms, as a browser without script would."""

    def __init__(
        self,
        store: Store,
        *,
        name: str = "ann",
        roles: Sequence[AppRole] = MANAGER,
        services: Sequence[str] = (),
        team: str = "",
        able: Sequence[str] = ("desk",),
        budget: Budget | None = None,
        links: Mapping[str, RecordLink] | None = None,
    ) -> None:
        self.now = NOW
        self.store = store
        known = Known(actor=acting_as(name, name.title(), roles, services, team), csrf=CSRF)
        desk = Desk(
            store=store,
            open_entry=open_entry,
            homes=Homes(able=tuple(able)),
            modes=dict.fromkeys(able, PushMode.FULL),
            now=lambda: self.now,
        )
        self.parts = ReviewParts(
            reviewing=Reviewing.of(store),
            redact=lambda title, people: title,
            zone=ZoneInfo("Europe/London"),
            organisation="Example & Co",
            cost=CostModel(),
            links=links or {},
            identify=lambda _: known,
            desk=desk,
            budget=budget or Budget(),
        )
        self.app = review_app(self.parts, port=PORT)

    def ask(
        self, path: str, form: Sequence[tuple[str, str]] | None = None, **given: object
    ) -> httpx.Response:
        """One request: a form is sent where there is one."""
        return asyncio.run(self._ask(path, form, given))

    def read(self, path: str) -> str:
        """The page at a path, which is there."""
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **fields: str | Sequence[str]) -> httpx.Response:
        """Open the form at a path, fill in some fields, and send it."""
        page = self.read(path)
        return self.ask("/decide", self.filled(page, **fields))

    def filled(self, page: str, **fields: str | Sequence[str]) -> list[tuple[str, str]]:
        """What the form of a page sends, with some fields filled in anew."""
        found = form_fields(page, 'method="post" action="/decide"')
        kept = [(name, value) for name, value in found if name not in fields]
        for name, value in fields.items():
            kept += [(name, v) for v in ([value] if isinstance(value, str) else value)]
        return kept

    def follow(self, answer: httpx.Response) -> str:
        """The page that an answer leads to."""
        assert answer.status_code == 303, (answer.status_code, answer.text)
        return self.read(answer.headers["location"].partition("#")[0])

    async def _ask(
        self, path: str, form: Sequence[tuple[str, str]] | None, given: dict[str, object]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            if form is None:
                return await client.get(path, **given)  # type: ignore[arg-type]  # as httpx has it
            body = httpx.QueryParams(list(form))
            kind = {"content-type": "application/x-www-form-urlencoded"}
            return await client.post(path, content=str(body), headers=kind)


def form_fields(page: str, opening: str) -> list[tuple[str, str]]:
    """The fields of a form with what a browser would send of them."""
    form = page.partition(opening)[2].partition("</form>")[0]
    assert form, "there is no such form"
    found = []
    for tag in re.findall(r"<input[^>]*>", form):
        said = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        is_choice = said.get("type") in {"checkbox", "radio"}
        if "name" in said and (not is_choice or " checked" in tag) and " disabled" not in tag:
            found.append((said["name"], said.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form):
        found.append((name, unescape(text)))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found.append((name, unescape(chosen[1]) if chosen else ""))
    return found


def decisions(store: Store) -> list[tuple[str, str, str, str]]:
    """Every decision: action, candidate, actor, reason."""
    with store.begin() as uow:
        return [(d.action.value, d.candidate_id, d.actor, d.reason) for d in uow.decisions.list()]


def waiting(store: Store) -> list[tuple[str, str]]:
    """What waits in the outbox: action and candidate."""
    with store.begin() as uow:
        return [(f.intent.action.value, f.intent.subject) for f in uow.outbox.fates()]


def known_as(store: Store, run: MiningRun) -> MiningRun:
    """A run that is mined anew, later."""
    return replace(run, run_id=f"{run.run_id}-again", finished_at=NOW)
