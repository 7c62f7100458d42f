"""Users and access, for administrators: who may do what, and the access review."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from itsm.access import AppRole
from itsm.accounts import roles_from
from itsm.errors import AccessError, StaleDecisionError
from review_app.identity.access_review import access_review, as_csv, as_json
from review_app.identity.actors import known, needs
from review_app.identity.administering import Administering, Given, Wanted
from review_app.identity.browser import Access
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, page_answer, problem_answer
from review_app.routes.login import Typed
from review_app.views.access import one_user, users_view

Some = Annotated[list[str], Form()]
Text = Annotated[str, Form(max_length=2_000)]
ONLY = needs(AppRole.ADMINISTRATOR)


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of users and access; none where nobody can log in."""
    routes = APIRouter(dependencies=[ONLY])
    if parts.access is not None:
        _list(routes, parts, parts.access, pages)
        _one(routes, parts, parts.access, pages)
        _exports(routes, parts.access)
    return routes


def _list(routes: APIRouter, parts: ReviewParts, access: Access, pages: Pages) -> None:
    def page(given: Given | None = None, error: str = "", status: int = 200) -> Response:
        view = users_view(access, parts.zone)
        answer = page_answer(pages, "users", view=view, given=given, error=error)
        answer.status_code = status
        return answer

    @routes.api_route("/users", methods=READ)
    def users() -> Response:
        return page()

    @routes.post("/users")
    def added(
        request: Request,
        name: Typed,
        display: Text = "",
        services: Text = "",
        team: Text = "",
        roles: Some = [],  # noqa: B006  # FastAPI copies it
    ) -> Response:
        try:
            wanted = _wanted(roles, display, services, team)
            return page(_desk(access, request).add(name, wanted))
        except AccessError as error:
            return page(error=str(error), status=422)

    @routes.post("/users/{name}/reset")
    def reset(request: Request, name: str) -> Response:
        try:
            return page(_desk(access, request).reset(name))
        except AccessError as error:
            return page(error=str(error), status=422)


def _one(routes: APIRouter, parts: ReviewParts, access: Access, pages: Pages) -> None:
    page = partial(_page, parts, access, pages)
    done = partial(_done, page)

    @routes.api_route("/users/{name}", methods=READ)
    def user(name: str) -> Response:
        return page(name)

    @routes.post("/users/{name}")
    def changed(
        request: Request,
        name: str,
        seen: Annotated[int, Form()],
        display: Text = "",
        services: Text = "",
        team: Text = "",
        roles: Some = [],  # noqa: B006  # FastAPI copies it
    ) -> Response:
        desk = _desk(access, request)
        return done(name, lambda: desk.change(name, _wanted(roles, display, services, team), seen))

    @routes.post("/users/{name}/disable")
    def disabled(request: Request, name: str) -> Response:
        return done(name, lambda: _desk(access, request).disable(name))

    @routes.post("/users/{name}/enable")
    def enabled(request: Request, name: str) -> Response:
        return done(name, lambda: _desk(access, request).enable(name))

    @routes.post("/users/{name}/log-out")
    def logged_out(request: Request, name: str) -> Response:
        return done(name, lambda: _desk(access, request).end_sessions(name))


def _page(
    parts: ReviewParts,
    access: Access,
    pages: Pages,
    name: str,
    error: str = "",
    status: int = 200,
) -> Response:
    """The page of one account."""
    view = one_user(access, name, parts.zone)
    if view is None:
        return problem_answer(pages, 404, "No such account", "Nobody has this short name.")
    answer = page_answer(pages, "user", view=view, error=error)
    answer.status_code = status
    return answer


def _done(page: Callable[..., Response], name: str, deed: Callable[[], object]) -> Response:
    """Do something to an account, and go back to the list; stay on its page with what is wrong."""
    try:
        deed()
    except StaleDecisionError as error:
        return page(name, str(error), 409)
    except AccessError as error:
        return page(name, str(error), 422)
    return RedirectResponse("/users", status_code=303)


def _exports(routes: APIRouter, access: Access) -> None:
    @routes.api_route("/users-export.csv", methods=READ)
    def table() -> Response:
        text = as_csv(access_review(access.store, access.now()))
        return _file(text, "text/csv; charset=utf-8", "access-review.csv")

    @routes.api_route("/users-export.json", methods=READ)
    def document() -> Response:
        now = access.now()
        text = as_json(access_review(access.store, now), now)
        return _file(text, "application/json", "access-review.json")


def _file(text: str, media_type: str, name: str) -> Response:
    told = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=told)


def _desk(access: Access, request: Request) -> Administering:
    return Administering(access.store, known(request).actor.name, access.now)


def _wanted(roles: list[str], display: str, services: str, team: str) -> Wanted:
    """What was typed; services stand one a line."""
    named = frozenset(line.strip() for line in services.splitlines() if line.strip())
    return Wanted(roles=roles_from(roles), display=display, services=named, team=team)
