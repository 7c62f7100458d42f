"""Answers of a practice Freshservice that are not records: errors, and pages with links."""

from collections.abc import Sequence
from urllib.parse import urlencode

from itsm.errors import RefusedRequestError
from simulator.web import Answer, Request, json_answer

PER_PAGE, MOST = 30, 100


def invalid(field: str, message: str, code: str = "invalid_value") -> RefusedRequestError:
    """A value that is not allowed."""
    error = {"field": field, "message": message, "code": code}
    told = {"description": "Validation failed", "errors": [error]}
    return RefusedRequestError(json_answer(told, 400))


def missing() -> RefusedRequestError:
    """Not there, or deleted for good: without a word."""
    return RefusedRequestError(Answer(404))


def denied() -> RefusedRequestError:
    """The agent's role may not."""
    told = {"code": "access_denied", "message": "You are not authorized to perform this action."}
    return RefusedRequestError(json_answer(told, 403))


def nobody() -> Answer:
    """No key, or a wrong one."""
    told = "You have to be logged in to perform this action."
    return json_answer({"code": "invalid_credentials", "message": told}, 401)


def no_path(_: Request) -> Answer:
    """A path the API does not have."""
    return Answer(404)


def not_allowed(_: Request) -> Answer:
    """A method the path does not have."""
    return Answer(405, b"", (("Allow", "GET, PUT, POST, DELETE"),))


def paged(
    request: Request, name: str, found: Sequence[object], page_cap: int, base: str = ""
) -> Answer:
    """A page of a list; a link tells whether more follow, and nothing tells how many there are.

    Args:
        request: says which page.
        name: what the list is called in the answer.
        found: all of it; what is not on the page may be anything.
        page_cap: later pages are refused.
        base: the host that links name, if another than the one that was asked.
    """
    page, size = whole(request, "page", 1), whole(request, "per_page", PER_PAGE)
    if size > MOST:
        raise invalid("per_page", f"It should be a Positive Integer less than or equal to {MOST}")
    if page > page_cap:
        raise invalid("page", f"You cannot access records beyond the {page_cap}th page. "
                              "Please provide a smaller page number.")  # fmt: skip
    first = (page - 1) * size
    headers = []
    if first + size < len(found):
        asked = {**request.parameters, "page": str(page + 1), "per_page": str(size)}
        link = f"{base or request.base}{request.path}?{urlencode(asked)}"
        headers.append(("Link", f'<{link}>; rel="next"'))
    return json_answer({name: list(found[first : first + size])}, 200, *headers)


def whole(request: Request, name: str, otherwise: int) -> int:
    """A number of the address, from 1 on."""
    text = request.parameters.get(name, "")
    if not text:
        return otherwise
    if not text.isdecimal() or int(text) < 1:
        raise invalid(name, "It should be a Positive Integer", "datatype_mismatch")
    return int(text)
