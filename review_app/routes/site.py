"""What every page needs: its files, and the help."""

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response

from review_app.identity.actors import needs, open_to_all
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, page_answer

KEPT = "private, max-age=31536000, immutable"


def router(_parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of files and help."""
    routes = APIRouter()

    @routes.api_route("/help", methods=READ, dependencies=[needs()])
    def helped() -> HTMLResponse:
        return page_answer(pages, "help")

    @routes.api_route("/static/{name}", methods=READ, dependencies=[open_to_all()])
    def static(name: str) -> Response:
        asset = pages.assets.get(name)
        if asset is None:
            raise HTTPException(404)
        return Response(asset.content, media_type=asset.media_type, headers={"cache-control": KEPT})

    return routes
