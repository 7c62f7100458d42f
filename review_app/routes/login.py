"""Logging in and out: with a password, or through the OpenID provider."""

import hmac
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from itsm.errors import AccessError, BrakedError, LoginProviderError
from review_app.identity.actors import Known, known, needs_login, open_to_all, remember
from review_app.identity.browser import SESSION, VISITOR, Access
from review_app.identity.logging_in import LoggedIn, log_in, log_out, start_session
from review_app.identity.oidc import Begun, Provider
from review_app.identity.oidc_accounts import account_for
from review_app.identity.origins import client_of, safe_next
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, page_answer

GOING = "csi_oidc"
"""The cookie of a log-in that is under way at the provider."""
GOING_S = 600
CALLBACK = "/login/oidc/callback"
Typed = Annotated[str, Form(max_length=1_000)]
FAULT = "The log-in was begun in another window, or too long ago. Begin it again here."


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of logging in and out; none where nobody can."""
    routes = APIRouter()
    if parts.access is not None:
        provider = Provider(parts.access.config.oidc) if parts.access.config.oidc else None
        _with_password(routes, parts.access, pages)
        _out(routes, parts.access, pages, provider)
        if provider is not None:
            _with_provider(routes, parts.access, pages, provider)
    return routes


def _with_password(routes: APIRouter, access: Access, pages: Pages) -> None:
    @routes.api_route("/login", methods=READ, dependencies=[open_to_all()])
    def login(request: Request) -> Response:
        wanted = safe_next(request.query_params.get("next"))
        if known(request).actor.is_known:
            return RedirectResponse(wanted, status_code=303)
        return _login_page(request, access, pages, wanted)

    @routes.post("/login", dependencies=[open_to_all()])
    def logged_in(
        request: Request, name: Typed, password: Typed, back: Annotated[str, Form()] = ""
    ) -> Response:
        wanted = safe_next(back)
        if not access.config.local:
            return _login_page(request, access, pages, wanted, error="Log in with the button.")
        client = client_of(request, access.config.trusted_proxies)
        try:
            entered = log_in(access, name, password, client, known(request).session)
        except AccessError as error:
            status = 429 if isinstance(error, BrakedError) else 401
            return _login_page(request, access, pages, wanted, str(error), status, name)
        return welcome(access, entered, wanted)


def _with_provider(routes: APIRouter, access: Access, pages: Pages, provider: Provider) -> None:
    @routes.api_route("/login/oidc", methods=READ, dependencies=[open_to_all()])
    def begin(request: Request) -> Response:
        wanted = safe_next(request.query_params.get("next"))
        try:
            begun = provider.begin(access.own(request) + CALLBACK)
        except LoginProviderError as error:
            return _login_page(request, access, pages, wanted, str(error), 502)
        answer = RedirectResponse(begun.address, status_code=303)
        going = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
        packed = access.signing.packed(GOING, going | {"next": wanted})
        access.set_cookie(answer, GOING, packed)
        return answer

    @routes.api_route(CALLBACK, methods=READ, dependencies=[open_to_all()])
    def back(request: Request) -> Response:
        cookie = request.cookies.get(access.cookie_name(GOING), "")
        going = access.signing.unpacked(GOING, cookie, within_s=GOING_S)
        state = request.query_params.get("state", "")
        if going is None or not hmac.compare_digest(going["state"].encode(), state.encode()):
            return _login_page(request, access, pages, "/", FAULT, 400)
        begun = Begun(address="", **{name: going[name] for name in ("state", "nonce", "verifier")})
        try:
            redirect = access.own(request) + CALLBACK
            claims = provider.finish(dict(request.query_params), begun, redirect)
            account = account_for(access, claims, provider.config)
        except LoginProviderError as error:
            return _login_page(request, access, pages, going["next"], str(error), 502)
        except AccessError as error:
            return _login_page(request, access, pages, going["next"], str(error), 403)
        entered = start_session(access, account, known(request).session, said="provider")
        answer = welcome(access, entered, safe_next(going["next"]))
        access.drop_cookie(answer, GOING)
        return answer


def _out(routes: APIRouter, access: Access, pages: Pages, provider: Provider | None) -> None:
    def end(request: Request, *, everywhere: bool) -> Response:
        found = known(request)
        log_out(access, found.session, found.account_id, everywhere=everywhere)
        answer = RedirectResponse("/logged-out", status_code=303)
        access.drop_cookie(answer, SESSION)
        return answer

    @routes.post("/logout", dependencies=[needs_login()])
    def logout(request: Request) -> Response:
        return end(request, everywhere=False)

    @routes.post("/logout/everywhere", dependencies=[needs_login()])
    def logout_everywhere(request: Request) -> Response:
        return end(request, everywhere=True)

    @routes.api_route("/logged-out", methods=READ, dependencies=[open_to_all()])
    def logged_out(request: Request) -> Response:
        try:
            there = provider.end_address(f"{access.own(request)}/login") if provider else None
        except LoginProviderError:
            there = None
        title = provider.config.title if provider else ""
        return page_answer(pages, "logged_out", there=there, title=title)


def welcome(access: Access, entered: LoggedIn, wanted: str) -> RedirectResponse:
    """The way on for somebody who has just logged in, with the cookie of the new session."""
    to = "/account/password" if entered.account.must_change else wanted
    answer = RedirectResponse(to, status_code=303)
    access.set_cookie(answer, SESSION, entered.cookie)
    access.drop_cookie(answer, VISITOR)
    return answer


def _login_page(
    request: Request,
    access: Access,
    pages: Pages,
    wanted: str,
    error: str = "",
    status: int = 200,
    name: str = "",
) -> Response:
    """The log-in page; a browser that is new here gets what its form is checked with."""
    visitor = None if known(request).csrf else access.new_visitor()
    if visitor is not None:
        remember(Known(actor=known(request).actor, csrf=visitor.csrf))
    oidc = access.config.oidc
    answer = page_answer(
        pages,
        "login",
        back="" if wanted == "/" else wanted,
        error=error,
        typed=name[:64],
        has_local=access.config.local,
        provider=oidc.title if oidc else "",
        provider_address="/login/oidc" + (f"?{urlencode({'next': wanted})}" if wanted else ""),
        is_open=access.is_open(),
    )
    answer.status_code = status
    if visitor is not None:
        access.set_cookie(answer, VISITOR, visitor.cookie)
    return answer
