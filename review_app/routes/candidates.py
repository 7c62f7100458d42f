"""The queue, the page of one candidate, and its near misses."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from review_app.identity.actors import needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, Who, page_answer, problem_answer
from review_app.views.candidate import candidate_view
from review_app.views.near import near_view
from review_app.views.queue import queue_view
from review_app.visit import Visit

NO_CANDIDATE = (
    "The week has no candidate of this name. It may have been merged with another when the week "
    "was mined again, or belong to another week."
)


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the candidates."""
    routes = APIRouter(dependencies=[needs()])
    boards = parts.boards
    boards.warm()

    @routes.api_route("/", methods=READ)
    def queue(request: Request, who: Who) -> HTMLResponse:
        visit = Visit.of(parts, who, request.query_params)
        return page_answer(pages, "queue", view=queue_view(parts, boards, visit))

    @routes.api_route("/candidates/{candidate_id}", methods=READ)
    def candidate(request: Request, candidate_id: str, who: Who) -> HTMLResponse:
        visit = Visit.of(parts, who, request.query_params)
        view = candidate_view(parts, boards, candidate_id, visit)
        if view is None:
            return no_candidate(pages)
        return page_answer(pages, "candidate", view=view)

    @routes.api_route("/candidates/{candidate_id}/near", methods=READ)
    def near(request: Request, candidate_id: str, who: Who) -> HTMLResponse:
        visit = Visit.of(parts, who, request.query_params)
        view = near_view(parts, boards, candidate_id, visit)
        if view is None:
            return no_candidate(pages)
        return page_answer(pages, "near", view=view)

    return routes


def no_candidate(pages: Pages) -> HTMLResponse:
    """The page that says that there is no such candidate."""
    return problem_answer(pages, 404, "No such candidate", NO_CANDIDATE)
