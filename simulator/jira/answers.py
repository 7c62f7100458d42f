"""Answers of the site that are not records: errors with their bodies, pages, limits."""

from collections.abc import Sequence

import orjson

from simulator.web import Answer, Request, json_answer

LOGIN_REASON = "X-Seraph-LoginReason"
MOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full "
    "migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


def refused(status: int, *messages: str, **errors: str) -> Answer:
    """An error of the platform's API."""
    return json_answer({"errorMessages": list(messages), "errors": errors}, status)


def desk_refused(status: int, message: str, key: str) -> Answer:
    """An error of the service desk's API."""
    told = {"errorMessage": message, "i18nErrorMessage": {"i18nKey": key, "parameters": []}}
    return json_answer(told, status)


def no_issue() -> Answer:
    """Deleted, hidden or never there."""
    return refused(404, "Issue does not exist or you do not have permission to see it.")


def no_path(_: Request) -> Answer:
    """A path the site does not have."""
    return Answer(404, b"<html><head><title>Oops, you've found a dead link</title></head></html>",
                  content_type="text/html;charset=UTF-8")  # fmt: skip


def not_allowed(_: Request) -> Answer:
    """A method the path does not have."""
    return refused(405, "HTTP 405 Method Not Allowed")


def unauthenticated() -> Answer:
    """Nobody, a wrong password or token, or one that is dead."""
    told = b"Client must be authenticated to access this resource."
    headers = (("WWW-Authenticate", 'OAuth realm="practice"'),)
    return Answer(401, told, headers, content_type="text/plain;charset=UTF-8")


def captcha(base: str) -> Answer:
    """Too many failed logins in Data Center: only a person can clear it."""
    reason = f"CAPTCHA_CHALLENGE; login-url={base}/login.jsp"
    page = b"<html><head><title>Forbidden (403)</title></head></html>"
    return Answer(403, page, (("X-Authentication-Denied-Reason", reason),),
                  content_type="text/html;charset=UTF-8")  # fmt: skip


def desk_page(request: Request, values: Sequence[object], most: int = 50) -> Answer:
    """A page of the service desk's API: it tells how many are in it, never how many in all."""
    start, limit = whole(request, "start", 0), min(whole(request, "limit", most), 100)
    shown = values[start : start + limit]
    is_last = start + limit >= len(values)
    links = {"base": request.base, "context": "", "self": f"{request.base}{request.path}"}
    if not is_last:
        links["next"] = f"{request.base}{request.path}?start={start + limit}&limit={limit}"
    told = {
        "_expands": [],
        "size": len(shown),
        "start": start,
        "limit": limit,
        "isLastPage": is_last,
        "_links": links,
        "values": shown,
    }
    return json_answer(told)


def whole(request: Request, name: str, otherwise: int) -> int:
    """A whole number of the address."""
    text = request.parameters.get(name, "")
    return int(text) if text.isdecimal() else otherwise


def asked(request: Request) -> dict[str, object]:
    """What is asked for: the parameters of the address, or the JSON that was posted."""
    told: dict[str, object] = dict(request.parameters)
    if request.method in {"POST", "PUT"} and request.body:
        try:
            given = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            given = None
        if isinstance(given, dict):
            told.update(given)
    return told


def number(value: object, otherwise: int) -> int:
    """A whole number of an address or of JSON."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else otherwise


def listed(value: object) -> list[str] | None:
    """A list in JSON, or words with commas between; None where nothing is said."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return value.split(",") if isinstance(value, str) and value else None
