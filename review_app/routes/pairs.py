"""Pairs of records that look like one incident, and what is said of them."""

from fastapi import APIRouter

from review_app.pages import Pages
from review_app.pairs import say
from review_app.parts import ReviewParts
from review_app.routes.queues import WaitingQueue, queue_router
from review_app.views.pairs import COLUMNS, FILTERS, pairs_view

QUEUE = WaitingQueue(
    columns=COLUMNS,
    filters=FILTERS,
    view=pairs_view,
    decide=say,
    done="It is kept; figures and mining count by it from their next run on.",
)


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the pairs."""
    return queue_router(parts, pages, QUEUE)
