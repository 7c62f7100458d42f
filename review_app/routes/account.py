"""One's own account: the password, the tokens, the way out everywhere."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from itsm.accounts import Account, AccountOrigin, ApiToken, roles_from
from itsm.errors import AccessError
from review_app.identity.actors import known, needs, needs_login
from review_app.identity.administering import LONGEST_TOKEN_DAYS, Administering
from review_app.identity.browser import Access
from review_app.identity.logging_in import change_password
from review_app.identity.origins import client_of
from review_app.identity.passwords import SHORTEST
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, page_answer
from review_app.routes.login import Typed, welcome
from review_app.views.access import role_choices, token_lines

USUAL_DAYS = 90


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of one's own account; none where nobody can log in."""
    routes = APIRouter()
    if parts.access is not None:
        _password(routes, parts.access, pages)
        _tokens(routes, parts, parts.access, pages)
    return routes


def _password(routes: APIRouter, access: Access, pages: Pages) -> None:
    def page(request: Request, error: str = "", status: int = 200) -> Response:
        first = known(request).must_change
        answer = page_answer(pages, "password", error=error, is_first=first, shortest=SHORTEST)
        answer.status_code = status
        return answer

    @routes.api_route("/account/password", methods=READ, dependencies=[needs_login()])
    def password(request: Request) -> Response:
        return page(request)

    @routes.post("/account/password", dependencies=[needs_login()])
    def changed(request: Request, old: Typed, new: Typed, again: Typed) -> Response:
        name, config = known(request).actor.name, access.config
        client = client_of(request, config.trusted_proxies)
        try:
            entered = change_password(access, name, old, (new, again), client)
        except AccessError as error:
            return page(request, str(error), 422)
        return welcome(access, entered, "/account")


def _tokens(routes: APIRouter, parts: ReviewParts, access: Access, pages: Pages) -> None:
    page = partial(_page, parts, access, pages)

    @routes.api_route("/account", methods=READ, dependencies=[needs_login(), needs()])
    def account(request: Request) -> Response:
        return page(request)

    @routes.post("/account/tokens", dependencies=[needs_login(), needs()])
    def made(
        request: Request,
        label: Typed,
        days: Annotated[int, Form()] = USUAL_DAYS,
        roles: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
    ) -> Response:
        name = known(request).actor.name
        desk = Administering(access.store, name, access.now)
        try:
            _, text = desk.token(name, label, roles_from(roles), days)
        except AccessError as error:
            return page(request, error=str(error), status=422)
        return page(request, made=text)

    @routes.post("/account/tokens/{token_id}/revoke", dependencies=[needs_login(), needs()])
    def revoked(request: Request, token_id: str) -> Response:
        name = known(request).actor.name
        try:
            Administering(access.store, name, access.now).revoke(name, token_id)
        except AccessError as error:
            return page(request, error=str(error), status=422)
        return RedirectResponse("/account", status_code=303)


def _page(
    parts: ReviewParts,
    access: Access,
    pages: Pages,
    request: Request,
    *,
    made: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    """The page of one's own account; `made` is a token that is shown this once."""
    account, tokens, n_sessions = _own(access, request)
    answer = page_answer(
        pages,
        "account",
        account=account,
        is_local=account.origin is AccountOrigin.LOCAL,
        roles=role_choices(account.roles, account.roles),
        tokens=token_lines(tokens, access.now(), parts.zone),
        n_sessions=n_sessions,
        made=made,
        error=error,
        days=USUAL_DAYS,
        most_days=LONGEST_TOKEN_DAYS,
    )
    answer.status_code = status
    return answer


def _own(access: Access, request: Request) -> tuple[Account, Sequence[ApiToken], int]:
    """The account of whoever asks, its tokens, and in how many browsers they are logged in."""
    with access.store.look() as uow:
        account = uow.accounts.get(known(request).actor.name)
        tokens = uow.tokens.of(account.account_id)
        return account, tokens, uow.sessions.count(account.account_id)
