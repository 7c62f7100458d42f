"""What watches the service asks: whether it works, and its figures for Prometheus."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from itsm.access import AppRole
from itsm.errors import ForbiddenActionError, StoreError
from review_app.identity.actors import known, open_to_all
from review_app.identity.browser import utc_now
from review_app.identity.origins import is_loopback
from review_app.metrics import Requests, exposition
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ
from store.standing import Watching

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def router(parts: ReviewParts, _pages: Pages) -> APIRouter:
    """The addresses of health and figures; none where there is nothing to watch."""
    routes = APIRouter()
    if parts.watching is not None:
        _health_and_figures(routes, parts.watching)
    return routes


def _health_and_figures(routes: APIRouter, watching: Watching) -> None:
    @routes.api_route("/healthz", methods=READ, dependencies=[open_to_all()])
    def health(request: Request) -> Response:
        told = known(request).actor.is_known
        try:
            is_current = watching.is_current()
        except StoreError as error:
            return _health(503, {"store": str(error)} if told else {})
        said = {"store": "answers", "migrations": "current" if is_current else "to be run"}
        return _health(200 if is_current else 503, said if told else {})

    @routes.api_route("/metrics", methods=READ, dependencies=[open_to_all()])
    def metrics(request: Request) -> Response:
        if not (is_loopback(request) or known(request).actor.may(AppRole.VIEWER)):
            raise ForbiddenActionError(
                "the figures are for this machine, or for who sends a token (csi users token)"
            )
        requests: Requests = request.app.state.requests
        text = exposition(requests, watching.standing(), utc_now())
        return Response(text, media_type=TEXT_FORMAT)


def _health(status: int, more: dict[str, str]) -> Response:
    state = "ok" if status == 200 else "not ready"
    return JSONResponse({"status": state, **more}, status_code=status)
