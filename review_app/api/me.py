"""The API's own page and document, and who the token belongs to."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from review_app.api.document import BASE, openapi, operations
from review_app.identity.actors import known, needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, page_answer


class Me(BaseModel):
    """Who a token belongs to."""

    name: str = Field(description="The short name that decisions carry.")
    display: str
    roles: list[str] = Field(description="What this token may do.")
    services: list[str] = Field(description="The services it sees; empty: all.")
    team: str


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the API about itself."""
    routes = APIRouter(dependencies=[needs()])

    @routes.get(f"{BASE}/me", summary="Who this token belongs to")
    def me(request: Request) -> Me:
        """The name, roles and services of whoever asks."""
        actor = known(request).actor
        return Me(
            name=actor.name,
            display=actor.display,
            roles=sorted(actor.roles),
            services=sorted(actor.services),
            team=actor.team,
        )

    @routes.get(f"{BASE}/openapi.json", include_in_schema=False)
    def document(request: Request) -> Response:
        return JSONResponse(_document(request))

    @routes.api_route(BASE, methods=READ, include_in_schema=False)
    def page(request: Request) -> Response:
        listed = operations(_document(request))
        own = parts.access.own(request) if parts.access else ""
        return page_answer(pages, "api", operations=listed, base=BASE, own=own)

    return routes


def _document(request: Request) -> dict[str, Any]:
    routes: Sequence[APIRoute] = request.app.state.ruled_routes
    return openapi(routes)
