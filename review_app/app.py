"""The application: which address shows which page, and what is said when there is none."""

from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response

from itsm.errors import StoreError
from review_app.access import Gate
from review_app.asked import Asked, page_of
from review_app.assets import Assets
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.queue import Queues
from review_app.views.candidate import candidate_view
from review_app.views.queue import queue_view

READ = ["GET", "HEAD"]
KEPT = "private, max-age=31536000, immutable"


def review_app(parts: ReviewParts, *, port: int) -> Gate:
    """The review pages as an ASGI application.

    Args:
        parts: what they need.
        port: the port they are reached at; a request that names another is refused.
    """
    app = FastAPI(title="csi review", docs_url=None, redoc_url=None, openapi_url=None)
    assets = Assets()
    pages = Pages(parts, assets)
    _routes(app, parts, pages)
    _errors(app, pages)

    @app.api_route("/static/{name}", methods=READ)
    def static(name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            raise HTTPException(404)
        return Response(asset.content, media_type=asset.media_type, headers={"cache-control": KEPT})

    return Gate(app, port=port)


def _routes(app: FastAPI, parts: ReviewParts, pages: Pages) -> None:
    queues = Queues(parts.reviewing)
    for run in parts.reviewing.runs()[:1]:
        queues.of(run)  # read before the first visitor waits for it

    @app.api_route("/", methods=READ)
    def queue(request: Request) -> HTMLResponse:
        view = queue_view(parts, queues, Asked.of(request.query_params))
        return HTMLResponse(pages.page("queue", view=view))

    @app.api_route("/candidates/{candidate_id}", methods=READ)
    def candidate(request: Request, candidate_id: str) -> HTMLResponse:
        asked = Asked.of(request.query_params)
        page = page_of(request.query_params.get("members"))
        view = candidate_view(parts, queues, candidate_id, asked, page)
        if view is None:
            return _problem(pages, 404, "No such candidate", NO_CANDIDATE)
        return HTMLResponse(pages.page("candidate", view=view))

    @app.api_route("/help", methods=READ)
    def helped() -> HTMLResponse:
        return HTMLResponse(pages.page("help"))


NO_CANDIDATE = (
    "The week has no candidate of this name. It may have been merged with another when the week "
    "was mined again, or belong to another week."
)
NO_PAGE = "There is nothing at this address."
FAILED = (
    "Something went wrong that we did not expect. The window in which csi review runs has the "
    "details; the data is not affected, because these pages only read."
)


def _errors(app: FastAPI, pages: Pages) -> None:
    @app.exception_handler(404)
    def missing(_request: Request, _error: Exception) -> HTMLResponse:
        return _problem(pages, 404, "Nothing here", NO_PAGE)

    @app.exception_handler(StoreError)
    def store(_request: Request, error: StoreError) -> HTMLResponse:
        return _problem(pages, 503, "The database does not answer", str(error))

    @app.exception_handler(500)
    def failed(_request: Request, _error: Exception) -> HTMLResponse:
        return _problem(pages, 500, "An error of ours", FAILED)


def _problem(pages: Pages, status: int, title: str, text: str) -> HTMLResponse:
    return HTMLResponse(pages.page("problem", title=title, text=text), status_code=status)
