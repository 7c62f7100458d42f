"""A queue of things of which a person says one word each: its page, and where the word goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole, Sight
from itsm.errors import CsiError, NotThereError
from review_app.identity.actors import Actor, actor, needs
from review_app.listing import Columns, Listing
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ
from review_app.routes.register import Trouble
from review_app.routes.sent import Sent
from store.unit_of_work import Store

Who = Annotated[Actor, Depends(actor)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingQueue:
    """What makes one queue differ from another.

    Attributes:
        columns: its address, and what it can be sorted by.
        filters: what it can be narrowed by.
        view: what its page shows of what somebody may see and asks for.
        decide: keeps the word on the thing of that name.
        done: said once it is kept.
    """

    columns: Columns
    filters: Sequence[str]
    view: Callable[[ReviewParts, Store, Sight, Listing], object]
    decide: Callable[[ReviewParts, Store, str, Mapping[str, str], Actor], object]
    done: str


def queue_router(parts: ReviewParts, pages: Pages, queue: WaitingQueue) -> APIRouter:
    """The addresses of one queue: everybody who may look sees it, problem managers decide."""
    routes = APIRouter(dependencies=[needs()])
    store, path = parts.reviewing.store, queue.columns.path

    def page(request: Request, who: Actor, trouble: Trouble | None = None) -> HTMLResponse:
        asked = Listing.of(queue.columns, queue.filters, request.query_params)
        view = queue.view(parts, store, who.sight, asked)
        done = queue.done if request.query_params.get("done") else ""
        said = pages.page(path.strip("/"), view=view, trouble=trouble, done=done)
        return HTMLResponse(said, status_code=trouble.status if trouble else 200)

    @routes.api_route(path, methods=READ)
    def listed(request: Request, who: Who) -> HTMLResponse:
        return page(request, who)

    @routes.post(f"{path}/{{name}}", dependencies=[needs(AppRole.PROBLEM_MANAGER)])
    def decide(request: Request, name: str, sent: Sent, who: Who) -> Response:
        try:
            queue.decide(parts, store, name, sent, who)
        except NotThereError:
            raise
        except CsiError as error:
            return page(request, who, Trouble(refusal_status(error), str(error), name, sent))
        return RedirectResponse(f"{path}?done=1", status_code=303)

    return routes
