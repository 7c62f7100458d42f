"""Doing something to several entries of the register at once."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError, NotThereError
from review_app.identity.actors import Actor, actor, needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import RegisterDesk, refusal_status
from review_app.register.many import SEEN, do_many
from review_app.routes.answers import READ
from review_app.routes.sent import Sent
from review_app.views.register_many import many_view

Who = Annotated[Actor, Depends(actor)]
CHANGERS = (AppRole.PROBLEM_MANAGER, AppRole.REGISTER_APPROVER)


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses; they come before `/register/{number}`, which would take them."""
    routes = APIRouter(dependencies=[needs(*CHANGERS)])
    desk = RegisterDesk(parts.reviewing.store, parts.works)

    def form(
        sent: Mapping[str, str], numbers: list[str], who: Actor, error: CsiError | None = None
    ) -> Response:
        view = many_view(parts, desk, sent, numbers, who)
        told = str(error) if error else ""
        page = pages.page("register_many", view=view, trouble=told, people=parts.works.people)
        return HTMLResponse(page, status_code=refusal_status(error) if error else 200)

    @routes.api_route("/register/many", methods=READ)
    def fill_in(request: Request, who: Who) -> Response:
        asked = request.query_params
        return form(dict(asked), asked.getlist("on"), who)

    @routes.post("/register/many")
    def act(sent: Sent, who: Who) -> Response:
        try:
            kept = do_many(desk, sent, who)
        except NotThereError:
            raise
        except CsiError as error:
            numbers = [name.removeprefix(SEEN) for name in sent if name.startswith(SEEN)]
            return form(sent, numbers, who, error)
        undo = [("undo", f"{entry.number} {entry.version}") for entry in kept]
        told = urlencode([("done", sent["deed"]), *undo])
        return RedirectResponse(f"/register?{told}", status_code=303)

    return routes
