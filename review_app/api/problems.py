"""Errors of the API, with the words of the pages.

Source:
    RFC 9457, Problem Details for HTTP APIs.
"""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse, Response

BELOW = "/api/"
MEDIA_TYPE = "application/problem+json"


def is_of_api(request: Request) -> bool:
    """Whether a request is for the API."""
    return request.url.path.startswith(BELOW)


def problem(
    status: int, title: str, detail: str, more: Mapping[str, object] | None = None
) -> Response:
    """What is wrong, for a script: `detail` is the sentence that the page would say."""
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(
        {**said, **(more or {})}, status_code=status, media_type=MEDIA_TYPE, headers=headers
    )
