"""Data quality: what is set aside, accepting it, trying it again."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError
from review_app.identity.actors import Actor, needs
from review_app.listing import Listing
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.quality import QualityDesk
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ, Who
from review_app.routes.register import Trouble
from review_app.routes.sent import Sent
from review_app.views import quality
from review_app.views.quality import quality_view

ACTS = (AppRole.PROBLEM_MANAGER,)
SEES = (AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR)
DONE = {
    "landed": "The record is accepted and has landed.",
    "accepted": "The record is accepted; it lands at the next run.",
    "withdrawn": "The rule holds again, from the next landing of the record on.",
}


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the data quality page."""
    routes = APIRouter(dependencies=[needs()])
    store = parts.reviewing.store
    desk = QualityDesk(parts, store)

    def page(request: Request, who: Actor, trouble: Trouble | None = None) -> HTMLResponse:
        asked = Listing.of(quality.COLUMNS, quality.FILTERS, request.query_params)
        view = quality_view(parts, store, asked, with_records=who.may(*SEES))
        said = pages.page("quality", view=view, done=_done(request), trouble=trouble)
        return HTMLResponse(said, status_code=trouble.status if trouble else 200)

    def tried(request: Request, sent: Sent, who: Actor, do: Callable[[], str]) -> Response:
        try:
            done = do()
        except CsiError as error:
            trouble = Trouble(refusal_status(error), str(error), sent.get("key", ""), sent)
            return page(request, who, trouble)
        return RedirectResponse(f"/quality?{done}", status_code=303)

    @routes.api_route("/quality", methods=READ)
    def shown(request: Request, who: Who) -> HTMLResponse:
        return page(request, who)

    @routes.post("/quality/accept", dependencies=[needs(*ACTS)])
    def accept(request: Request, sent: Sent, who: Who) -> Response:
        return tried(request, sent, who, lambda: f"done={desk.accept(sent, who)}")

    @routes.post("/quality/withdraw", dependencies=[needs(*ACTS)])
    def withdraw(request: Request, sent: Sent, who: Who) -> Response:
        return tried(request, sent, who, lambda: f"done={desk.withdraw(sent, who)}")

    @routes.post("/quality/retry", dependencies=[needs(*SEES)])
    def retry(request: Request, sent: Sent, who: Who) -> Response:
        def again() -> str:
            landed, left = desk.retry(sent)
            return f"landed={landed}&left={left}"

        return tried(request, sent, who, again)

    return routes


def _done(request: Request) -> str:
    """What was done last, as the address says."""
    asked = request.query_params
    counts = [asked.get(name, "") for name in ("landed", "left")]
    if all(text.isascii() and text.isdigit() and len(text) < 9 for text in counts):
        return f"Tried again: {int(counts[0]):,} landed, {int(counts[1]):,} stay set aside."
    return DONE.get(asked.get("done", ""), "")
