"""What is said when something is wrong, with what to do about it: as a page, or as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from itsm.errors import (
    AccessError,
    BrakedError,
    ConfigError,
    CsiError,
    ForbiddenActionError,
    LoginNeededError,
    MappingError,
    NotThereError,
    PasswordChangeNeededError,
    PublishError,
    RoleError,
    StaleDecisionError,
    StoreError,
    TransitionError,
)
from review_app.api.problems import is_of_api, problem
from review_app.pages import Pages
from review_app.routes.answers import problem_answer

FAILED = (
    "Something went wrong that we did not expect. The window in which csi review runs has the "
    "details; nothing was half written."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a failure is told: status and heading; the sentence is the error's own."""

    status: int
    title: str


FAILURES: Mapping[type[CsiError], Failure] = {
    LoginNeededError: Failure(401, "Log in first"),
    ForbiddenActionError: Failure(403, "Not for you to do"),
    RoleError: Failure(403, "Not for you to do"),
    BrakedError: Failure(429, "Too many attempts"),
    AccessError: Failure(422, "That cannot be done"),
    NotThereError: Failure(404, "Nothing here"),
    StaleDecisionError: Failure(409, "Somebody was faster"),
    TransitionError: Failure(422, "That cannot be done"),
    MappingError: Failure(422, "A field cannot be used"),
    ConfigError: Failure(422, "That cannot be done"),
    PublishError: Failure(503, "The pack cannot be shown"),
    StoreError: Failure(503, "The database does not answer"),
}
"""How each sort of error is told; an error of ours that is not here is a defect."""
PLAIN: Mapping[int, tuple[str, str]] = {
    404: ("Nothing here", "There is nothing at this address."),
    405: ("Not like this", "This address does not take that method."),
}


def tell_failures(app: FastAPI, pages: Pages) -> None:
    """Say every failure in words of ours: in a page, and below /api/ as problem JSON."""

    def told(request: Request, status: int, title: str, text: str) -> Response:
        if is_of_api(request):
            return problem(status, title, text)
        return problem_answer(pages, status, title, text)

    @app.exception_handler(CsiError)
    def ours(request: Request, error: CsiError) -> Response:
        found = failure_of(error)
        if found is None:
            raise error
        if isinstance(error, LoginNeededError) and not is_of_api(request):
            return RedirectResponse(login_address(request, error), status_code=303)
        return told(request, found.status, found.title, str(error))

    @app.exception_handler(RequestValidationError)
    def unusable(request: Request, error: RequestValidationError) -> Response:
        wrong = [_field(one) for one in error.errors()]
        return told(request, 422, "The form cannot be used", f"{'; '.join(wrong)}.")

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        title, text = PLAIN.get(error.status_code, (phrase, str(error.detail)))
        answer = told(request, error.status_code, title, text)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(500)
    def failed(request: Request, _error: Exception) -> Response:
        return told(request, 500, "An error of ours", FAILED)


def failure_of(error: CsiError) -> Failure | None:
    """How an error is told: by its own sort, else by the nearest it is one of."""
    sorts = [sort for sort in type(error).__mro__ if sort in FAILURES]
    return FAILURES[sorts[0]] if sorts else None


def login_address(request: Request, error: LoginNeededError) -> str:
    """Where one goes on: to log in, and from there back to what was asked for if it only reads."""
    if isinstance(error, PasswordChangeNeededError):
        return "/account/password"
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = asked if request.method in {"GET", "HEAD"} and asked != "/" else ""
    return "/login" + (f"?{urlencode({'next': wanted})}" if wanted else "")


def _field(wrong: Mapping[str, object]) -> str:
    """A field and what is wrong with it, without what was typed."""
    place = wrong.get("loc")
    name = str(place[-1]) if isinstance(place, tuple) and place else "form"
    return f"{name}: {wrong.get('msg', 'cannot be used')}"
