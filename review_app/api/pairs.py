"""Pairs of records that look like one incident, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from itsm.access import AppRole
from itsm.pairs import PairState
from itsm.register_forms import MAX_TEXT
from review_app.api.document import BASE
from review_app.api.listing import Asked, Listing, listing
from review_app.identity.actors import needs
from review_app.pages import Pages
from review_app.pairs import SeenPair, pair_id, say, seen_pairs
from review_app.parts import ReviewParts
from review_app.routes.answers import Who
from review_app.wording import WITHHELD


class RecordOut(BaseModel):
    """A record of a pair."""

    source: str
    number: str


class PairOut(BaseModel):
    """Two records that are one incident, or look like it."""

    pair_id: str
    one: RecordOut
    other: RecordOut
    state: PairState
    why: str = Field(description="What speaks for it.")
    score: float | None
    decided_by: str | None
    reason: str


class WordIn(BaseModel):
    """What is said of a pair."""

    answer: PairState = Field(description="accepted: one incident; rejected: two.")
    seen: PairState = Field(description="The state that was looked at.")
    reason: Annotated[str, Field(max_length=MAX_TEXT)]


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the pairs."""
    del pages
    routes = APIRouter(prefix=BASE, tags=["pairs"])
    store = parts.reviewing.store

    @routes.get("/pairs", summary="Records that look like one incident", dependencies=[needs()])
    def pairs(
        request: Request, who: Who, part: Asked, state: PairState | None = PairState.PROPOSED
    ) -> Listing[PairOut]:
        """Those in a state, the most alike first."""
        with store.look() as uow:
            found = list(seen_pairs(uow, who.sight, *((state,) if state else ())))
        return listing(request, found, part, _shown)

    @routes.post(
        "/pairs/{name}",
        summary="Say whether they are one incident",
        dependencies=[needs(AppRole.PROBLEM_MANAGER)],
    )
    def decide(name: str, given: WordIn, who: Who) -> PairOut:
        """Figures and mining count by it from their next run on."""
        form = {"answer": given.answer, "seen": given.seen, "reason": given.reason}
        pair = say(parts, store, name, form, who)
        return _shown(SeenPair(pair, (None, None), is_shown=True))

    return routes


def _shown(seen: SeenPair) -> PairOut:
    pair, is_shown = seen.pair, seen.is_shown
    sides = [
        RecordOut(source=ref.source, number=ref.number if is_shown else WITHHELD)
        for ref in pair.refs
    ]
    return PairOut(
        pair_id=pair_id(pair),
        one=sides[0],
        other=sides[1],
        state=pair.state,
        why=pair.said if is_shown else WITHHELD,
        score=pair.score,
        decided_by=pair.actor,
        reason=(pair.reason or "") if is_shown else WITHHELD,
    )
