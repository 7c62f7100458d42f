"""The application: its pages, behind the gate that says who is asking."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CollectorRegistry

from review_app.access import Gate
from review_app.api import candidates as api_candidates
from review_app.api import me
from review_app.api import packs as api_packs
from review_app.api import pairs as api_pairs
from review_app.api import register as api_register
from review_app.api import works as api_works
from review_app.assets import Assets
from review_app.failures import tell_failures
from review_app.identity.actors import require_rules
from review_app.identity.config import AccessConfig
from review_app.identity.csrf import require_csrf
from review_app.metrics import Requests
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes import (
    account,
    candidates,
    conflicts,
    deciding,
    login,
    meetings,
    operating,
    packs,
    pairs,
    quality,
    register,
    register_many,
    site,
    subscriptions,
    users,
)

Router = Callable[[ReviewParts, Pages], APIRouter]
ROUTERS: Sequence[Router] = (
    candidates.router,
    deciding.router,
    deciding.views_router,
    register_many.router,
    register.router,
    conflicts.router,
    pairs.router,
    packs.router,
    subscriptions.router,
    quality.router,
    meetings.router,
    site.router,
    login.router,
    account.router,
    users.router,
    operating.router,
    me.router,
    api_candidates.router,
    api_register.router,
    api_packs.router,
    api_works.router,
    api_pairs.router,
)
"""Every group of pages; a new one adds its line here."""


def review_app(parts: ReviewParts, *, port: int) -> Gate:
    """The review pages as an ASGI application.

    Args:
        parts: what they need.
        port: the port they are reached at; a request that names another is refused.
    """
    app, requests = bare_app(parts), Requests(CollectorRegistry())
    app.state.requests = requests
    config = parts.access.config if parts.access else AccessConfig()
    return Gate(app, parts.identify, port=port, config=config, requests=requests)


def bare_app(parts: ReviewParts) -> FastAPI:
    """The application behind the gate; every route of it says who may use it."""
    app = FastAPI(
        title="csi review",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(require_csrf)],
    )
    pages = Pages(parts, Assets())
    routers = [make(parts, pages) for make in ROUTERS]
    app.state.ruled_routes = require_rules(routers)
    for router in routers:
        app.include_router(router)
    tell_failures(app, pages)
    return app
