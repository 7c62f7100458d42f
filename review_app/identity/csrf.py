"""Forms that only our own pages can send: each carries a token that other sites cannot know."""

import hmac

from fastapi import Request
from markupsafe import Markup

from itsm.errors import ForbiddenActionError
from review_app.identity.actors import LOOKS, current, known

FIELD = "csrf"
HEADER = "x-csrf-token"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
REFUSED = (
    "The form was not sent from a page of this session. Open the page again and send it anew; "
    "nothing was changed."
)


def csrf_field() -> Markup:
    """The hidden field that every form that changes something has."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, current().csrf)


async def require_csrf(request: Request) -> None:
    """See that a request that changes something comes from a page of this very session.

    A dependency of the whole application, so that no route can forget it. Requests with a token of
    the API are let through: no browser sends that token by itself.

    Raises:
        ForbiddenActionError: it does not, or says where it comes from, and that is elsewhere.
    """
    found = known(request)
    if request.method in LOOKS or found.by_token:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForbiddenActionError(REFUSED)
    given = request.headers.get(HEADER) or await _sent(request)
    if not found.csrf or not hmac.compare_digest(found.csrf.encode(), given.encode()):
        raise ForbiddenActionError(REFUSED)


async def _sent(request: Request) -> str:
    """The token among the fields of a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in FORMS:
        return ""
    value = (await request.form()).get(FIELD, "")
    return value if isinstance(value, str) else ""
