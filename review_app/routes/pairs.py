"""Pairs of records that look like one incident, and what is said of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError, NotThereError
from review_app.identity.actors import Actor, actor, needs
from review_app.listing import Listing
from review_app.pages import Pages
from review_app.pairs import say
from review_app.parts import ReviewParts
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ
from review_app.routes.register import Trouble
from review_app.routes.sent import Sent
from review_app.views import pairs
from review_app.views.pairs import pairs_view

Who = Annotated[Actor, Depends(actor)]
DONE = "It is kept; figures and mining count by it from their next run on."


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the pairs."""
    routes = APIRouter(dependencies=[needs()])
    store = parts.reviewing.store

    def page(request: Request, who: Actor, trouble: Trouble | None = None) -> HTMLResponse:
        asked = Listing.of(pairs.COLUMNS, pairs.FILTERS, request.query_params)
        view = pairs_view(parts, store, who.sight, asked)
        done = DONE if request.query_params.get("done") else ""
        said = pages.page("pairs", view=view, trouble=trouble, done=done)
        return HTMLResponse(said, status_code=trouble.status if trouble else 200)

    @routes.api_route("/pairs", methods=READ)
    def queue(request: Request, who: Who) -> HTMLResponse:
        return page(request, who)

    @routes.post("/pairs/{name}", dependencies=[needs(AppRole.PROBLEM_MANAGER)])
    def decide(request: Request, name: str, sent: Sent, who: Who) -> Response:
        try:
            say(parts, store, name, sent, who)
        except NotThereError:
            raise
        except CsiError as error:
            return page(request, who, Trouble(refusal_status(error), str(error), name, sent))
        return RedirectResponse("/pairs?done=1", status_code=303)

    return routes
