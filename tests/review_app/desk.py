"""A service desk with incidents and mined weeks, and a visitor who looks at it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from itsm.access import AppRole
from itsm.candidates import (
    CostModel,
    Estimate,
    Evidence,
    Life,
    Member,
    Movement,
    ProblemCandidate,
    Purity,
)
from itsm.records import Incident
from itsm.states import IncidentState
from review_app.app import review_app
from review_app.identity.actors import MACHINE_USER, Actor, Known, acting_as
from review_app.parts import RecordLink, ReviewParts
from store import MiningRun, Store
from store.reviewing import Reviewing

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
PORT = 8321
HOME = f"http://127.0.0.1:{PORT}"


def incident(number: str, **fields: object) -> Incident:
    """An incident of the desk."""
    plain = Incident(
        source="desk",
        number=number,
        opened_at=NOW - timedelta(days=3),
        state=IncidentState.CLOSED,
        state_code="7",
        title=f"VPN drops {number}",
        service="Remote access",
        ci="lon-vpn-01",
        team="Network",
        caller="Jane Doe",
        resolved_at=NOW,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # each field fits


def candidate(
    candidate_id: str, n: int = 3, *, hours: float = 30.0, **fields: object
) -> ProblemCandidate:
    """A candidate with members `<id>-0`, `<id>-1` ..., the first fitting best."""
    plain = ProblemCandidate(
        candidate_id=candidate_id,
        statement=f"VPN drops for home workers ({candidate_id})",
        members=tuple(
            Member(source="desk", number=f"{candidate_id}-{i}", score=round(0.99 - i / 1000, 6))
            for i in range(n)
        ),
        score=0.9,
        first_seen_at=NOW - timedelta(days=20),
        last_seen_at=NOW,
        weekly_counts=(*([0] * 22), 1, 0, 2, 1),
        life=Life.ACTIVE,
        evidence=(
            Evidence(kind="shared_terms", text="radius, reject", weight=1.5),
            Evidence(
                kind="team",
                text="different team in 20% of the pairs",
                weight=-0.5,
                contributes=False,
            ),
        ),
        purity=(
            Purity(field="service", value="Remote access", share=1.0, n=n),
            Purity(field="team", value="Network", share=0.5, n=n),
        ),
        avoidable_hours=Estimate(value=hours, low=10, high=90, unit="h", assumed=("handling_h",)),
        movement=Movement.GROWN,
        known_problems=("PRB0001",),
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # each field fits


def mine(store: Store, week: str, candidates: Sequence[ProblemCandidate], run: str = "") -> None:
    """Keep a mining run of a week with its candidates."""
    made = MiningRun(
        run_id=run or f"M-{week}",
        week=week,
        cutoff_at=NOW,
        mining_version="1",
        n_incidents=99,
        input_hash=run or week,
        started_at=NOW,
        finished_at=NOW,
    )
    with store.begin() as uow:
        uow.mining.save(made, candidates)
        uow.commit()


def land(store: Store, incidents: Sequence[Incident]) -> None:
    """Keep incidents."""
    with store.begin() as uow:
        uow.records.save(incidents)
        uow.commit()


def members_of(*candidates: ProblemCandidate) -> list[Incident]:
    """A plain incident for every member."""
    return [incident(member.number) for one in candidates for member in one.members]


CSRF = "the-token-of-this-session"
MANAGER = acting_as("ben", "Ben Manager", [AppRole.PROBLEM_MANAGER])
APPROVER = acting_as("cleo", "Cleo Approver", [AppRole.REGISTER_APPROVER])
ADMINISTRATOR = acting_as("ada", "Ada Administrator", [AppRole.ADMINISTRATOR])
VIEWER = acting_as("vic", "Vic Viewer", [AppRole.VIEWER])


class Visitor:
    """Asks the pages of a store as a browser would: of this machine, or of somebody logged in."""

    def __init__(
        self,
        store: Store,
        links: Mapping[str, RecordLink] | None = None,
        actor: Actor = MACHINE_USER,
    ) -> None:
        parts = ReviewParts(
            reviewing=Reviewing.of(store),
            redact=lambda title, people: title.replace("secret", "<secret>"),
            zone=ZoneInfo("Europe/London"),
            organisation="Example & Co",
            cost=CostModel(),
            links=links or {},
            identify=lambda _: Known(actor=actor, csrf=CSRF if actor.is_known else ""),
        )
        self.app = review_app(parts, port=PORT)

    def ask(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request with its answer."""
        return asyncio.run(self._ask(path, method, headers))

    def read(self, path: str) -> str:
        """The page at a path, which is there."""
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, form: Mapping[str, object]) -> httpx.Response:
        """Send a form of a page, with the token that the page has in it."""
        return asyncio.run(self._ask(path, "POST", None, {"csrf": CSRF, **form}))

    async def _ask(
        self,
        path: str,
        method: str,
        headers: dict[str, str] | None,
        form: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.request(method, path, headers=headers, data=form)
