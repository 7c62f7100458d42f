"""The conflict queue, and the choice of a value."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError, NotThereError
from review_app.conflicts import settle
from review_app.identity.actors import Actor, actor, needs
from review_app.listing import Listing
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ
from review_app.routes.register import Trouble
from review_app.routes.sent import Sent
from review_app.views import conflicts
from review_app.views.conflicts import conflicts_view

Who = Annotated[Actor, Depends(actor)]
DONE = "The choice is kept; what has to be written leaves with the next push."


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the conflict queue."""
    routes = APIRouter(dependencies=[needs()])
    store = parts.reviewing.store

    def page(request: Request, who: Actor, trouble: Trouble | None = None) -> HTMLResponse:
        asked = Listing.of(conflicts.COLUMNS, conflicts.FILTERS, request.query_params)
        view = conflicts_view(parts, store, who.sight, asked)
        done = DONE if request.query_params.get("done") else ""
        said = pages.page("conflicts", view=view, trouble=trouble, done=done)
        return HTMLResponse(said, status_code=trouble.status if trouble else 200)

    @routes.api_route("/conflicts", methods=READ)
    def queue(request: Request, who: Who) -> HTMLResponse:
        return page(request, who)

    @routes.post("/conflicts/{conflict_id}", dependencies=[needs(AppRole.PROBLEM_MANAGER)])
    def choose(request: Request, conflict_id: str, sent: Sent, who: Who) -> Response:
        try:
            settle(parts, store, conflict_id, sent, who)
        except NotThereError:
            raise
        except CsiError as error:
            status = refusal_status(error)
            return page(request, who, Trouble(status, str(error), conflict_id, sent))
        return RedirectResponse("/conflicts?done=1", status_code=303)

    return routes
