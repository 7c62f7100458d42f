"""The conflict queue, and the choice of a value."""

from fastapi import APIRouter

from review_app.conflicts import settle
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.queues import WaitingQueue, queue_router
from review_app.views.conflicts import COLUMNS, FILTERS, conflicts_view

QUEUE = WaitingQueue(
    columns=COLUMNS,
    filters=FILTERS,
    view=conflicts_view,
    decide=settle,
    done="The choice is kept; what has to be written leaves with the next push.",
)


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the conflict queue."""
    return queue_router(parts, pages, QUEUE)
