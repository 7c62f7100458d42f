"""Answers of the instance that are not records: errors with their bodies, paging headers."""

from urllib.parse import quote, urlencode

from simulator.web import Answer, Request, json_answer

_NO_ROW = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def failure(status: int, message: str, detail: str | None, *headers: tuple[str, str]) -> Answer:
    """An error as the instance words it."""
    told = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return json_answer(told, status, *headers)


def unauthenticated() -> Answer:
    """Nobody, a wrong password, or a token that is dead."""
    return failure(
        401,
        "User Not Authenticated",
        "Required to provide Auth information",
        ("WWW-Authenticate", 'BASIC realm="Service-now"'),
    )


def no_record() -> Answer:
    """Deleted, hidden or never there."""
    return failure(404, *_NO_ROW)


def no_resource(_: Request) -> Answer:
    """A path the instance does not have."""
    return failure(400, "Requested URI does not represent any resource", None)


def not_allowed(_: Request) -> Answer:
    """A method the path does not have."""
    return failure(405, "Method not supported", None)


def denied_reading() -> Answer:
    """A table this user may not read."""
    return failure(
        403,
        "Insufficient rights to query records",
        "Field(s) present in the query do not have permission to be read",
    )


def not_let(detail: str) -> Answer:
    """A write that an access rule, a data policy or a business rule stops."""
    return failure(403, "Operation Failed", detail)


def page_links(request: Request, base: str, limit: int, offset: int, total: int) -> str:
    """The `Link` header of a page: first, previous, next and last, as absolute addresses."""
    limit = max(limit, 1)
    last = (max(total, 1) - 1) // limit * limit
    places = {"first": 0}
    if offset > 0:
        places["prev"] = max(0, offset - limit)
    if offset + limit < total:
        places["next"] = offset + limit
    places["last"] = last
    links = []
    for name, place in places.items():
        parameters = {**request.parameters, "sysparm_limit": limit, "sysparm_offset": place}
        address = f"{base}{request.path}?{urlencode(parameters, quote_via=quote)}"
        links.append(f'<{address}>;rel="{name}"')
    return ",".join(links)
