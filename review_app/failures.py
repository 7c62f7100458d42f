"""What is said when something is wrong, with what to do about it."""

from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from itsm.errors import ForbiddenActionError, LoginNeededError, NotThereError, StoreError
from review_app.pages import Pages
from review_app.routes.answers import problem_answer

NO_PAGE = "There is nothing at this address."
FAILED = (
    "Something went wrong that we did not expect. The window in which csi review runs has the "
    "details; nothing was half written."
)


def tell_failures(app: FastAPI, pages: Pages) -> None:
    """Say every failure in a page of ours."""

    @app.exception_handler(404)
    def missing(_request: Request, _error: Exception) -> Response:
        return problem_answer(pages, 404, "Nothing here", NO_PAGE)

    @app.exception_handler(LoginNeededError)
    def stranger(request: Request, _error: LoginNeededError) -> Response:
        return RedirectResponse(login_address(request), status_code=303)

    @app.exception_handler(ForbiddenActionError)
    def forbidden(_request: Request, error: ForbiddenActionError) -> Response:
        return problem_answer(pages, 403, "Not for you to do", str(error))

    @app.exception_handler(NotThereError)
    def gone(_request: Request, error: NotThereError) -> Response:
        return problem_answer(pages, 404, "Nothing here", str(error))

    @app.exception_handler(StoreError)
    def store(_request: Request, error: StoreError) -> Response:
        return problem_answer(pages, 503, "The database does not answer", str(error))

    @app.exception_handler(500)
    def failed(_request: Request, _error: Exception) -> Response:
        return problem_answer(pages, 500, "An error of ours", FAILED)


def login_address(request: Request) -> str:
    """The log-in page, which leads back to what was asked for if it only reads."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = asked if request.method in {"GET", "HEAD"} and asked != "/" else ""
    return "/login" + (f"?{urlencode({'next': wanted})}" if wanted else "")
