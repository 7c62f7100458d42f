"""Lists of the API, page by page, and changes that only apply to what was looked at."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from itsm.errors import StaleDecisionError

MOST = 200
USUAL = 50
Item = TypeVar("Item")
Row = TypeVar("Row")


class Window(BaseModel):
    """Which part of a list is asked for."""

    limit: int = Field(USUAL, ge=1, le=MOST)
    offset: int = Field(0, ge=0, le=10_000_000)


def window(
    limit: Annotated[int, Query(ge=1, le=MOST, description="So many at most.")] = USUAL,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="So many passed over.")] = 0,
) -> Window:
    """The part of a list that the address asks for."""
    return Window(limit=limit, offset=offset)


Asked = Annotated[Window, Depends(window)]
"""How a route takes the part that is asked for."""


class Listing(BaseModel, Generic[Item]):
    """A part of a list; `total` is the length of all of it."""

    items: list[Item]
    total: int
    limit: int
    offset: int
    next: str | None = Field(description="The address of the part after this one.")


def listing(
    request: Request, rows: Sequence[Row], asked: Window, make: Callable[[Row], Item]
) -> Listing[Item]:
    """The part of all rows that is asked for, with the way to the next."""
    after = asked.offset + asked.limit
    following = request.url.include_query_params(limit=asked.limit, offset=after)
    return Listing(
        items=[make(row) for row in rows[asked.offset : after]],
        total=len(rows),
        limit=asked.limit,
        offset=asked.offset,
        next=f"{following.path}?{following.query}" if after < len(rows) else None,
    )


def set_version(response: Response, version: object) -> None:
    """Say the version of what is answered, for the change that may follow."""
    response.headers["etag"] = f'"{version}"'


def seen_version(request: Request) -> str:
    """The version that whoever asks for a change has looked at.

    Raises:
        HTTPException: the request does not say (428).
    """
    given = request.headers.get("if-match", "")
    if not given:
        raise HTTPException(
            428, "Send If-Match with the ETag of what you looked at, so that no change is lost."
        )
    return given.strip().removeprefix("W/").strip('"')


def require_seen(request: Request, version: object) -> None:
    """See that a change is asked for on what is there now.

    Raises:
        HTTPException: the request does not say what it looked at (428).
        StaleDecisionError: somebody has changed it meanwhile.
    """
    if (seen := seen_version(request)) not in {str(version), "*"}:
        raise StaleDecisionError(
            f"version {version} is there now, and you looked at {seen}; get it again, then decide"
        )
