"""What a system answered, and what the answer is: JSON, a page for people, or cut short."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

import orjson

from itsm.errors import CutAnswerError, TransientSourceError

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>|\s+|[\x00-\x1f\x7f]")
_MAX_TITLE = 80
_MAX_REASON = 2000
_REASON_KEYS = (
    "error",
    "message",
    "detail",
    "error_description",
    "errorMessages",
    "errors",
    "messageText",
    "messageAppendedText",
    "Message",
    "errorMessage",
    "errorCode",
)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came.

    Attributes:
        headers: by name, in whatever case one asks.
        body: decompressed.
        asked_at: a moment before the system began to read, by its own clock where it tells the
            time, in whole seconds.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class JsonResponse:
    """An answer that is JSON.

    Attributes:
        value: what `orjson.loads` made of it; None for an answer without a body (204).
        headers: by name, in whatever case one asks.
        asked_at: as in `Response`.
    """

    value: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    asked_at: datetime


Decode = Callable[[bytes], object]
"""Makes a value of the body of an answer."""

Complaint = Callable[[object], str | None]
"""Looks at JSON that came with a status of success: what the system complains of in it, or None."""


def error_beside_result(value: object) -> str | None:
    """The complaint of an object with an `error`, which may stand beside part of a result."""
    if isinstance(value, dict) and value.get("error"):
        return reason_in(value) or "an error without a message"
    return None


def json_of(
    source: str, response: Response, complaint: Complaint, decode: Decode = orjson.loads
) -> JsonResponse:
    """The JSON of an answer with a status of success.

    Args:
        source: whose answer it is.
        response: the answer.
        complaint: finds the trouble in it.
        decode: makes a value of the body; raises `orjson.JSONDecodeError` if it is no JSON.

    Raises:
        TransientSourceError: it is a page for people, such as a login or maintenance page.
        CutAnswerError: it does not parse, or complains of something.
    """
    if response.status == 204:
        return JsonResponse(None, response.headers, response.asked_at)
    if is_page(response):
        raise TransientSourceError(source, f"answered {told_page(response)} instead of JSON")
    try:
        value = decode(response.body)
    except orjson.JSONDecodeError:
        raise CutAnswerError(
            source,
            f"answered {len(response.body)} bytes of {content_type(response)} that end before "
            "they are whole or are not JSON",
        ) from None
    complained = complaint(value)
    if complained is not None:
        raise CutAnswerError(source, f"answered {response.status}, and in it: {complained}")
    return JsonResponse(value, response.headers, response.asked_at)


def is_page(response: Response) -> bool:
    """Whether an answer is meant for people: HTML or XML, whatever it says it is."""
    told = content_type(response)
    return "html" in told or "xml" in told or response.body.lstrip()[:1] == b"<"


def content_type(response: Response) -> str:
    """The Content-Type without parameters; "an unnamed type" if there is none."""
    told = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return cleaned(told, _MAX_TITLE) or "an unnamed type"


def told_page(response: Response) -> str:
    """A page by its type and title: `text/html "Sign in"`."""
    found = _TITLE.search(response.body[:100_000])
    title = cleaned(unescape(found[1].decode("utf-8", "replace")), _MAX_TITLE) if found else ""
    return f'{content_type(response)} "{title}"' if title else content_type(response)


def reason(response: Response) -> str:
    """What a refusal says of itself, in one line of at most 2,000 characters; "" if nothing."""
    if is_page(response):
        return told_page(response)
    try:
        return reason_in(orjson.loads(response.body)) or ""
    except orjson.JSONDecodeError:
        return ""


def reason_in(value: object) -> str | None:
    """The message in the JSON of an error; None if there is none where one would be."""
    said = list(dict.fromkeys(_said(value)))
    return cleaned(": ".join(said), _MAX_REASON) or None


def _said(value: object, depth: int = 0) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 4:
        for part in value[:3]:
            yield from _said(part, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for key in _REASON_KEYS:
            yield from _said(value.get(key), depth + 1)
        if isinstance(by_field := value.get("errors"), dict):
            told = [(name, one) for name, one in by_field.items() if name not in _REASON_KEYS]
            yield from (f"{name}: {one}" for name, one in told[:5] if isinstance(one, str))


def cleaned(text: str, limit: int) -> str:
    """One line of plain text, cut at a limit."""
    line = " ".join(_MARKUP.sub(" ", text[: 20 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
