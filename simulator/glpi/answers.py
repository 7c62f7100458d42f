"""Answers of a practice GLPI that are not records: errors as lists of code and message."""

import re

from itsm.errors import RefusedRequestError
from simulator.web import Answer, Request, json_answer

RANGE = re.compile(r"(\d+)-(\d+)")


def refused(status: int, code: str, message: str) -> Answer:
    """An error."""
    return json_answer([code, message], status)


def no_item() -> RefusedRequestError:
    """Purged, or never there."""
    return _error(404, "ERROR_ITEM_NOT_FOUND", "Item not found")


def no_right() -> RefusedRequestError:
    """The profile may not."""
    told = "You don't have permission to perform this action."
    return _error(403, "ERROR_RIGHT_MISSING", told)


def bad(message: str, code: str = "ERROR") -> RefusedRequestError:
    """What was asked for makes no sense."""
    told = f"{message}; view documentation in your browser at http://localhost/apirest.php/#{code}"
    return _error(400, code, told)


def no_itemtype(_: Request) -> Answer:
    """A path the API does not have."""
    return refused(
        400,
        "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM",
        "resource not found or not an instance of CommonDBTM",
    )


def not_allowed(_: Request) -> Answer:
    """A method the path does not have."""
    return refused(405, "ERROR_METHOD_NOT_ALLOWED", "Method not allowed")


def no_session() -> Answer:
    """A session that ended, or was never there."""
    return refused(401, "ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid")


def asked_range(request: Request, otherwise: int) -> tuple[int, int, bool]:
    """The first and last row that are asked for, and whether somebody said so."""
    told = request.parameters.get("range", "")
    if not told:
        return 0, otherwise - 1, False
    found = RANGE.fullmatch(told)
    if found is None or int(found[2]) < int(found[1]):
        raise bad("range must be in format : [start-end] with integers")
    return int(found[1]), int(found[2]), True


def ranged(
    value: object, itemtype: str, first: int, last: int, total: int, *, is_told: bool
) -> Answer:
    """Rows with the headers that say which.

    Where nobody said a range, the end in the header is one too far: so seen on 10.0.6.
    """
    if first > total:
        raise bad(f"Provided range exceed total count of data: {total}",
                  "ERROR_RANGE_EXCEED_TOTAL")  # fmt: skip
    end = min(last, total - 1)
    shown = end if is_told else min(last + 1, total - 1)
    headers = [("Accept-Range", f"{itemtype} {MOST}")]
    if total:
        headers.append(("Content-Range", f"{first}-{shown}/{total}"))
    is_part = first > 0 or end < total - 1
    return json_answer(value, 206 if is_part else 200, *headers)


MOST = 1000
"""Rows at once at most: `max_input_vars` of PHP."""


def _error(status: int, code: str, message: str) -> RefusedRequestError:
    return RefusedRequestError(refused(status, code, message))
