"""The queue, and the page of one candidate."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from review_app.asked import Asked, page_of
from review_app.identity.actors import needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.queue import Queues
from review_app.routes.answers import READ, page_answer, problem_answer
from review_app.views.candidate import candidate_view
from review_app.views.queue import queue_view

NO_CANDIDATE = (
    "The week has no candidate of this name. It may have been merged with another when the week "
    "was mined again, or belong to another week."
)


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the candidates."""
    routes = APIRouter(dependencies=[needs()])
    queues = Queues(parts.reviewing)
    for run in parts.reviewing.runs()[:1]:
        queues.of(run)  # read before the first visitor waits for it

    @routes.api_route("/", methods=READ)
    def queue(request: Request) -> HTMLResponse:
        view = queue_view(parts, queues, Asked.of(request.query_params))
        return page_answer(pages, "queue", view=view)

    @routes.api_route("/candidates/{candidate_id}", methods=READ)
    def candidate(request: Request, candidate_id: str) -> HTMLResponse:
        asked = Asked.of(request.query_params)
        page = page_of(request.query_params.get("members"))
        view = candidate_view(parts, queues, candidate_id, asked, page)
        if view is None:
            return problem_answer(pages, 404, "No such candidate", NO_CANDIDATE)
        return page_answer(pages, "candidate", view=view)

    return routes
